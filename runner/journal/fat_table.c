/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/fat_table.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define MAX_FAT12 0xff4u /* clusters, as Linux has it */
#define MAX_FAT16 0xfff4u
#define MAX_SEARCHED (1u << 20)

static bool is_fat_16(const struct fat_boot *b)
{
	return b->signature[0] == 0x55 && b->signature[1] == 0xaa &&
	       le16toh(b->bytes_per_sector) == FAT_SECTOR && le16toh(b->fat_sectors16) != 0 &&
	       le16toh(b->root_entries) != 0 && b->fats != 0 && b->sectors_per_cluster != 0 &&
	       (b->sectors_per_cluster & (b->sectors_per_cluster - 1)) == 0 &&
	       le16toh(b->reserved) != 0 && (b->media == 0xf0 || b->media >= 0xf8);
}

/* Clusters that both the file system's size and the disk's have. */
static uint64_t count_clusters(const struct fat *f, const struct fat_boot *b)
{
	uint64_t sectors = le16toh(b->sectors16) ? le16toh(b->sectors16) : le32toh(b->sectors);

	if (sectors == 0 || sectors > f->disk->sectors)
		sectors = f->disk->sectors;
	return sectors > f->data ? (sectors - f->data) / f->per_cluster : 0;
}

static void set_kind(struct fat *f, const struct fat_boot *b, uint64_t *clusters)
{
	uint64_t most;

	if (fat_is_32(b)) {
		f->bits = 32;
		f->root = le32toh(b->root_cluster) & 0x0fffffff;
	} else {
		f->bits = *clusters > MAX_FAT12 ? 16 : 12;
	}
	most = f->table_sectors * FAT_SECTOR * 8 / f->bits;
	most = most > 2 ? most - 2 : 0;
	if (*clusters > most)
		*clusters = most;
	if (f->bits == 16 && *clusters > MAX_FAT16)
		*clusters = 0;
}

int fat_table_open(struct fat *f, const struct fat_disk *disk)
{
	struct fat_boot b;
	uint64_t clusters;
	int ret = fat_get(disk, 0, &b, 1);

	if (ret < 0)
		return ret;
	if (!fat_is_32(&b) && !is_fat_16(&b))
		return -ENOENT;
	*f = (struct fat){ .disk = disk, .per_cluster = b.sectors_per_cluster, .copies = b.fats };
	f->table = le16toh(b.reserved);
	f->table_sectors = fat_is_32(&b) ? le32toh(b.fat_sectors) : le16toh(b.fat_sectors16);
	f->root_at = f->table + f->copies * f->table_sectors;
	if (!fat_is_32(&b))
		f->root_sectors =
			((uint32_t)le16toh(b.root_entries) * 32 + FAT_SECTOR - 1) / FAT_SECTOR;
	f->data = f->root_at + f->root_sectors;
	clusters = count_clusters(f, &b);
	set_kind(f, &b, &clusters);
	f->end = (uint32_t)(2 + (clusters < FAT_MAX_CLUSTERS ? clusters : FAT_MAX_CLUSTERS));
	return clusters > 0 ? 0 : -ENOENT;
}

bool fat_has_cluster(const struct fat *f, uint32_t cluster)
{
	return cluster >= 2 && cluster < f->end;
}

uint64_t fat_sector_of(const struct fat *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - 2) * f->per_cluster;
}

static uint64_t byte_of(const struct fat *f, uint32_t cluster)
{
	return (uint64_t)cluster * f->bits / 8;
}

bool fat_table_is_split(const struct fat *f, uint32_t cluster)
{
	return f->bits == 12 && byte_of(f, cluster) % FAT_SECTOR == FAT_SECTOR - 1;
}

/* A byte of the first table. */
static int get_byte(struct fat *f, uint64_t at, uint32_t *value)
{
	const uint64_t sector = f->table + at / FAT_SECTOR;
	int ret = 0;

	if (f->cached != sector) {
		f->cached = 0;
		ret = fat_get(f->disk, sector, f->cache, 1);
		if (ret == 0)
			f->cached = sector;
	}
	*value = ret == 0 ? f->cache[at % FAT_SECTOR] : 0;
	return ret;
}

static int get_raw(struct fat *f, uint32_t cluster, uint32_t *raw)
{
	const unsigned int bytes = f->bits == 32 ? 4 : 2;
	int ret = 0;

	*raw = 0;
	for (unsigned int i = 0; ret == 0 && i < bytes; i++) {
		uint32_t value;

		ret = get_byte(f, byte_of(f, cluster) + i, &value);
		*raw |= value << (8 * i);
	}
	return ret;
}

int fat_table_get(struct fat *f, uint32_t cluster, uint32_t *next)
{
	const uint32_t mask = f->bits == 32 ? 0x0fffffff : (1u << f->bits) - 1;
	uint32_t raw;
	int ret = get_raw(f, cluster, &raw);

	if (f->bits == 12 && cluster % 2 == 1)
		raw >>= 4;
	raw &= mask;
	*next = raw >= (mask & ~7u) ? FAT_CHAIN_END : raw;
	return ret;
}

/* Bytes of an entry into one of the tables, sector by sector. */
static int put_bytes(const struct fat *f, uint64_t table, uint64_t at, const uint8_t *bytes,
		     unsigned int n)
{
	uint8_t sector[FAT_SECTOR];
	unsigned int i = 0;
	int ret = 0;

	while (ret == 0 && i < n) {
		const uint64_t lba = table + (at + i) / FAT_SECTOR;

		ret = fat_get(f->disk, lba, sector, 1);
		do
			sector[(at + i) % FAT_SECTOR] = bytes[i];
		while (++i < n && (at + i) % FAT_SECTOR != 0);
		if (ret == 0)
			ret = f->disk->put(f->disk, lba, sector, 1);
	}
	return ret;
}

int fat_table_set(struct fat *f, uint32_t cluster, uint32_t next)
{
	const unsigned int n = f->bits == 32 ? 4 : 2, shift = f->bits == 12 && cluster % 2 ? 4 : 0;
	const uint32_t mask = (f->bits == 32 ? 0x0fffffffu : (1u << f->bits) - 1) << shift;
	uint8_t bytes[4];
	uint32_t raw;
	int ret = get_raw(f, cluster, &raw);

	raw = htole32((raw & ~mask) | ((next << shift) & mask));
	memcpy(bytes, &raw, sizeof(bytes));
	f->cached = 0;
	for (unsigned int i = 0; ret == 0 && i < f->copies; i++)
		ret = put_bytes(f, f->table + i * f->table_sectors, byte_of(f, cluster), bytes, n);
	return ret;
}

int fat_chain_follow(struct fat *f, uint32_t first, uint32_t trusted, struct fat_chain *chain)
{
	uint32_t at = first, next;

	*chain = (struct fat_chain){ 0 };
	while (at != FAT_CHAIN_END) {
		int ret;

		if (!fat_has_cluster(f, at)) {
			chain->broken = true;
			return 0;
		}
		ret = fat_table_get(f, at, &next);
		if (ret < 0)
			return ret;
		if (next == 0) {
			chain->broken = true;
			return 0;
		}
		if (++chain->length >= f->end)
			return -ELOOP;
		chain->last = at;
		if (chain->length >= trusted && next != FAT_CHAIN_END &&
		    fat_table_is_split(f, at)) {
			chain->broken = true;
			return 0;
		}
		at = next;
	}
	return 0;
}

int fat_chain_end(struct fat *f, const struct fat_chain *chain)
{
	return fat_table_set(f, chain->last, FAT_CHAIN_END);
}

int fat_find_free(struct fat *f, uint32_t *cluster)
{
	uint32_t next = 1;
	int ret = 0;

	for (*cluster = 2; *cluster < f->end && *cluster < MAX_SEARCHED; (*cluster)++) {
		ret = fat_table_get(f, *cluster, &next);
		if (ret < 0 || next == 0)
			break;
	}
	if (next != 0)
		*cluster = 0;
	return ret;
}
