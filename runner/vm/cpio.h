/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing of an initramfs: "newc" archives (Documentation/driver-api/early-userspace/
 * buffer-format.rst). All return 0 or -errno, and leave the descriptors open.
 */
#ifndef VFPROOF_VM_CPIO_H
#define VFPROOF_VM_CPIO_H

#include <sys/types.h>
#include "base/util.h"

/* An archive in the making. */
struct cpio {
	int fd;
	unsigned int n_files;
};

/* Appends a whole archive of @size bytes read from @src, before the first file of this one. */
int cpio_append(struct cpio *c, int src, off_t size) must_check;
/* A regular file of @size bytes read from @src. -EFBIG above what the format can say. */
int cpio_add(struct cpio *c, const char *name, int src, off_t size) must_check;
/* A regular file with that text. */
int cpio_add_text(struct cpio *c, const char *name, const char *text) must_check;
/* A folder. The kernel wants it before what is in it. */
int cpio_add_folder(struct cpio *c, const char *name) must_check;
/* Ends the archive. */
int cpio_end(struct cpio *c) must_check;

#endif
