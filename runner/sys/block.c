/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices: /sys/class/block, and the ioctls of linux/blkpg.h. */
#include "sys/block.h"

#include <errno.h>
#include <linux/blkpg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include "base/sysroot.h"

#define BLOCK "sys/class/block"
#define USB "sys/bus/usb/devices"
#define USB_STORAGE "08" /* class of an interface: USB mass storage class overview, 2 */
#define MAX_ENTRIES 1024

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

uint64_t block_get_sequence(const struct sysroot *root, const char *name)
{
	char disk[64];
	uint64_t n;

	if (!sysroot_exists(root, BLOCK "/%s", name))
		return 0;
	if (sysroot_read_u64(root, &n, BLOCK "/%s/diskseq", name) == 0)
		return n;
	if (get_disk(root, name, disk, sizeof(disk)) == 0 &&
	    sysroot_read_u64(root, &n, BLOCK "/%s/diskseq", disk) == 0)
		return n;
	return 1;
}

int block_find(const struct sysroot *root, dev_t number, char *name, size_t size)
{
	char target[SYSROOT_MAX_PATH];
	const char *slash;
	int ret = sysroot_readlink(root, target, sizeof(target), "sys/dev/block/%u:%u",
				   major(number), minor(number));

	if (ret < 0)
		return ret;
	slash = strrchr(target, '/');
	return slash && util_strlcpy(name, size, slash + 1) ? 0 : -ENOENT;
}

void block_describe(const struct sysroot *root, const char *name, char *buf, size_t size)
{
	char disk[64], vendor[32] = "", model[32] = "";
	uint64_t sectors = 0;

	if (!sysroot_exists(root, BLOCK "/%s/partition", name) ||
	    get_disk(root, name, disk, sizeof(disk)) < 0)
		util_strlcpy(disk, sizeof(disk), name);
	if (sysroot_read(root, vendor, sizeof(vendor), BLOCK "/%s/device/vendor", disk) < 0)
		vendor[0] = '\0';
	if (sysroot_read(root, model, sizeof(model), BLOCK "/%s/device/model", disk) < 0)
		model[0] = '\0';
	if (block_get_size(root, name, &sectors) < 0)
		sectors = 0;
	util_format(buf, size, "%s, %llu MB, %s %s", name, (unsigned long long)(sectors / 2048),
		    vendor, model);
	util_sanitise(util_trim(buf));
}

/* True if a disk is below that device of the USB bus. */
static bool has_disk(const struct sysroot *root, const char *interface)
{
	_cleanup_closedir_ DIR *dir = block_open_all(root);
	char target[SYSROOT_MAX_PATH], below[300];
	const struct dirent *entry;
	unsigned int n = 0;

	util_format(below, sizeof(below), "/%s/", interface);
	while (dir && n++ < MAX_ENTRIES && (entry = readdir(dir)))
		if (sysroot_readlink(root, target, sizeof(target), BLOCK "/%s", entry->d_name) ==
			    0 &&
		    strstr(target, below))
			return true;
	return false;
}

bool block_usb_is_coming(const struct sysroot *root)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, USB);
	const struct dirent *entry;
	char class[8];
	unsigned int n = 0;

	while (dir && n++ < MAX_ENTRIES && (entry = readdir(dir)))
		if (sysroot_read(root, class, sizeof(class), USB "/%s/bInterfaceClass",
				 entry->d_name) > 0 &&
		    strcmp(class, USB_STORAGE) == 0 && !has_disk(root, entry->d_name))
			return true;
	return false;
}

uint64_t block_usb_state(const struct sysroot *root)
{
	_cleanup_closedir_ DIR *dir = block_open_all(root);
	const struct dirent *entry;
	uint64_t sum = block_count_usb(root);
	unsigned int n = 0;

	while (dir && n++ < MAX_ENTRIES && (entry = readdir(dir)))
		if (block_is_usb(root, entry->d_name))
			sum += block_get_sequence(root, entry->d_name) * 1000 + 1000000007;
	return sum;
}

unsigned int block_count_usb(const struct sysroot *root)
{
	return sysroot_count(root, USB);
}
