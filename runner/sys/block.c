/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: /sys/class/block, and the ioctls of linux/blkpg.h. */
#include "sys/block.h"

#include <errno.h>
#include <linux/blkpg.h>
#include <string.h>
#include <sys/ioctl.h>
#include "base/sysroot.h"

#define BLOCK "sys/class/block"

DIR *block_open_all(const struct sysroot *root)
{
	return sysroot_opendir(root, BLOCK);
}

bool block_is_usb(const struct sysroot *root, const char *name)
{
	char target[SYSROOT_MAX_PATH];

	return sysroot_readlink(root, target, sizeof(target), BLOCK "/%s", name) == 0 &&
	       strstr(target, "/usb");
}

int block_open(const struct sysroot *root, const char *name, int flags)
{
	return sysroot_openat(root, flags, "dev/%s", name);
}

int block_get_size(const struct sysroot *root, const char *name, uint64_t *size)
{
	return sysroot_read_u64(root, size, BLOCK "/%s/size", name);
}

int block_get_sector(const struct sysroot *root, const char *name, uint64_t *bytes)
{
	return sysroot_read_u64(root, bytes, BLOCK "/%s/queue/logical_block_size", name);
}

/* The disk's directory in /sys is the one that the partition's is in. */
static int get_disk(const struct sysroot *root, const char *part, char *name, size_t size)
{
	char target[SYSROOT_MAX_PATH], *slash;

	if (sysroot_readlink(root, target, sizeof(target), BLOCK "/%s", part) < 0)
		return -ENOENT;
	slash = strrchr(target, '/');
	if (!slash)
		return -ENOENT;
	*slash = '\0';
	slash = strrchr(target, '/');
	return slash && util_strlcpy(name, size, slash + 1) ? 0 : -ENOENT;
}

int block_get_partition(const struct sysroot *root, const char *name, uint64_t *number, char *disk,
			size_t disk_size)
{
	if (sysroot_read_u64(root, number, BLOCK "/%s/partition", name) < 0)
		return -ENOENT;
	return get_disk(root, name, disk, disk_size);
}

int block_resize_partition(int fd, uint64_t number, uint64_t start, uint64_t length)
{
	struct blkpg_partition p = { .start = (long long)start,
				     .length = (long long)length,
				     .pno = (int)number };
	struct blkpg_ioctl_arg arg = { .op = BLKPG_RESIZE_PARTITION,
				       .datalen = sizeof(p),
				       .data = &p };

	return ioctl(fd, BLKPG, &arg) < 0 ? -errno : 0;
}

unsigned int block_count_usb(const struct sysroot *root)
{
	return sysroot_count(root, "sys/bus/usb/devices");
}
