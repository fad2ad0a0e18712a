/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounting a stick: mount(2), and the modules of its file system.
 */
#ifndef VFPROOF_SYS_MOUNTS_H
#define VFPROOF_SYS_MOUNTS_H

#include "base/util.h"

struct sysroot;

/*
 * Mounts the block device @device (its name below /dev) of file system @type on the folder @target
 * (below the sysroot), so that no link on it is followed, for writing or, where that is refused,
 * for reading: *@read_only. Returns 0 or -errno.
 */
int mount_device(const struct sysroot *root, const char *device, const char *type,
		 const char *target, bool *read_only) must_check;
/* True if something is mounted on @target, a folder of @above. */
bool mount_is_there(const struct sysroot *root, const char *above, const char *target);
/* Takes @target away at once, though it is in use or its device is gone; what fails is logged. */
void mount_abandon(const struct sysroot *root, const char *target);
/* Writes out what is mounted on @target, to the medium itself, and unmounts it; what fails is
 * logged. Can block. */
void mount_release(const struct sysroot *root, const char *target);

#endif
