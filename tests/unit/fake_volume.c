/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core_fake.h"

#include <endian.h>
#include <string.h>
#include <unistd.h>

#include "fake_fat.h"
#include "fake_volume.h"

#define RESERVED 8
#define ROOT_ENTRIES 64

/* By the type in its boot sector, where each kind has it. */
static unsigned int bits_of(const struct fat_disk *d)
{
	char type[8];

	assert_int_equal(pread(d->fd, type, sizeof(type), 82), sizeof(type));
	if (memcmp(type, "FAT32", 5) == 0)
		return 32;
	assert_int_equal(pread(d->fd, type, sizeof(type), 54), sizeof(type));
	return memcmp(type, "FAT16", 5) == 0 ? 16 : 12;
}

static unsigned int table_sectors(const struct fat_disk *d)
{
	return bits_of(d) == 32 ? 40 : 20;
}

struct fat_disk volume_make(unsigned int bits)
{
	struct fat_disk d = fake_fat_disk(bits == 12 ? 4096 : 10000);
	struct fat_boot b = {
		.bytes_per_sector = htole16(FAT_SECTOR),
		.sectors_per_cluster = VOLUME_PER_CLUSTER,
		.reserved = htole16(RESERVED),
		.fats = 2,
		.media = 0xf8,
		.sectors = htole32((uint32_t)d.sectors),
		.signature = { 0x55, 0xaa },
	};

	if (bits == 32) {
		b.fat_sectors = htole32(40);
		b.root_cluster = htole32(2);
		b.info_sector = htole16(1);
		b.backup_sector = htole16(6);
		memcpy(b.type, "FAT32   ", 8);
	} else {
		b.fat_sectors16 = htole16(20);
		b.root_entries = htole16(ROOT_ENTRIES);
		memcpy((uint8_t *)&b + 54, bits == 16 ? "FAT16   " : "FAT12   ", 8);
	}
	volume_put(&d, 0, &b, sizeof(b));
	if (bits == 32)
		volume_set(&d, 2, VOLUME_END);
	fake_fat_writes = 1000;
	return d;
}

unsigned int volume_table(const struct fat_disk *d)
{
	(void)d;
	return RESERVED;
}

off_t volume_cluster(const struct fat_disk *d, unsigned int cluster)
{
	unsigned int sector = RESERVED + 2 * table_sectors(d);

	if (bits_of(d) != 32 && cluster != 0)
		sector += ROOT_ENTRIES / FAT_ENTRIES;
	if (cluster > 2)
		sector += (cluster - 2) * VOLUME_PER_CLUSTER;
	return (off_t)sector * FAT_SECTOR;
}

void volume_put(const struct fat_disk *d, off_t at, const void *data, size_t len)
{
	assert_int_equal(pwrite(d->fd, data, len, at), len);
}

/* The bytes that have the entry, and where they are. */
static off_t read_raw(const struct fat_disk *d, unsigned int copy, unsigned int cluster,
		      uint32_t *raw)
{
	const unsigned int bits = bits_of(d);
	const off_t at =
		(off_t)(RESERVED + copy * table_sectors(d)) * FAT_SECTOR + cluster * bits / 8;
	uint8_t b[4] = { 0 };

	assert_int_equal(pread(d->fd, b, bits == 32 ? 4 : 2, at), bits == 32 ? 4 : 2);
	*raw = fake_fat_get32(b);
	return at;
}

void volume_set(const struct fat_disk *d, unsigned int cluster, uint32_t next)
{
	const unsigned int bits = bits_of(d), shift = bits == 12 && cluster % 2 ? 4 : 0;
	const uint32_t mask = bits == 32 ? 0x0fffffff : ((1u << bits) - 1) << shift;

	for (unsigned int copy = 0; copy < 2; copy++) {
		uint8_t b[4];
		uint32_t raw;
		const off_t at = read_raw(d, copy, cluster, &raw);

		fake_fat_put32(b, (raw & ~mask) | ((next << shift) & mask));
		volume_put(d, at, b, bits == 32 ? 4 : 2);
	}
}

uint32_t volume_get(const struct fat_disk *d, unsigned int copy, unsigned int cluster)
{
	const unsigned int bits = bits_of(d);
	const uint32_t mask = bits == 32 ? 0x0fffffff : (1u << bits) - 1;
	uint32_t raw;

	(void)read_raw(d, copy, cluster, &raw);
	raw = (bits == 12 && cluster % 2 ? raw >> 4 : raw) & mask;
	return raw >= (mask & ~7u) ? VOLUME_END : raw;
}

void volume_put_entry(const struct fat_disk *d, unsigned int folder, unsigned int i,
		      const char *name, uint8_t attributes, unsigned int start, uint32_t size)
{
	struct fat_entry e = { .attributes = attributes,
			       .cluster_low = htole16((uint16_t)start),
			       .size = htole32(size) };

	memcpy(e.name, name, FAT_NAME_SIZE);
	volume_put(d, volume_cluster(d, folder) + 32 * (off_t)i, &e, sizeof(e));
}

struct fat_entry volume_get_entry(const struct fat_disk *d, unsigned int folder, unsigned int i)
{
	struct fat_entry e;

	assert_int_equal(pread(d->fd, &e, sizeof(e), volume_cluster(d, folder) + 32 * (off_t)i),
			 sizeof(e));
	return e;
}

static uint8_t sum_of(const char *name)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < FAT_NAME_SIZE; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + (uint8_t)name[i]);
	return sum;
}

/* Part @part (from 1) of a long name. */
static void put_part(uint8_t raw[32], const char *text, unsigned int part, unsigned int parts,
		     uint8_t sum)
{
	static const uint8_t places[13] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	const size_t len = strlen(text), from = 13 * (part - 1);

	memset(raw, 0, 32);
	raw[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
	raw[11] = FAT_IS_LONG;
	raw[13] = sum;
	for (size_t i = 0; i < 13; i++) {
		raw[places[i]] = from + i < len	   ? (uint8_t)text[from + i]
				 : from + i == len ? 0
						   : 0xff;
		raw[places[i] + 1] = from + i > len ? 0xff : 0;
	}
}

unsigned int volume_put_name(const struct fat_disk *d, unsigned int folder, unsigned int i,
			     const char *text, const char *name, uint8_t attributes,
			     unsigned int start, uint32_t size)
{
	const unsigned int parts = (unsigned int)(strlen(text) + 12) / 13;

	for (unsigned int part = parts; part > 0; part--) {
		uint8_t raw[32];

		put_part(raw, text, part, parts, sum_of(name));
		volume_put(d, volume_cluster(d, folder) + 32 * (off_t)i++, raw, sizeof(raw));
	}
	volume_put_entry(d, folder, i, name, attributes, start, size);
	return i + 1;
}

void volume_put_folder(const struct fat_disk *d, unsigned int cluster, unsigned int above)
{
	volume_set(d, cluster, VOLUME_END);
	volume_put_entry(d, cluster, 0, ".          ", FAT_IS_FOLDER, cluster, 0);
	volume_put_entry(d, cluster, 1, "..         ", FAT_IS_FOLDER, above, 0);
}

bool volume_has(const struct fat_disk *d, unsigned int folder, unsigned int i)
{
	const struct fat_entry e = volume_get_entry(d, folder, i);

	return !fat_entry_is_free(&e);
}
