/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules through libkmod (docs of libkmod; options from the kernel command line apply).
 */
#ifndef VFPROOF_SYS_MODULE_H
#define VFPROOF_SYS_MODULE_H

#include "base/util.h"

struct sysroot;

/*
 * Loads a module and what it needs. Fine if it is in already. -ENOENT: not in the image;
 * -EINPROGRESS: its start is under way, and may hang.
 */
int module_load(const char *name, const char *options) must_check;
/* The same on a sysroot: on a fake tree its on_module() is asked, or nothing is done. */
int module_insert(const struct sysroot *root, const char *name, const char *options) must_check;
/*
 * Takes a module out, and before it the one that goes with it (module_companion()); fine if it is
 * out. Its devices lose their driver. -EBUSY: in use, -ETIMEDOUT: the kernel did not come back
 * within @timeout_ms from when it was its turn (sriov_queue.h).
 */
int module_remove(const struct sysroot *root, const char *name, unsigned int timeout_ms) must_check;
/*
 * A number that belongs to a loaded module until it is taken out: another one means that it was
 * loaded again since. -ENOENT: not loaded, or built in.
 */
int module_instance(const struct sysroot *root, const char *name, uint64_t *instance) must_check;
/*
 * True if nothing holds a loaded module; else @why says what does: other modules, by name, or the
 * count of its users.
 */
bool module_is_unused(const struct sysroot *root, const char *name, char *why, size_t why_size);
/* True if it is loaded; one that is built in is not. */
bool module_is_loaded(const struct sysroot *root, const char *name);
/* The value of its parameter, as it is in force. Returns 0 or -errno. */
int module_read_param(const struct sysroot *root, const char *name, const char *param, char *buf,
		      size_t size) must_check;
/* Has the kernel look for firmware files in the folder @path first. Returns 0 or -errno. */
int module_set_firmware_path(const struct sysroot *root, const char *path) must_check;
/* Module behind a PCI driver. Returns 0, or -ENOENT if the driver is built in or not there. */
int module_of_driver(const struct sysroot *root, const char *driver, char *buf,
		     size_t size) must_check;
/*
 * True if the module's file says that it has a parameter of that name. On a fake tree, if there is
 * one below /sys/module.
 */
bool module_has_param(const struct sysroot *root, const char *name, const char *param);
/*
 * Name of the module that would drive @modalias in @buf. -ENOENT if none in the image does,
 * 0 with "" if it is built in; but Linux 6.12 does not tell the aliases of most built-in drivers
 * (virtio_pci is one), which gives -ENOENT too.
 */
int module_find_by_alias(const char *modalias, char *buf, size_t size) must_check;
/*
 * Calls @fn with the name and the file of every module that @alias (a modalias or a module's name)
 * needs, in loading order; what is built in has no file. @dir is a directory of depmod's, NULL that
 * of the running kernel. Stops at the first -errno of @fn and returns it; -ENOENT if the image has
 * no module for it.
 */
int module_for_each_file(const char *dir, const char *alias,
			 int (*fn)(void *arg, const char *name, const char *path),
			 void *arg) must_check;
/*
 * The same with the name of every firmware file that these modules name, as modinfo(8) tells them;
 * not every one need be there. Often it is a module below that has them: qed, where qede is asked
 * for.
 */
int module_for_each_firmware(const char *dir, const char *alias,
			     int (*fn)(void *arg, const char *file), void *arg) must_check;
/* What a device needs. A module that does not load shows in the device, which stays unbound. */
void module_load_for_device(const char *modalias);
/*
 * Loads the modules of all present devices of the given classes: network controllers, USB host
 * controllers and USB mass storage, and virtio network devices. No other storage is touched.
 * Returns the number of modules asked for, or -errno if none could be tried.
 */
int module_load_for_nics(const struct sysroot *root) must_check;
/*
 * May be called again and again while USB devices turn up: each call takes what is there by then.
 * -ETIMEDOUT: a driver hangs, and is left behind.
 */
int module_load_for_usb(const struct sysroot *root) must_check;
/*
 * Loads KVM for this CPU, if its flags show VT-x or SVM. -ENOENT: they do not, or the module is not
 * in the image; -EOPNOTSUPP or -EIO: the kernel says that firmware has locked it off; -ETIMEDOUT:
 * it hangs.
 */
int module_load_for_kvm(const struct sysroot *root) must_check;

#endif
