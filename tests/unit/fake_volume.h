/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A FAT12, FAT16 or FAT32 of two sectors a cluster in a memory file, and what is in it by hand. The
 * folder 0 is the root; of FAT32 that is cluster 2.
 */
#ifndef VFPROOF_UNIT_FAKE_VOLUME_H
#define VFPROOF_UNIT_FAKE_VOLUME_H

#include "journal/fat_folder.h"

#define VOLUME_PER_CLUSTER 2
#define VOLUME_ENTRIES (VOLUME_PER_CLUSTER * FAT_ENTRIES) /* of a cluster */
#define VOLUME_END 0x0fffffffu
#define VOLUME_BAD 0x0ffffff7u

/* An empty one; the caller closes its fd. */
struct fat_disk volume_make(unsigned int bits);
/* Where its first table and its clusters begin, in sectors. */
unsigned int volume_table(const struct fat_disk *d);
off_t volume_cluster(const struct fat_disk *d, unsigned int cluster);
void volume_put(const struct fat_disk *d, off_t at, const void *data, size_t len);
/* In both tables; as FAT32 has it. */
void volume_set(const struct fat_disk *d, unsigned int cluster, uint32_t next);
/* Of table @copy (0, 1). */
uint32_t volume_get(const struct fat_disk *d, unsigned int copy, unsigned int cluster);
/* Entry @i of the folder in @folder. */
void volume_put_entry(const struct fat_disk *d, unsigned int folder, unsigned int i,
		      const char *name, uint8_t attributes, unsigned int start, uint32_t size);
struct fat_entry volume_get_entry(const struct fat_disk *d, unsigned int folder, unsigned int i);
/* With the long name @text before it. Returns the number of the entry behind it. */
unsigned int volume_put_name(const struct fat_disk *d, unsigned int folder, unsigned int i,
			     const char *text, const char *name, uint8_t attributes,
			     unsigned int start, uint32_t size);
/* A cluster with the two dots, and its end in the table. */
void volume_put_folder(const struct fat_disk *d, unsigned int cluster, unsigned int above);
/* Whether the entry holds a name. */
bool volume_has(const struct fat_disk *d, unsigned int folder, unsigned int i);

#endif
