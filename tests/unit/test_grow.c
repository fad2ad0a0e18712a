/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing the report partition: on images in memory files, with the power cut at each sector that
 * is written, and on tables and file systems that must be left alone.
 */
#include "core_fake.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include "fake_fat.h"
#include "fuzz.h"
#include "journal/grow.h"

#define SMALL 4096 /* sectors of the image, and of the stick */
#define LARGE 65536
#define ESP_LBA 2048
#define DATA_LBA 3072
#define DATA_LAST (SMALL - 34)

static uint32_t crc32_of(const uint8_t *p, size_t len)
{
	uint32_t crc = ~0u;

	while (len--) {
		int bit;

		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

static void put64(uint8_t *p, uint64_t value)
{
	value = htole64(value);
	memcpy(p, &value, sizeof(value));
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return le64toh(value);
}

static const uint8_t our_guid[16] = { 0x72, 0x70, 0x66, 0x76, 0x6f, 0x6f, 0x00, 0x46,
				      0x80, 0,	  0,	0,    0,    0,	  0,	1 };

static void entry(uint8_t *table, unsigned int i, uint8_t guid_end, uint64_t first, uint64_t last)
{
	uint8_t *e = table + i * 128;

	memset(e, 0xab, 16);
	memcpy(e + 16, our_guid, 16);
	e[31] = guid_end;
	put64(e + 32, first);
	put64(e + 40, last);
}

static void seal(uint8_t *header, const uint8_t *table)
{
	fake_fat_put32(header + 88, crc32_of(table, 128 * 128));
	fake_fat_put32(header + 16, 0);
	fake_fat_put32(header + 16, crc32_of(header, 92));
}

/* The primary table, as sectors 0 to 33. */
static void make_table(uint8_t *disk)
{
	uint8_t *h = disk + FAT_SECTOR, *table = disk + 2 * FAT_SECTOR;

	memset(disk, 0, 34 * FAT_SECTOR);
	memcpy(h, "EFI PART\0\0\1\0", 12);
	fake_fat_put32(h + 12, 92);
	put64(h + 24, 1);
	put64(h + 32, SMALL - 1);
	put64(h + 40, 34);
	put64(h + 48, DATA_LAST);
	put64(h + 72, 2);
	fake_fat_put32(h + 80, 128);
	fake_fat_put32(h + 84, 128);
	entry(table, 0, 1, DATA_LBA, DATA_LAST);
	entry(table, 1, 2, ESP_LBA, DATA_LBA - 1);
	seal(h, table);
}

static struct fat_disk make_stick(uint64_t sectors, void (*spoil)(uint8_t *))
{
	struct fat_disk d = fake_fat_disk(sectors);
	static uint8_t head[34 * FAT_SECTOR];

	make_table(head);
	if (spoil)
		spoil(head);
	assert_int_equal(pwrite(d.fd, head, sizeof(head), 0), sizeof(head));
	return d;
}

/* A table as any firmware or kernel takes it; returns the last sector of our partition. */
static uint64_t check_table(const struct fat_disk *d, uint64_t header_lba)
{
	static uint8_t h[FAT_SECTOR], table[128 * 128];
	uint32_t crc;

	assert_int_equal(pread(d->fd, h, sizeof(h), (off_t)(header_lba * FAT_SECTOR)), sizeof(h));
	assert_memory_equal(h, "EFI PART", 8);
	crc = fake_fat_get32(h + 16);
	fake_fat_put32(h + 16, 0);
	assert_int_equal(crc, crc32_of(h, 92));
	assert_int_equal(get64(h + 24), header_lba);
	assert_int_equal(pread(d->fd, table, sizeof(table), (off_t)(get64(h + 72) * FAT_SECTOR)),
			 sizeof(table));
	assert_int_equal(fake_fat_get32(h + 88), crc32_of(table, sizeof(table)));
	assert_int_equal(get64(table + 32), DATA_LBA);
	assert_int_equal(get64(table + 128 + 32), ESP_LBA);
	assert_int_equal(get64(table + 128 + 40), DATA_LBA - 1);
	assert_true(get64(h + 48) >= get64(table + 40));
	return get64(table + 40);
}

static void table_grows_to_the_end_of_the_stick(void **state)
{
	struct fat_disk d = make_stick(LARGE, NULL);
	uint64_t start, sectors;
	uint8_t h[FAT_SECTOR];

	(void)state;
	fake_fat_writes = 1000;
	assert_int_equal(grow_table(&d, &start, &sectors), 1);
	assert_int_equal(start, DATA_LBA);
	assert_int_equal(start + sectors, LARGE - 33);
	assert_int_equal(check_table(&d, 1), LARGE - 34);
	assert_int_equal(check_table(&d, LARGE - 1), LARGE - 34);
	assert_int_equal(pread(d.fd, h, sizeof(h), FAT_SECTOR), sizeof(h));
	assert_int_equal(get64(h + 72), 2);
	assert_int_equal(get64(h + 32), LARGE - 1);
	/* All is well now. */
	fake_fat_writes = 0;
	assert_int_equal(grow_table(&d, &start, &sectors), 0);
	assert_int_equal(start + sectors, LARGE - 33);
	close(d.fd);
}

/* After each cut the stick has a sound table, and the next boot finishes the work. */
static void power_cut_leaves_a_table(void **state)
{
	uint64_t start, sectors;
	unsigned int n;
	int ret = -EIO;

	(void)state;
	for (n = 0; ret < 0; n++) {
		struct fat_disk d = make_stick(LARGE, NULL);
		uint64_t last;

		fake_fat_writes = n;
		ret = grow_table(&d, &start, &sectors);
		last = check_table(&d, 1);
		assert_true(last == DATA_LAST || last == LARGE - 34);
		fake_fat_writes = 1000;
		assert_int_equal(grow_table(&d, &start, &sectors), ret < 0);
		assert_int_equal(check_table(&d, 1), LARGE - 34);
		assert_int_equal(check_table(&d, LARGE - 1), LARGE - 34);
		close(d.fd);
	}
	assert_int_equal(n, 3 * 33 + 1);
}

static void other_guid(uint8_t *disk)
{
	disk[2 * FAT_SECTOR + 31] = 9;
	seal(disk + FAT_SECTOR, disk + 2 * FAT_SECTOR);
}

static void not_last(uint8_t *disk)
{
	entry(disk + 2 * FAT_SECTOR, 5, 5, DATA_LAST + 1, DATA_LAST + 2);
	seal(disk + FAT_SECTOR, disk + 2 * FAT_SECTOR);
}

static void in_the_spare_place(uint8_t *disk)
{
	entry(disk + 2 * FAT_SECTOR, 5, 5, 70, 80);
	seal(disk + FAT_SECTOR, disk + 2 * FAT_SECTOR);
}

static void bad_table(uint8_t *disk)
{
	disk[2 * FAT_SECTOR + 200]++;
}

static void bad_header(uint8_t *disk)
{
	disk[FAT_SECTOR + 49]++;
}

static void no_table(uint8_t *disk)
{
	memset(disk, 0, 34 * FAT_SECTOR);
}

static void other_shape(uint8_t *disk)
{
	fake_fat_put32(disk + FAT_SECTOR + 80, 1u << 30);
	seal(disk + FAT_SECTOR, disk + 2 * FAT_SECTOR);
}

static void other_tables_are_left_alone(void **state)
{
	static void (*const spoil[])(uint8_t *) = { other_guid, not_last,   in_the_spare_place,
						    bad_table,	bad_header, no_table,
						    other_shape };
	uint64_t start, sectors;
	struct fat_disk d;
	size_t i;

	(void)state;
	fake_fat_writes = 0;
	for (i = 0; i < ARRAY_SIZE(spoil); i++) {
		d = make_stick(LARGE, spoil[i]);
		assert_int_equal(grow_table(&d, &start, &sectors), -ENOENT);
		close(d.fd);
	}
	/* The stick is smaller than the image. */
	d = make_stick(SMALL - 1, NULL);
	assert_int_equal(grow_table(&d, &start, &sectors), -ENOSPC);
	close(d.fd);
}

static uint32_t fat_sectors(const struct fat_disk *d, uint64_t lba)
{
	uint8_t b[FAT_SECTOR];

	assert_int_equal(pread(d->fd, b, sizeof(b), (off_t)(lba * FAT_SECTOR)), sizeof(b));
	return fake_fat_get32(b + 32);
}

static void fat_grows_as_far_as_its_tables_go(void **state)
{
	static const struct {
		uint64_t partition;
		uint32_t from, to;
	} rows[] = {
		{ 4096, 1024, 4096 },
		{ 4096, 4096, 4096 },
		{ 4096, 5000, 5000 }, /* larger than its partition: not ours to mend */
		{ 100000, 1024, 32 + 2 * 64 + (64 * 128 - 2) * 8 },
	};
	uint8_t info[FAT_SECTOR];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fat_disk d = fake_fat_make(rows[i].partition, rows[i].from);

		fake_fat_writes = 3;
		assert_int_equal(grow_fat(&d), rows[i].to != rows[i].from);
		assert_int_equal(fat_sectors(&d, 0), rows[i].to);
		assert_int_equal(fat_sectors(&d, 6), rows[i].to);
		assert_int_equal(pread(d.fd, info, sizeof(info), FAT_SECTOR), sizeof(info));
		assert_int_equal(fake_fat_get32(info + 488), rows[i].to != rows[i].from ? ~0u : 0);
		close(d.fd);
	}
}

static void power_cut_leaves_a_file_system(void **state)
{
	unsigned int n;

	(void)state;
	for (n = 0; n < 3; n++) {
		struct fat_disk d = fake_fat_make(4096, 1024);

		fake_fat_writes = n;
		assert_int_equal(grow_fat(&d), -EIO);
		assert_int_equal(fat_sectors(&d, 0), 1024);
		fake_fat_writes = 3;
		assert_int_equal(grow_fat(&d), 1);
		assert_int_equal(fat_sectors(&d, 0), 4096);
		close(d.fd);
	}
}

static void other_file_systems_are_left_alone(void **state)
{
	static const struct {
		unsigned int offset;
		uint8_t value;
	} rows[] = { { 82, 'X' }, { 12, 8 },  { 13, 0 }, { 16, 0 },   { 19, 1 },  { 22, 1 },
		     { 36, 0 },	  { 48, 99 }, { 50, 0 }, { 50, 200 }, { 510, 0 }, { 511, 0 } };
	size_t i;

	(void)state;
	fake_fat_writes = 0;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fat_disk d = fake_fat_make(4096, 1024);

		assert_int_equal(pwrite(d.fd, &rows[i].value, 1, rows[i].offset), 1);
		assert_int_equal(grow_fat(&d), -ENOENT);
		close(d.fd);
	}
}

/* Where a table is: nothing else of the disk is written. */
static int put_of_table(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors)
{
	const bool primary = lba >= 1 && lba + sectors <= 34;
	const bool spare = lba >= 64 && lba + sectors <= 96;
	const bool backup = lba >= d->sectors - 33 && lba + sectors <= d->sectors;

	assert_true(primary || spare || backup);
	return fake_fat_put(d, lba, buf, sectors);
}

/* @data is the header and the first entries; the others are not used. */
static void run_gpt(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	static uint8_t head[34 * FAT_SECTOR];
	const bool large = fuzz_below(r, 2);
	struct fat_disk d = fake_fat_disk(large ? LARGE : SMALL);
	uint64_t start, sectors;
	int ret;

	(void)arg;
	memset(head, 0, sizeof(head));
	memcpy(head + FAT_SECTOR, data, len < 33 * FAT_SECTOR ? len : 33 * FAT_SECTOR);
	if (fuzz_below(r, 8) != 0)
		seal(head + FAT_SECTOR, head + 2 * FAT_SECTOR);
	assert_int_equal(pwrite(d.fd, head, sizeof(head), 0), sizeof(head));
	d.put = put_of_table;
	fake_fat_writes = 1000;
	ret = grow_table(&d, &start, &sectors);
	assert_true(ret == 0 || ret == 1 || (!seed && (ret == -ENOENT || ret == -ENOSPC)));
	/* The partition is on the disk, and behind both places of the table. */
	assert_true(ret < 0 || (start >= 96 && start + sectors == d.sectors - 33));
	if (ret == 1) {
		fake_fat_writes = 0;
		assert_int_equal(grow_table(&d, &start, &sectors), 0);
	}
	close(d.fd);
}

static void fuzz_gpt(void **state)
{
	static uint8_t disk[34 * FAT_SECTOR];
	struct fuzz_target t = {
		.seeds = { { disk + FAT_SECTOR, FAT_SECTOR + 3 * 128 } },
		.words = { "EFI PART", "\x40", "\x02", "vfoo" },
		.rounds = 1500,
		.run = run_gpt,
	};

	(void)state;
	make_table(disk);
	fuzz_run(&t);
}

/* What a boot sector calls reserved: nothing else of the partition is written. */
static int put_of_fat(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors)
{
	uint8_t b[FAT_SECTOR];

	assert_int_equal(pread(d->fd, b, sizeof(b), 0), sizeof(b));
	assert_true(lba + sectors <= b[14] + 256u * b[15]);
	return fake_fat_put(d, lba, buf, sectors);
}

static void run_fat(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct fat_disk d = fake_fat_disk(fuzz_below(r, 2) ? LARGE : 40);
	int ret;

	(void)arg;
	assert_int_equal(pwrite(d.fd, data, len, 0), len);
	assert_int_equal(ftruncate(d.fd, (off_t)(d.sectors * FAT_SECTOR)), 0);
	d.put = put_of_fat;
	fake_fat_writes = 3;
	ret = grow_fat(&d);
	assert_true(ret == 0 || ret == 1 || (!seed && ret == -ENOENT));
	if (ret == 1) {
		assert_true(fat_sectors(&d, 0) <= d.sectors);
		fake_fat_writes = 0;
		assert_int_equal(grow_fat(&d), 0);
	}
	close(d.fd);
}

static void fuzz_fat(void **state)
{
	uint8_t boot[FAT_SECTOR];
	struct fat_disk d = fake_fat_make(4096, 1024);
	struct fuzz_target t = {
		.seeds = { { boot, sizeof(boot) } },
		.words = { "FAT32   ", "\x55\xaa", "\x02", "\x08\x20" },
		.rounds = 3000,
		.run = run_fat,
	};

	(void)state;
	assert_int_equal(pread(d.fd, boot, sizeof(boot), 0), sizeof(boot));
	close(d.fd);
	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_grows_to_the_end_of_the_stick),
		cmocka_unit_test(power_cut_leaves_a_table),
		cmocka_unit_test(other_tables_are_left_alone),
		cmocka_unit_test(fat_grows_as_far_as_its_tables_go),
		cmocka_unit_test(power_cut_leaves_a_file_system),
		cmocka_unit_test(other_file_systems_are_left_alone),
		cmocka_unit_test(fuzz_gpt),
		cmocka_unit_test(fuzz_fat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
