/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sectors, and what tells that they are FAT32. */
#include "journal/fat.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/block.h"

int fat_get(const struct fat_disk *d, uint64_t lba, void *buf, size_t sectors)
{
	ssize_t n = pread(d->fd, buf, sectors * FAT_SECTOR, (off_t)(lba * FAT_SECTOR));

	if (n < 0)
		return -errno;
	return (size_t)n == sectors * FAT_SECTOR ? 0 : -EIO;
}

int fat_put(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors)
{
	ssize_t n = pwrite(d->fd, buf, sectors * FAT_SECTOR, (off_t)(lba * FAT_SECTOR));

	if (n < 0)
		return -errno;
	if ((size_t)n != sectors * FAT_SECTOR)
		return -EIO;
	return fsync(d->fd) < 0 ? -errno : 0;
}

int fat_open(const struct sysroot *root, const char *name, struct fat_disk *d)
{
	int ret = block_get_size(root, name, &d->sectors);

	d->put = fat_put;
	d->fd = ret < 0 ? ret : block_open(root, name, O_RDWR);
	return d->fd < 0 ? d->fd : 0;
}

bool fat_is_32(const struct fat_boot *b)
{
	const unsigned int reserved = le16toh(b->reserved);

	return b->signature[0] == 0x55 && b->signature[1] == 0xaa &&
	       memcmp(b->type, "FAT32   ", 8) == 0 && le16toh(b->bytes_per_sector) == FAT_SECTOR &&
	       b->sectors_per_cluster != 0 && b->fats != 0 && le16toh(b->sectors16) == 0 &&
	       le16toh(b->fat_sectors16) == 0 && b->fat_sectors != 0 &&
	       le16toh(b->info_sector) != 0 && le16toh(b->info_sector) < reserved &&
	       le16toh(b->backup_sector) != 0 && le16toh(b->backup_sector) < reserved;
}
