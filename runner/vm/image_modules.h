/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes into a guest's initramfs besides its base, for the files that compose it.
 */
#ifndef VFPROOF_VM_IMAGE_MODULES_H
#define VFPROOF_VM_IMAGE_MODULES_H

#include "vm/cpio.h"

#define IMAGE_MAX_MODULES 128u
#define IMAGE_MAX_FOLDERS 16u

struct module_kernel;
struct module_set;

/* What has been put in, so that a module that two devices need is there once. */
struct image_modules {
	struct cpio cpio;
	unsigned int n;
	char names[IMAGE_MAX_MODULES][64];
	int firmware, overlay_firmware; /* folders of the appliance and of its overlay, or -1 */
	unsigned int n_folders;
	char folders[IMAGE_MAX_FOLDERS][200]; /* of them, that are in */
	bool foreign_kernel; /* the guest's kernel is not the image's: its modules do not fit */
};

/* Adds one module's file, unless one of that name is in. @m is a struct image_modules. */
int image_add_module(void *m, const char *name, const char *path) must_check;
/* Adds the folder that a firmware file is in, unless it is in; of what is in none, the file. */
int image_add_firmware(void *m, const char *file) must_check;
/*
 * Appends the regular files of a folder of firmware: @path below the directory @from, as
 * "lib/firmware/@path/...". Fine if it is not there. Returns 0 or -errno.
 */
int image_add_firmware_folder(struct cpio *c, int from, const char *path) must_check;

/*
 * The guests' modules of the overlay, the modules of the image that they need, their firmware, and
 * the two index files that guest-image/agent/modules.h describes. To be called before the image's
 * modules are added, as they give way. Returns 0 or -errno.
 */
int image_add_overlay(struct image_modules *m) must_check;
/* The same for a set of modules: what image_add_overlay() does once it has found them. */
int image_add_set(struct image_modules *m, const struct module_set *set) must_check;

#endif
