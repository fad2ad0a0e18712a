/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder of kernel modules without depmod's files, such as an overlay's: what they are for and
 * what they need is read from the modules themselves (.modinfo: name, alias, depends, vermagic).
 */
#ifndef VFPROOF_SYS_MODULE_SET_H
#define VFPROOF_SYS_MODULE_SET_H

#include "base/util.h"

#define MODULE_SET_MAX 64
#define MODULE_SET_NAME 56 /* MODULE_NAME_LEN of the kernel */

struct kmod_ctx;
struct kmod_module;
struct kmod_list;
struct sysroot;

/* What a module's vermagic has to fit. */
struct module_kernel {
	char vermagic[200]; /* "RELEASE FLAGS...", or the release alone if that is all that is known
			     */
};

struct module_file {
	char name[MODULE_SET_NAME]; /* as the kernel calls it, whatever the file is called */
	const char *file; /* its name in the folder */
	const char *path;
	struct kmod_module *mod;
	struct kmod_list *info;
};

struct module_set {
	struct kmod_ctx *ctx;
	unsigned int n;
	struct module_file files[MODULE_SET_MAX]; /* sorted by file name */
};

/* Called for each file that is not taken into a set. */
typedef void module_unfit_fn(void *arg, const char *file, const char *why);

/*
 * Reads the modules of the folder @dir (an absolute path) that fit @kernel. Those that do not are
 * given to @unfit, which may be NULL. A folder that is not there is an empty set.
 * Returns 0 or -ENOMEM; module_set_free() in any case.
 */
int module_set_read(struct module_set *set, const char *dir, const struct module_kernel *kernel,
		    module_unfit_fn *unfit, void *arg) must_check;
void module_set_free(struct module_set *set);
/* The set of the overlay's modules for the running kernel: empty, and cheap, without one. */
int module_set_read_overlay(struct module_set *set) must_check;

/* The module of that name, with "-" and "_" the same; NULL if there is none. */
const struct module_file *module_set_by_name(const struct module_set *set, const char *name);
/* The first module with an alias that matches @modalias; NULL if there is none. */
const struct module_file *module_set_by_alias(const struct module_set *set, const char *modalias);
/* The first value of a key of the module's .modinfo; "" if there is none. */
const char *module_file_info(const struct module_file *f, const char *key);
/* Calls @fn with each value of @key until it returns other than 0, which is returned. */
int module_file_for_each(const struct module_file *f, const char *key,
			 int (*fn)(void *arg, const char *value), void *arg);
/* Calls @fn with the name of each module that it depends on directly, as above. */
int module_file_for_each_dep(const struct module_file *f, int (*fn)(void *arg, const char *name),
			     void *arg);

/* True if the file ends in a signature, as scripts/sign-file of the kernel appends one. */
bool module_file_is_signed(const struct module_file *f);

/* What modules for the running kernel have to fit. */
void module_kernel_running(struct module_kernel *kernel);
/*
 * The release of an uncompressed kernel (vmlinux): its banner is in it as text (init/version.c).
 * Returns 0 or -errno; -ENODATA if it has none.
 */
int module_kernel_of_file(struct module_kernel *kernel, int fd) must_check;
/*
 * True if the kernel would take a module of that vermagic (same_magic() in
 * kernel/module/version.c).
 * @crcs: the module has CRCs of the symbols that it uses, upon which the release may differ.
 */
bool module_kernel_takes(const struct module_kernel *kernel, const char *vermagic, bool crcs);

/*
 * The first device, by its name on the bus ("pci", "virtio"), that the module is for. False if
 * there is none.
 */
bool module_file_find_device(const struct sysroot *root, const char *bus,
			     const struct module_file *f, char *name, size_t size);

#endif
