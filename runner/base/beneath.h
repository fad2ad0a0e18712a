/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening files of a folder that somebody else has filled, such as a stick: no link in the path is
 * followed, and nothing outside of the folder is reached (openat2(2)).
 */
#ifndef VFPROOF_BASE_BENEATH_H
#define VFPROOF_BASE_BENEATH_H

#include <sys/types.h>
#include "base/util.h"

/*
 * Opens @path below the directory @dirfd; @flags as open(2), @mode for O_CREAT. Returns a
 * descriptor with O_CLOEXEC, or -errno: -ELOOP or -EXDEV for a path that leads elsewhere.
 */
int beneath_open(int dirfd, const char *path, int flags, mode_t mode) must_check;
/* Makes the directory @name (one component) if it is not there, and opens it. */
int beneath_make_dir(int dirfd, const char *name) must_check;

#endif
