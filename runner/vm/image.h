/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nested guest's initramfs: the base of the image (agent and module index) followed by a second
 * archive with just the kernel modules that this guest's devices need, and their firmware, taken
 * from the appliance's own, and with all that an overlay has for guests. So no module is stored
 * twice, and no guest unpacks drivers that it has no device for.
 */
#ifndef VFPROOF_VM_IMAGE_H
#define VFPROOF_VM_IMAGE_H

#include <sys/types.h>
#include "base/util.h"

struct ctx;
struct vm_config;

/* A "newc" archive in the making (Documentation/driver-api/early-userspace/buffer-format.rst). */
struct image_cpio {
	int fd;
	unsigned int n_files;
};

/* Appends a regular file of @size bytes read from @src as @name. Returns 0 or -errno. */
int image_cpio_add(struct image_cpio *c, const char *name, int src, off_t size) must_check;
/*
 * Appends the regular files of a folder of firmware: @path below the directory
 * @from, as "lib/firmware/@path/...". Fine if it is not there. Returns 0 or -errno.
 */
int image_cpio_add_firmware(struct image_cpio *c, int from, const char *path) must_check;
/* Ends the archive; the descriptor stays open and is the caller's. */
int image_cpio_end(struct image_cpio *c) must_check;

/*
 * Waits until /init has unpacked the guest's files, then builds the initramfs of @cfg in memory.
 * Returns its descriptor (close-on-exec, owned by the caller) or -errno, recorded by ctx_error().
 */
int image_build(struct ctx *ctx, const struct vm_config *cfg) must_check;

#endif
