/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk in a memory file, on which the power can fail. */
#ifndef VFPROOF_UNIT_FAKE_FAT_H
#define VFPROOF_UNIT_FAKE_FAT_H

#include "journal/fat.h"

/* Where the tables of fake_fat_make() and its clusters begin. */
#define FAKE_FAT_TABLE 32
#define FAKE_FAT_DATA (FAKE_FAT_TABLE + 2 * 64)

/* How many sectors still reach the medium, one by one, until the power fails. */
extern unsigned int fake_fat_writes;

/* The put() of such a disk. */
int fake_fat_put(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors);
/* Numbers as FAT has them. */
void fake_fat_put32(uint8_t *p, uint32_t value);
uint32_t fake_fat_get32(const uint8_t *p);
/* An empty disk; the caller closes its fd. */
struct fat_disk fake_fat_disk(uint64_t sectors);
/* The first sectors of a FAT32 file system with 2 tables of 64 sectors, 8 sectors a cluster. */
struct fat_disk fake_fat_make(uint64_t part_sectors, uint32_t fs_sectors);

#endif
