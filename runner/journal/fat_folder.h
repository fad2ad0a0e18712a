/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder of a FAT that is not mounted: its entries, and the files' names that they come to
 * (Microsoft's FAT specification, sections 6 and 7, as Linux reads it in fs/fat/dir.c: a first byte
 * of 0 ends a name, and no folder).
 */
#ifndef VFPROOF_JOURNAL_FAT_FOLDER_H
#define VFPROOF_JOURNAL_FAT_FOLDER_H

#include "journal/fat_table.h"

#define FAT_NAME_SIZE 11
#define FAT_LONG_SIZE 256
#define FAT_ENTRIES (FAT_SECTOR / sizeof(struct fat_entry)) /* of a sector */
#define FAT_DELETED 0xe5
#define FAT_IS_VOLUME 0x08
#define FAT_IS_FOLDER 0x10
#define FAT_IS_LONG 0x0f /* a part of a long name */

struct fat_entry {
	uint8_t name[FAT_NAME_SIZE], attributes;
	uint8_t times[8];
	uint16_t cluster_high;
	uint8_t changed[4];
	uint16_t cluster_low;
	uint32_t size;
} __attribute__((packed));

_Static_assert(sizeof(struct fat_entry) == 32, "an entry");

struct fat_folder {
	struct fat_entry *entries;
	bool *changed; /* by sector */
	size_t n; /* entries */
	size_t per_cluster; /* entries of a cluster; @n of a root that has none */
	uint32_t *clusters; /* NULL: such a root */
	struct fat_chain chain; /* what it lies in is sound up to here */
};

/* A file or folder in it. */
struct fat_name {
	struct fat_entry *entry; /* the one that counts, borrowed */
	size_t first; /* number of the first entry that belongs to it */
	size_t at; /* of @entry */
	/* ASCII, "?" for what is none; "" if there is none that is whole: Linux shows entry->name
	 */
	char text[FAT_LONG_SIZE];
};

/*
 * Reads the folder that begins with @cluster (0: the root). A folder of more than 2 MiB is -EFBIG.
 * Returns 0 or -errno; call fat_folder_close() in any case.
 */
int fat_folder_open(struct fat *f, uint32_t cluster, struct fat_folder *d) must_check;
void fat_folder_close(struct fat_folder *d);
/* The first name from entry *@at on; *@at is then behind it. False: there is none any more. */
bool fat_folder_next(struct fat_folder *d, size_t *at, struct fat_name *name) must_check;
/* Marks an entry as changed: fat_folder_write() writes its sector. */
void fat_folder_change(struct fat_folder *d, size_t at);
void fat_folder_delete(struct fat_folder *d, const struct fat_name *name);
/* Writes what was changed. Returns 0 or -errno. */
int fat_folder_write(const struct fat *f, struct fat_folder *d) must_check;
/*
 * Has the folder grow, if it has not as many free entries at its end, in an order that a power cut
 * cannot harm: clusters of zeros, their ends, then the way to them. What has no room stays as it
 * is. Returns 0 or -errno.
 */
int fat_folder_grow(struct fat *f, uint32_t cluster, size_t entries) must_check;

uint32_t fat_entry_cluster(const struct fat *f, const struct fat_entry *e);
void fat_entry_set_cluster(struct fat_entry *e, uint32_t cluster);
bool fat_entry_is_free(const struct fat_entry *e);

#endif
