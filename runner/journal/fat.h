/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sectors of a disk or a partition, and the boot sector of FAT32 (Microsoft's FAT specification,
 * section 3), for what is done to a stick before it is mounted.
 */
#ifndef VFPROOF_JOURNAL_FAT_H
#define VFPROOF_JOURNAL_FAT_H

#include "base/util.h"

#define FAT_SECTOR 512
#define FAT_MAX_CLUSTERS 0x0ffffff4u

struct sysroot;

/* A disk or a partition, of sectors of FAT_SECTOR bytes. */
struct fat_disk {
	int fd;
	uint64_t sectors;
	/* Writes whole sectors and has them on the medium when it returns. Returns 0 or -errno. */
	int (*put)(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors);
};

struct fat_boot {
	uint8_t jump[3], oem[8];
	uint16_t bytes_per_sector;
	uint8_t sectors_per_cluster;
	uint16_t reserved;
	uint8_t fats;
	uint16_t root_entries, sectors16;
	uint8_t media;
	uint16_t fat_sectors16;
	uint8_t geometry[4];
	uint32_t hidden, sectors, fat_sectors;
	uint16_t flags, version;
	uint32_t root_cluster;
	uint16_t info_sector, backup_sector;
	uint8_t zero[12], drive, zero1, extended, serial[4], label[11], type[8];
	uint8_t code[FAT_SECTOR - 92], signature[2];
} __attribute__((packed));

_Static_assert(sizeof(struct fat_boot) == FAT_SECTOR, "a boot sector is a sector");

/* Reads whole sectors. Returns 0 or -errno (-EIO: there are not as many). */
int fat_get(const struct fat_disk *d, uint64_t lba, void *buf, size_t sectors) must_check;
/* Writes them and has them on the medium: the put() of a real disk. */
int fat_put(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors) must_check;
/*
 * Opens a block device (such as sda1) for writing. Returns 0 or -errno; the caller closes d->fd.
 */
int fat_open(const struct sysroot *root, const char *name, struct fat_disk *d) must_check;
/* Whether it is FAT32 with sectors of FAT_SECTOR bytes. */
bool fat_is_32(const struct fat_boot *b) must_check;

#endif
