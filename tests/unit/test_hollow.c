/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders that a power cut has left by name only, on a FAT32 in a memory file. What real cuts leave
 * is looked at by tests/tools/power-cuts.
 */
#include "core_fake.h"

#include <errno.h>
#include <string.h>
#include "fake_fat.h"
#include "fuzz.h"
#include "journal/hollow.h"

static off_t cluster_at(unsigned int cluster)
{
	return (off_t)(FAKE_FAT_DATA + (cluster - 2) * 8) * FAT_SECTOR;
}

static void put_at(const struct fat_disk *d, off_t at, const void *data, size_t len)
{
	assert_int_equal(pwrite(d->fd, data, len, at), len);
}

/* Entry @i of the folder in @cluster. */
static void put_entry(const struct fat_disk *d, unsigned int cluster, unsigned int i,
		      const char *name, uint8_t attributes, unsigned int start)
{
	uint8_t e[32] = { 0 };

	memcpy(e, name, 11);
	e[11] = attributes;
	e[26] = (uint8_t)start;
	put_at(d, cluster_at(cluster) + 32 * (off_t)i, e, sizeof(e));
}

static void put_next(const struct fat_disk *d, unsigned int cluster, uint32_t next)
{
	uint8_t b[4];

	fake_fat_put32(b, next);
	put_at(d, FAKE_FAT_TABLE * FAT_SECTOR + 4 * (off_t)cluster, b, sizeof(b));
}

static void put_folder(const struct fat_disk *d, unsigned int cluster, unsigned int above)
{
	put_next(d, cluster, 0x0fffffff);
	put_entry(d, cluster, 0, ".          ", 0x10, cluster);
	put_entry(d, cluster, 1, "..         ", 0x10, above);
}

static bool is_there(const struct fat_disk *d, unsigned int cluster, unsigned int i)
{
	uint8_t first;

	assert_int_equal(pread(d->fd, &first, 1, cluster_at(cluster) + 32 * (off_t)i), 1);
	return first != 0xe5;
}

/* The root (2) has REPORTS (3), that a run (4) with a file, and a newer run (5) without any. */
static struct fat_disk make_runs(void)
{
	struct fat_disk d = fake_fat_make(4096, 4096);
	uint8_t root[4];

	fake_fat_put32(root, 2);
	put_at(&d, 44, root, sizeof(root));
	put_next(&d, 2, 0x0fffffff);
	put_entry(&d, 2, 0, "VFPROOF    ", 0x08, 0);
	put_entry(&d, 2, 1, "OTHER      ", 0x10, 9); /* hollow, and none of ours */
	put_entry(&d, 2, 2, "REPORTS    ", 0x10, 3);
	put_folder(&d, 3, 0);
	put_entry(&d, 3, 2, "RUN1       ", 0x10, 4);
	put_entry(&d, 3, 3, "RUN2       ", 0x10, 5);
	put_entry(&d, 3, 4, "FILE       ", 0x20, 9);
	put_folder(&d, 4, 3);
	put_entry(&d, 4, 2, "JOURNAL    ", 0x20, 6);
	put_folder(&d, 5, 3);
	fake_fat_writes = 9;
	return d;
}

static void run2_not_in_table(const struct fat_disk *d)
{
	put_next(d, 5, 0);
}

static void run2_of_old_blocks(const struct fat_disk *d)
{
	static const char old[] = "{\"ev\":\"end\",\"case\":\"nic_link\"}";

	put_at(d, cluster_at(5), old, sizeof(old) - 1);
}

static void run2_torn(const struct fat_disk *d)
{
	put_at(d, cluster_at(5) + 3 * FAT_SECTOR + 7, "\"verdict\"", 9);
}

static void run2_leads_nowhere(const struct fat_disk *d)
{
	put_entry(d, 3, 3, "RUN2       ", 0x10, 0);
}

static void run2_of_another(const struct fat_disk *d)
{
	put_entry(d, 5, 0, ".          ", 0x10, 7);
}

static void run1_not_in_table(const struct fat_disk *d)
{
	put_next(d, 4, 0);
}

static void run2_was_used(const struct fat_disk *d)
{
	put_entry(d, 5, 2, "\xe5OURNAL    ", 0x20, 6);
}

static void nothing(const struct fat_disk *d)
{
	(void)d;
}

/* What a power cut leaves of a new folder goes, and nothing else does. */
static void hollow_folders_go(void **state)
{
	static const struct {
		void (*spoil)(const struct fat_disk *d);
		bool goes;
	} rows[] = {
		{ nothing, false },
		{ run2_not_in_table, true },
		{ run2_of_old_blocks, true },
		{ run2_torn, true },
		{ run2_leads_nowhere, true },
		{ run2_of_another, true },
		{ run2_was_used, false },
		{ run1_not_in_table, false }, /* there is something in it: damage, and no cut's */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fat_disk d = make_runs();

		rows[i].spoil(&d);
		assert_int_equal(hollow_remove(&d), rows[i].goes);
		assert_int_equal(is_there(&d, 3, 3), !rows[i].goes);
		assert_true(is_there(&d, 3, 2) && is_there(&d, 3, 4) && is_there(&d, 2, 1));
		assert_int_equal(fake_fat_writes, rows[i].goes ? 8 : 9);
		assert_int_equal(hollow_remove(&d), 0);
		close(d.fd);
	}
}

static void hollow_reports_go(void **state)
{
	struct fat_disk d = fake_fat_make(4096, 4096);

	(void)state;
	assert_int_equal(hollow_remove(&d), 0); /* its root is cluster 0: nothing to walk */
	close(d.fd);
	d = make_runs();
	put_at(&d, cluster_at(3), "old", 3);
	assert_int_equal(hollow_remove(&d), 1);
	assert_false(is_there(&d, 2, 2));
	close(d.fd);
	d = make_runs();
	put_at(&d, 82, "X", 1);
	assert_int_equal(hollow_remove(&d), -ENOENT);
	close(d.fd);
}

/* The boot sector's numbers, the first sector of the table, and clusters 2 to 5. */
#define FUZZ_BOOT 80
#define FUZZ_HEAD (FUZZ_BOOT + FAT_SECTOR)

static void run_hollow(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct fat_disk d = make_runs();
	int ret;

	(void)r;
	(void)arg;
	put_at(&d, 11, data, len < FUZZ_BOOT ? len : FUZZ_BOOT);
	if (len > FUZZ_BOOT)
		put_at(&d, FAKE_FAT_TABLE * FAT_SECTOR, data + FUZZ_BOOT,
		       len < FUZZ_HEAD ? len - FUZZ_BOOT : FAT_SECTOR);
	if (len > FUZZ_HEAD)
		put_at(&d, cluster_at(2), data + FUZZ_HEAD, len - FUZZ_HEAD);
	fake_fat_writes = 4096;
	ret = hollow_remove(&d);
	assert_true(seed ? ret == 0 : ret <= 65536);
	close(d.fd);
}

static void fuzz_hollow(void **state)
{
	static uint8_t image[FUZZ_HEAD + 4 * 8 * FAT_SECTOR];
	struct fat_disk d = make_runs();
	struct fuzz_target t = {
		.seeds = { { image, sizeof(image) } },
		.words = { "REPORTS    ", ".          ", "\x10", "\xe5" },
		.rounds = 300,
		.run = run_hollow,
	};

	(void)state;
	assert_int_equal(pread(d.fd, image, FUZZ_BOOT, 11), FUZZ_BOOT);
	assert_int_equal(pread(d.fd, image + FUZZ_BOOT, FAT_SECTOR, FAKE_FAT_TABLE * FAT_SECTOR),
			 FAT_SECTOR);
	assert_int_equal(pread(d.fd, image + FUZZ_HEAD, sizeof(image) - FUZZ_HEAD, cluster_at(2)),
			 sizeof(image) - FUZZ_HEAD);
	close(d.fd);
	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hollow_folders_go),
		cmocka_unit_test(hollow_reports_go),
		cmocka_unit_test(fuzz_hollow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
