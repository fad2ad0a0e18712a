/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The allocation table of a FAT12, FAT16 or FAT32 with sectors of FAT_SECTOR bytes that is not
 * mounted (Microsoft's FAT specification, sections 3 and 4; which of the three it is, and that the
 * first table is the one that counts, as Linux has it in fs/fat/inode.c and fatent.c).
 */
#ifndef VFPROOF_JOURNAL_FAT_TABLE_H
#define VFPROOF_JOURNAL_FAT_TABLE_H

#include "journal/fat.h"

#define FAT_CHAIN_END 0x0fffffffu /* of each kind of FAT, here */

struct fat {
	const struct fat_disk *disk;
	unsigned int bits; /* of an entry of the table: 12, 16, 32 */
	unsigned int per_cluster; /* sectors */
	unsigned int copies;
	uint64_t table, table_sectors; /* the first one, and the size of each */
	uint64_t data; /* sector of cluster 2 */
	uint64_t root_at; /* of the root folder that FAT12 and FAT16 have at a fixed place */
	uint32_t root_sectors; /* 0: FAT32 */
	uint32_t root; /* first cluster, FAT32 */
	uint32_t end; /* number behind the last cluster */
	uint64_t cached; /* sector that @cache has, 0: none */
	uint8_t cache[FAT_SECTOR];
};

/* Reads the boot sector. Returns 0, -ENOENT if it is no such FAT, or -errno. */
int fat_table_open(struct fat *f, const struct fat_disk *disk) must_check;
bool fat_has_cluster(const struct fat *f, uint32_t cluster);
uint64_t fat_sector_of(const struct fat *f, uint32_t cluster);
/* What follows @cluster: a cluster, 0 if it is free, FAT_CHAIN_END, or a number that is none. */
int fat_table_get(struct fat *f, uint32_t cluster, uint32_t *next) must_check;
/* Whether its entry lies in two sectors (FAT12): a power cut may leave half of it. */
bool fat_table_is_split(const struct fat *f, uint32_t cluster);
/* Has @next follow @cluster, in all copies of the table, on the medium. Returns 0 or -errno. */
int fat_table_set(struct fat *f, uint32_t cluster, uint32_t next) must_check;

struct fat_chain {
	uint32_t length; /* clusters that are sound */
	uint32_t last; /* the last of them; 0 if there is none */
	bool broken; /* it leads to a cluster that is free or none */
};

/*
 * Follows the chain from @first. What lies in two sectors (FAT12) is believed of the first @trusted
 * clusters only. Returns 0, -ELOOP, or -errno.
 */
int fat_chain_follow(struct fat *f, uint32_t first, uint32_t trusted,
		     struct fat_chain *chain) must_check;
/* Ends a broken chain behind its last sound cluster, which it must have. */
int fat_chain_end(struct fat *f, const struct fat_chain *chain) must_check;
/* Finds a free cluster; 0 if there is none among the first million. */
int fat_find_free(struct fat *f, uint32_t *cluster) must_check;

#endif
