/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/fat_folder.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define MAX_ENTRIES 65536u
#define PER_PART 13 /* characters */
#define LAST_PART 0x40

uint32_t fat_entry_cluster(const struct fat *f, const struct fat_entry *e)
{
	const uint32_t high = f->bits == 32 ? le16toh(e->cluster_high) : 0;

	return (high << 16 | le16toh(e->cluster_low)) & 0x0fffffff;
}

void fat_entry_set_cluster(struct fat_entry *e, uint32_t cluster)
{
	e->cluster_high = htole16((uint16_t)(cluster >> 16));
	e->cluster_low = htole16((uint16_t)cluster);
}

bool fat_entry_is_free(const struct fat_entry *e)
{
	return e->name[0] == 0 || e->name[0] == FAT_DELETED;
}

/* The sector of entry @at. */
static uint64_t sector_of(const struct fat *f, const struct fat_folder *d, size_t at)
{
	const size_t sector = at / FAT_ENTRIES;

	if (!d->clusters)
		return f->root_at + sector;
	return fat_sector_of(f, d->clusters[sector / f->per_cluster]) + sector % f->per_cluster;
}

static int list_clusters(struct fat *f, uint32_t cluster, struct fat_folder *d)
{
	int ret = fat_chain_follow(f, cluster, UINT32_MAX, &d->chain);

	if (ret < 0)
		return ret;
	d->per_cluster = f->per_cluster * FAT_ENTRIES;
	if (d->chain.length > MAX_ENTRIES / d->per_cluster)
		return -EFBIG;
	d->n = d->chain.length * d->per_cluster;
	d->clusters = calloc(d->chain.length + 1, sizeof(*d->clusters));
	if (!d->clusters)
		return -ENOMEM;
	for (uint32_t i = 0; ret == 0 && i < d->chain.length; i++) {
		d->clusters[i] = cluster;
		ret = fat_table_get(f, cluster, &cluster);
	}
	return ret;
}

int fat_folder_open(struct fat *f, uint32_t cluster, struct fat_folder *d)
{
	int ret = 0;

	*d = (struct fat_folder){ 0 };
	if (cluster == 0 && f->root_sectors > 0)
		d->n = d->per_cluster = f->root_sectors * FAT_ENTRIES;
	else
		ret = list_clusters(f, cluster ? cluster : f->root, d);
	if (ret < 0)
		return ret;
	d->entries = calloc(d->n + 1, sizeof(*d->entries));
	d->changed = calloc(d->n / FAT_ENTRIES + 1, sizeof(*d->changed));
	if (!d->entries || !d->changed)
		return -ENOMEM;
	for (size_t i = 0; ret == 0 && i < d->n; i += d->per_cluster)
		ret = fat_get(f->disk, sector_of(f, d, i), &d->entries[i],
			      d->per_cluster / FAT_ENTRIES);
	return ret;
}

void fat_folder_close(struct fat_folder *d)
{
	free(d->entries);
	free(d->changed);
	free(d->clusters);
	*d = (struct fat_folder){ 0 };
}

static uint8_t sum_of(const struct fat_entry *e)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < FAT_NAME_SIZE; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + e->name[i]);
	return sum;
}

static bool is_part(const struct fat_entry *e)
{
	return e->attributes == FAT_IS_LONG && !fat_entry_is_free(e);
}

/* The 13 characters of a part. */
static void read_part(const struct fat_entry *e, char *text)
{
	const uint8_t *raw = (const uint8_t *)e;

	for (size_t i = 0; i < PER_PART; i++) {
		const size_t at = i < 5 ? 1 + 2 * i : i < 11 ? 14 + 2 * (i - 5) : 28 + 2 * (i - 11);
		const unsigned int c = raw[at] | (unsigned int)raw[at + 1] << 8;

		text[i] = c < 0x80 ? (char)c : '?';
	}
}

/* The long name before entry @at, if all of it is there and belongs to it. */
static void read_long(struct fat_folder *d, struct fat_name *name)
{
	const struct fat_entry *e = &d->entries[name->at];
	char text[21 * PER_PART] = "";
	size_t parts = 0;
	bool ended = false;

	while (!ended && parts < 20 && parts < name->at) {
		const struct fat_entry *part = e - parts - 1;
		const uint8_t *raw = (const uint8_t *)part;

		if (!is_part(part) || raw[13] != sum_of(e) ||
		    (raw[0] & ~LAST_PART) != (int)parts + 1)
			return;
		read_part(part, text + PER_PART * parts++);
		ended = raw[0] & LAST_PART;
	}
	if (!ended)
		return;
	name->first = name->at - parts;
	util_strlcpy(name->text, sizeof(name->text), text);
}

bool fat_folder_next(struct fat_folder *d, size_t *at, struct fat_name *name)
{
	for (; *at < d->n; (*at)++) {
		struct fat_entry *e = &d->entries[*at];

		if (fat_entry_is_free(e) || (e->attributes & FAT_IS_VOLUME))
			continue;
		*name = (struct fat_name){ .entry = e, .first = *at, .at = *at };
		read_long(d, name);
		(*at)++;
		return true;
	}
	return false;
}

void fat_folder_change(struct fat_folder *d, size_t at)
{
	d->changed[at / FAT_ENTRIES] = true;
}

void fat_folder_delete(struct fat_folder *d, const struct fat_name *name)
{
	for (size_t i = name->first; i <= name->at; i++) {
		d->entries[i].name[0] = FAT_DELETED;
		fat_folder_change(d, i);
	}
}

int fat_folder_write(const struct fat *f, struct fat_folder *d)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < d->n / FAT_ENTRIES; i++) {
		const size_t at = i * FAT_ENTRIES;

		if (!d->changed[i])
			continue;
		ret = f->disk->put(f->disk, sector_of(f, d, at), &d->entries[at], 1);
		d->changed[i] = ret < 0;
	}
	return ret;
}

static size_t count_free(const struct fat_folder *d)
{
	size_t n = 0;

	while (n < d->n && fat_entry_is_free(&d->entries[d->n - n - 1]))
		n++;
	return n;
}

static int write_zeros(const struct fat *f, uint32_t cluster)
{
	static const uint8_t zeros[256 * FAT_SECTOR];

	return f->disk->put(f->disk, fat_sector_of(f, cluster), zeros, f->per_cluster);
}

/* One more cluster behind @last. Returns 1 if there is none, or -errno. */
static int add_cluster(struct fat *f, uint32_t last, uint32_t *added)
{
	int ret = fat_find_free(f, added);

	if (ret < 0 || *added == 0)
		return ret < 0 ? ret : 1;
	ret = write_zeros(f, *added);
	if (ret == 0)
		ret = fat_table_set(f, *added, FAT_CHAIN_END);
	return ret < 0 ? ret : fat_table_set(f, last, *added);
}

int fat_folder_grow(struct fat *f, uint32_t cluster, size_t entries)
{
	struct fat_folder d;
	int ret = fat_folder_open(f, cluster, &d);

	if (ret == 0 && d.clusters && d.chain.length > 0 && !d.chain.broken &&
	    !fat_table_is_split(f, d.chain.last)) {
		uint32_t last = d.chain.last;
		size_t n = d.n;

		for (size_t have = count_free(&d);
		     ret == 0 && have < entries && n + d.per_cluster < MAX_ENTRIES;
		     have += d.per_cluster, n += d.per_cluster)
			ret = add_cluster(f, last, &last);
	}
	fat_folder_close(&d);
	return ret < 0 ? ret : 0;
}
