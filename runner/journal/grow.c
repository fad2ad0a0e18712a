/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report partition of our own stick is grown to the stick's end, without a moment in which a
 * power cut could spoil it.
 */
#include "journal/grow.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>
#include "base/log.h"
#include "sys/block.h"

#define GPT_ENTRIES 128
#define GPT_TABLE_LBA 2
#define GPT_TABLE_SECTORS 32
/* Free space of our image, where the new entries are while those at GPT_TABLE_LBA are written. */
#define GPT_SPARE_LBA 64

#define FAT_MAX_CLUSTERS 0x0ffffff4u

struct gpt_header {
	uint8_t signature[8];
	uint32_t revision, size, crc, reserved;
	uint64_t my_lba, other_lba, first_lba, last_lba;
	uint8_t guid[16];
	uint64_t table_lba;
	uint32_t entries, entry_size, table_crc;
	uint8_t rest[FAT_SECTOR - 92];
} __attribute__((packed));

struct gpt_entry {
	uint8_t type[16], guid[16];
	uint64_t first_lba, last_lba, attributes;
	uint8_t name[72];
} __attribute__((packed));

struct gpt {
	struct gpt_header header;
	struct gpt_entry entries[GPT_ENTRIES];
};

_Static_assert(sizeof(struct gpt_header) == FAT_SECTOR, "a header is a sector");
_Static_assert(sizeof(((struct gpt *)0)->entries) == GPT_TABLE_SECTORS * FAT_SECTOR, "");

static uint32_t crc_of(const void *buf, size_t len)
{
	return (uint32_t)crc32(0, buf, (uInt)len);
}

/* The first three groups of a GUID are stored with the low byte first. */
static void guid_of(const char *text, uint8_t guid[16])
{
	static const uint8_t place[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned int i, value;

	for (i = 0; i < 16; i++, text += 2) {
		if (*text == '-')
			text++;
		if (sscanf(text, "%2x", &value) == 1)
			guid[place[i]] = (uint8_t)value;
	}
}

static uint32_t header_crc(const struct gpt_header *header)
{
	struct gpt_header h = *header;

	h.crc = 0;
	return crc_of(&h, le32toh(h.size));
}

/* Only a table of the shape that our image has. */
static int read_table(const struct fat_disk *d, struct gpt *t)
{
	const struct gpt_header *h = &t->header;
	int ret = fat_get(d, 1, &t->header, 1);

	if (ret < 0)
		return ret;
	if (memcmp(h->signature, "EFI PART", 8) != 0 || le32toh(h->size) != 92 ||
	    le32toh(h->crc) != header_crc(h) || le64toh(h->my_lba) != 1 ||
	    le32toh(h->entries) != GPT_ENTRIES ||
	    le32toh(h->entry_size) != sizeof(struct gpt_entry) ||
	    (le64toh(h->table_lba) != GPT_TABLE_LBA && le64toh(h->table_lba) != GPT_SPARE_LBA))
		return -ENOENT;
	ret = fat_get(d, le64toh(h->table_lba), t->entries, GPT_TABLE_SECTORS);
	if (ret < 0)
		return ret;
	return le32toh(h->table_crc) == crc_of(t->entries, sizeof(t->entries)) ? 0 : -ENOENT;
}

/* Our partition, if it is the last one on the disk and the spare place is free; NULL otherwise. */
static struct gpt_entry *find_ours(struct gpt *t)
{
	static const uint8_t unused[16];
	struct gpt_entry *ours = NULL;
	uint64_t last = 0;
	uint8_t guid[16];
	unsigned int i;

	guid_of(GROW_GUID, guid);
	for (i = 0; i < GPT_ENTRIES; i++) {
		struct gpt_entry *e = &t->entries[i];

		if (memcmp(e->type, unused, sizeof(unused)) == 0)
			continue;
		if (le64toh(e->first_lba) < GPT_SPARE_LBA + GPT_TABLE_SECTORS)
			return NULL;
		if (memcmp(e->guid, guid, sizeof(guid)) == 0)
			ours = e;
		else if (le64toh(e->last_lba) > last)
			last = le64toh(e->last_lba);
	}
	return ours && le64toh(ours->first_lba) > last &&
			       le64toh(ours->last_lba) >= le64toh(ours->first_lba)
		       ? ours
		       : NULL;
}

/* Writes the entries to @table_lba, and then the header that says so to @my_lba. */
static int put_table(const struct fat_disk *d, struct gpt *t, uint64_t my_lba, uint64_t table_lba)
{
	struct gpt_header *h = &t->header;
	int ret = d->put(d, table_lba, t->entries, GPT_TABLE_SECTORS);

	if (ret < 0)
		return ret;
	h->my_lba = htole64(my_lba);
	h->other_lba = htole64(my_lba == 1 ? d->sectors - 1 : 1);
	h->table_lba = htole64(table_lba);
	h->table_crc = htole32(crc_of(t->entries, sizeof(t->entries)));
	h->crc = htole32(header_crc(h));
	return d->put(d, my_lba, h, 1);
}

int grow_table(const struct fat_disk *disk, uint64_t *start, uint64_t *sectors)
{
	const uint64_t last = disk->sectors - GPT_TABLE_SECTORS - 2;
	_cleanup_free_ struct gpt *t = malloc(sizeof(*t));
	struct gpt_entry *ours;
	uint64_t table_lba;
	int ret;

	if (!t)
		return -ENOMEM;
	ret = read_table(disk, t);
	if (ret < 0)
		return ret;
	ours = find_ours(t);
	if (!ours)
		return -ENOENT;
	if (disk->sectors <= GPT_TABLE_SECTORS + 2 || le64toh(ours->last_lba) > last)
		return -ENOSPC;
	*start = le64toh(ours->first_lba);
	*sectors = last - *start + 1;
	table_lba = le64toh(t->header.table_lba);
	if (le64toh(ours->last_lba) == last && le64toh(t->header.other_lba) == disk->sectors - 1 &&
	    table_lba == GPT_TABLE_LBA)
		return 0;

	ours->last_lba = t->header.last_lba = htole64(last);
	ret = put_table(disk, t, disk->sectors - 1, disk->sectors - 1 - GPT_TABLE_SECTORS);
	if (ret == 0 && table_lba == GPT_TABLE_LBA)
		ret = put_table(disk, t, 1, GPT_SPARE_LBA);
	if (ret == 0)
		ret = put_table(disk, t, 1, GPT_TABLE_LBA);
	return ret < 0 ? ret : 1;
}

/* How many sectors the file system can have: an entry of four bytes for each cluster, two unused.
 */
static uint64_t fat_capacity(const struct fat_boot *b)
{
	const uint64_t fat = le32toh(b->fat_sectors);
	uint64_t clusters = fat * (FAT_SECTOR / 4) - 2;

	if (clusters > FAT_MAX_CLUSTERS)
		clusters = FAT_MAX_CLUSTERS;
	return le16toh(b->reserved) + b->fats * fat + clusters * b->sectors_per_cluster;
}

int grow_fat(const struct fat_disk *part)
{
	struct fat_boot boot;
	uint8_t info[FAT_SECTOR];
	uint64_t sectors = part->sectors;
	int ret = fat_get(part, 0, &boot, 1);

	if (ret < 0)
		return ret;
	if (!fat_is_32(&boot))
		return -ENOENT;
	if (sectors > fat_capacity(&boot))
		sectors = fat_capacity(&boot);
	if (sectors > UINT32_MAX)
		sectors = UINT32_MAX;
	if (sectors <= le32toh(boot.sectors))
		return 0;
	ret = fat_get(part, le16toh(boot.info_sector), info, 1);
	if (ret < 0)
		return ret;
	boot.sectors = htole32((uint32_t)sectors);
	memset(info + 488, 0xff, 4); /* the number of free clusters is not known any more */
	ret = part->put(part, le16toh(boot.info_sector), info, 1);
	if (ret == 0)
		ret = part->put(part, le16toh(boot.backup_sector), &boot, 1);
	if (ret == 0)
		ret = part->put(part, 0, &boot, 1);
	return ret < 0 ? ret : 1;
}

static int grow_disk_table(const struct sysroot *root, const char *name, uint64_t number)
{
	struct fat_disk d = { .fd = -1 };
	uint64_t start, sectors, block;
	int ret;

	if (block_get_sector(root, name, &block) < 0)
		return -ENOENT;
	if (block != FAT_SECTOR)
		return -ENOENT;
	ret = fat_open(root, name, &d);
	if (ret < 0)
		return ret;
	ret = grow_table(&d, &start, &sectors);
	/* The kernel's view of a partition follows its table only when told. */
	if (ret >= 0)
		ret = block_resize_partition(d.fd, number, start * FAT_SECTOR,
					     sectors * FAT_SECTOR);
	close(d.fd);
	return ret;
}

void grow_stick(const struct sysroot *root, const char *name)
{
	struct fat_disk part = { .fd = -1 };
	uint64_t number;
	char disk[64];
	int ret;

	if (block_get_partition(root, name, &number, disk, sizeof(disk)) < 0)
		return;
	ret = grow_disk_table(root, disk, number);
	if (ret == -ENOENT)
		return; /* not our image */
	if (ret == 0)
		ret = fat_open(root, name, &part);
	if (ret == 0)
		ret = grow_fat(&part);
	if (part.fd >= 0)
		close(part.fd);
	if (ret > 0)
		log_info("stick: %s has grown to %llu MiB", name,
			 (unsigned long long)(part.sectors >> 11));
	else if (ret < 0 && ret != -ENOENT)
		log_info("stick: %s keeps its size: %s", name, strerror(-ret));
}
