/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int beneath_open(int dirfd, const char *path, int flags, mode_t mode)
{
	const struct open_how how = { .flags = (unsigned int)flags | O_CLOEXEC,
				      .mode = flags & O_CREAT ? mode : 0,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
						 RESOLVE_NO_XDEV };
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int beneath_make_dir(int dirfd, const char *name)
{
	if (mkdirat(dirfd, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return beneath_open(dirfd, name, O_RDONLY | O_DIRECTORY, 0);
}
