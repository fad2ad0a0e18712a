/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut leaves on a FAT, each state made by hand. What real cuts leave is looked at by
 * tests/tools/power-cuts.
 */
#include "core_fake.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "fake_fat.h"
#include "fake_volume.h"
#include "fuzz.h"
#include "journal/hollow.h"

#define OTHER 1 /* entry of the root: a hollow folder, and none of ours */
#define REPORTS 3 /* cluster */
#define RUN1 4 /* has a journal */
#define RUN2 5 /* newer, and has nothing yet */
#define RUN1_AT 3 /* entries of "reports" */
#define RUN2_AT 5
#define FILE_AT 6
#define JOURNAL_AT 3 /* entry of RUN1 */
#define NEXT_AT 4 /* free there */
#define JOURNAL_SIZE 1500 /* two clusters, 6 and 7 */

static const unsigned int all_bits[] = { 12, 16, 32 };

static struct fat_disk make_runs(unsigned int bits)
{
	struct fat_disk d = volume_make(bits);

	volume_set(&d, 2, VOLUME_END); /* somebody's, or the root of FAT32 */
	volume_put_entry(&d, 0, 0, "VFPROOF    ", FAT_IS_VOLUME, 0, 0);
	volume_put_entry(&d, 0, OTHER, "OTHER      ", FAT_IS_FOLDER, 9, 0);
	volume_put_entry(&d, 0, 2, "REPORTS    ", FAT_IS_FOLDER, REPORTS, 0);
	volume_put_folder(&d, REPORTS, 0);
	volume_put_name(&d, REPORTS, 2, "run0001-A", "RUN000~1   ", FAT_IS_FOLDER, RUN1, 0);
	volume_put_name(&d, REPORTS, 4, "run0002-A", "RUN000~2   ", FAT_IS_FOLDER, RUN2, 0);
	volume_put_entry(&d, REPORTS, FILE_AT, "FILE    PAR", 0x20, 9, 4096);
	volume_put_folder(&d, RUN1, REPORTS);
	volume_put_name(&d, RUN1, 2, "journal.jsonl", "JOURNA~1JSO", 0x20, 6, JOURNAL_SIZE);
	volume_set(&d, 6, 7);
	volume_set(&d, 7, VOLUME_END);
	volume_put_folder(&d, RUN2, REPORTS);
	return d;
}

static void assert_entry(const struct fat_disk *d, unsigned int i, unsigned int start,
			 uint32_t size)
{
	const struct fat_entry e = volume_get_entry(d, RUN1, i);

	assert_false(fat_entry_is_free(&e));
	assert_int_equal(le16toh(e.cluster_low), start);
	assert_int_equal(le32toh(e.size), size);
}

/* The second table is nothing that Linux reads: a mend that was cut off may leave it behind. */
static bool was_cut_off;

static void assert_next(const struct fat_disk *d, unsigned int cluster, uint32_t next)
{
	assert_int_equal(volume_get(d, 0, cluster), next);
	if (!was_cut_off)
		assert_int_equal(volume_get(d, 1, cluster), next);
}

/* What no mend may change. */
static void assert_rest(const struct fat_disk *d)
{
	assert_true(volume_has(d, 0, OTHER) && volume_has(d, REPORTS, RUN1_AT));
	assert_true(volume_has(d, REPORTS, FILE_AT));
}

static void run2_not_in_table(const struct fat_disk *d)
{
	volume_set(d, RUN2, 0);
}

static void run2_of_old_blocks(const struct fat_disk *d)
{
	static const char old[] = "{\"ev\":\"end\",\"case\":\"nic_link\"}";

	volume_put(d, volume_cluster(d, RUN2), old, sizeof(old) - 1);
}

static void run2_torn(const struct fat_disk *d)
{
	volume_put(d, volume_cluster(d, RUN2) + FAT_SECTOR + 7, "\"verdict\"", 9);
}

static void run2_leads_nowhere(const struct fat_disk *d)
{
	volume_put_entry(d, REPORTS, RUN2_AT, "RUN000~2   ", FAT_IS_FOLDER, 0, 0);
}

static void run2_of_another(const struct fat_disk *d)
{
	volume_put_entry(d, RUN2, 0, ".          ", FAT_IS_FOLDER, 7, 0);
}

static void run2_half_named(const struct fat_disk *d)
{
	volume_put_entry(d, REPORTS, RUN2_AT - 1, "\xe5           ", FAT_IS_LONG, 0, 0);
}

static void run2_half_named_and_used(const struct fat_disk *d)
{
	run2_half_named(d);
	volume_put_entry(d, RUN2, 2, "NOTES   TXT", 0x20, 0, 0);
}

static void run1_not_in_table(const struct fat_disk *d)
{
	volume_set(d, RUN1, 0);
}

static void run2_was_used(const struct fat_disk *d)
{
	volume_put_entry(d, RUN2, 2, "\xe5OURNAL    ", 0x20, 6, 0);
}

static void grow_run2(const struct fat_disk *d)
{
	char text[NAME_MAX + 1];

	memset(text, '_', sizeof(text));
	memcpy(text, "names0", 6);
	memcpy(text + NAME_MAX - 5, ".part", 6);
	volume_set(d, RUN2, 12);
	volume_set(d, 12, VOLUME_END);
	volume_put_name(d, RUN2, 2, text, "NAMES0~1PAR", 0x20, 0, 0);
}

static void run2_grown_not_in_table(const struct fat_disk *d)
{
	grow_run2(d);
	volume_set(d, RUN2, 0);
}

static void run2_half_grown(const struct fat_disk *d)
{
	grow_run2(d);
	volume_put(d, volume_cluster(d, 12) + FAT_SECTOR, "old", 3);
}

/* Linux has written a sector of the second cluster, and none of the first. */
static void run2_half_grown_behind(const struct fat_disk *d)
{
	volume_set(d, RUN2, 12);
	volume_set(d, 12, VOLUME_END);
	volume_put_entry(d, 12, 0, "JOURNA~1JSO", 0x20, 6, JOURNAL_SIZE); /* old, but an entry */
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
		{ run2_half_named, true },
		{ run2_half_named_and_used, false },
		{ run2_half_grown, true },
		{ run2_half_grown_behind, true },
		{ run2_grown_not_in_table, true },
		{ grow_run2, false },
		{ run2_was_used, false },
		{ run1_not_in_table, false }, /* there is something in it: damage, and no cut's */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(all_bits); i++) {
		struct fat_disk d = make_runs(all_bits[i % ARRAY_SIZE(all_bits)]);
		const size_t row = i / ARRAY_SIZE(all_bits);

		rows[row].spoil(&d);
		assert_int_equal(hollow_mend(&d), rows[row].goes);
		assert_int_equal(volume_has(&d, REPORTS, RUN2_AT), !rows[row].goes);
		assert_rest(&d);
		assert_int_equal(hollow_mend(&d), 0);
		close(d.fd);
	}
}

static void hollow_reports_go(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_bits); i++) {
		struct fat_disk d = volume_make(all_bits[i]);

		assert_int_equal(hollow_mend(&d), 0);
		close(d.fd);
		d = make_runs(all_bits[i]);
		volume_put(&d, volume_cluster(&d, REPORTS), "old", 3);
		assert_int_equal(hollow_mend(&d), 1);
		assert_false(volume_has(&d, 0, 2));
		close(d.fd);
		/* Not flushed, with a run in it that was not either; or damaged. */
		for (unsigned int damaged = 0; damaged < 2; damaged++) {
			d = make_runs(all_bits[i]);
			volume_set(&d, REPORTS, 0);
			volume_put(&d, volume_cluster(&d, REPORTS) + 32 * FILE_AT,
				   (uint8_t[32]){ 0 }, 32);
			volume_put(&d, volume_cluster(&d, RUN1) + 64, (uint8_t[64]){ 0 }, 64);
			volume_set(&d, RUN1, damaged ? VOLUME_END : 0);
			volume_set(&d, RUN2, 0);
			assert_int_equal(hollow_mend(&d), !damaged);
			assert_int_equal(volume_has(&d, 0, 2), damaged);
			assert_int_equal(hollow_mend(&d), 0);
			close(d.fd);
		}
		d = make_runs(all_bits[i]);
		volume_put(&d, 11, "X", 1);
		assert_int_equal(hollow_mend(&d), -ENOENT);
		close(d.fd);
	}
}

/* A folder that was growing ends where it ended before. */
static void half_grown_folders_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_bits); i++) {
		struct fat_disk d = make_runs(all_bits[i]);
		const bool has_root = all_bits[i] == 32;

		volume_set(&d, RUN1, 12);
		volume_set(&d, REPORTS, 13);
		if (has_root)
			volume_set(&d, 2, 14);
		assert_int_equal(hollow_mend(&d), has_root ? 3 : 2);
		assert_next(&d, RUN1, VOLUME_END);
		assert_true(volume_get(&d, 0, volume_get(&d, 0, REPORTS)) == VOLUME_END);
		assert_entry(&d, JOURNAL_AT, 6, JOURNAL_SIZE);
		assert_rest(&d);
		assert_int_equal(hollow_mend(&d), 0);
		close(d.fd);
	}
}

/* Of somebody's own stick, "reports" alone: its root may be spoilt by whatever it likes. */
static void foreign_root_stays(void **state)
{
	struct fat_disk d = make_runs(32);

	(void)state;
	volume_set(&d, RUN1, 12);
	volume_set(&d, REPORTS, 13);
	volume_set(&d, 2, 14);
	assert_int_equal(hollow_mend_foreign(&d), 2);
	assert_next(&d, RUN1, VOLUME_END);
	assert_int_equal(volume_get(&d, 0, 2), 14);
	assert_int_equal(volume_get(&d, 0, 14), 0);
	assert_entry(&d, JOURNAL_AT, 6, JOURNAL_SIZE);
	assert_int_equal(hollow_mend_foreign(&d), 0);
	assert_int_equal(hollow_mend(&d), 1);
	close(d.fd);
	/* Nor does it get room for names of ours. */
	d = make_runs(32);
	assert_int_equal(hollow_mend_foreign(&d), 0);
	assert_int_equal(volume_get(&d, 0, 2), VOLUME_END);
	assert_int_equal(hollow_mend(&d), 0);
	assert_int_not_equal(volume_get(&d, 0, 2), VOLUME_END);
	close(d.fd);
}

/* Old blocks of a cluster that a used folder has grown by: no sector of them was written. */
static void old_blocks_are_no_names(void **state)
{
	struct fat_disk d = make_runs(32);

	(void)state;
	volume_set(&d, RUN1, 12);
	volume_set(&d, 12, VOLUME_END);
	volume_put_entry(&d, 12, 1, "REPORT  TXT", 0x20, 6, 7);
	volume_put(&d, volume_cluster(&d, 12) + FAT_SECTOR + 32, "{\"ev\":\"end\"}", 12);
	volume_put_entry(&d, 12, FAT_ENTRIES + 2, "REPORT  XYZ", 0x20, 6, 7);
	assert_int_equal(hollow_mend(&d), 1);
	assert_true(volume_has(&d, 12, 1));
	assert_false(volume_has(&d, 12, FAT_ENTRIES + 1));
	assert_false(volume_has(&d, 12, FAT_ENTRIES + 2));
	assert_entry(&d, JOURNAL_AT, 6, JOURNAL_SIZE);
	assert_int_equal(hollow_mend(&d), 0);
	close(d.fd);
}

/* --- files of a run --- */

static void journal_leads_to_free(const struct fat_disk *d)
{
	volume_set(d, 7, 8);
	volume_set(d, 8, 20);
}

static void journal_ends(const struct fat_disk *d)
{
	assert_entry(d, JOURNAL_AT, 6, JOURNAL_SIZE);
	assert_next(d, 7, 8);
	assert_next(d, 8, VOLUME_END);
}

static void journal_has_no_cluster(const struct fat_disk *d)
{
	volume_put_entry(d, RUN1, JOURNAL_AT, "JOURNA~1JSO", 0x20, 20, 0);
}

static void journal_is_empty(const struct fat_disk *d)
{
	assert_entry(d, JOURNAL_AT, 0, 0);
}

static void journal_too_short(const struct fat_disk *d)
{
	volume_set(d, 6, 20);
}

static void journal_stays(const struct fat_disk *d)
{
	assert_entry(d, JOURNAL_AT, 6, JOURNAL_SIZE);
	assert_next(d, 6, 20);
}

static unsigned int put_part(const struct fat_disk *d, unsigned int start, uint32_t size)
{
	return volume_put_name(d, RUN1, NEXT_AT, "report.html.part", "REPORT~1PAR", 0x20, start,
			       size);
}

#define PART_AT (NEXT_AT + 2)

static void part_leads_to_free(const struct fat_disk *d)
{
	put_part(d, 10, 5000);
	volume_set(d, 10, 11);
	volume_set(d, 11, 20);
}

static void part_is_cut(const struct fat_disk *d)
{
	assert_entry(d, PART_AT, 10, 2048);
	assert_next(d, 10, 11);
	assert_next(d, 11, VOLUME_END);
}

static void part_leads_to_bad(const struct fat_disk *d)
{
	put_part(d, 10, 5000);
	volume_set(d, 10, 11);
	volume_set(d, 11, VOLUME_BAD);
}

static void part_ends_early(const struct fat_disk *d)
{
	put_part(d, 10, 5000);
	volume_set(d, 10, 11);
	volume_set(d, 11, VOLUME_END);
}

static void part_has_no_cluster(const struct fat_disk *d)
{
	put_part(d, 10, 5000);
}

static void part_is_a_ring(const struct fat_disk *d)
{
	put_part(d, 10, 5000);
	volume_set(d, 10, 11);
	volume_set(d, 11, 10);
}

static void part_is_empty(const struct fat_disk *d)
{
	assert_entry(d, PART_AT, 0, 0);
}

static void reserve_leads_to_free(const struct fat_disk *d)
{
	volume_put_name(d, RUN1, NEXT_AT, "reserve", "RESERVE    ", 0x20, 10, 2 << 20);
	volume_set(d, 10, 20);
}

static void reserve_is_cut(const struct fat_disk *d)
{
	assert_entry(d, NEXT_AT + 1, 10, 1024);
	assert_next(d, 10, VOLUME_END);
}

/* Renamed, and the old name is there as well: its clusters are the file's. */
static void file_has_both_names(const struct fat_disk *d)
{
	unsigned int i = put_part(d, 10, 700);

	volume_put_name(d, RUN1, i, "report.html", "REPORT~1HTM", 0x20, 10, 700);
	volume_set(d, 10, VOLUME_END);
}

static void file_has_one_name(const struct fat_disk *d)
{
	for (unsigned int i = NEXT_AT; i <= PART_AT; i++)
		assert_false(volume_has(d, RUN1, i));
	assert_entry(d, PART_AT + 2, 10, 700);
	assert_next(d, 10, VOLUME_END);
}

static void put_half(const struct fat_disk *d, const char *name, unsigned int start, uint32_t size)
{
	volume_put_entry(d, RUN1, NEXT_AT, name, 0x20, start, size);
	volume_set(d, 10, VOLUME_END);
}

static void html_half_named(const struct fat_disk *d)
{
	put_half(d, "REPORT~1HTM", 10, 700);
}

static void journal_half_named(const struct fat_disk *d)
{
	put_half(d, "JOURNA~2JSO", 0, 0);
}

static void full_journal_half_named(const struct fat_disk *d)
{
	put_half(d, "JOURNA~2JSO", 10, 700);
}

static void text_empty(const struct fat_disk *d)
{
	volume_put_name(d, RUN1, NEXT_AT, "report.txt", "REPORT  TXT", 0x20, 0, 0);
}

static void is_gone(const struct fat_disk *d)
{
	assert_false(volume_has(d, RUN1, NEXT_AT));
}

static void text_is_gone(const struct fat_disk *d)
{
	is_gone(d);
	assert_false(volume_has(d, RUN1, NEXT_AT + 1));
}

static void is_there(const struct fat_disk *d)
{
	assert_entry(d, NEXT_AT, 10, 700);
}

/* Of another one, and not whole: that is no matter of ours. */
static void notes_broken(const struct fat_disk *d)
{
	volume_put_name(d, RUN1, NEXT_AT, "notes", "NOTES      ", 0x20, 10, 700);
}

static void notes_stay(const struct fat_disk *d)
{
	assert_entry(d, NEXT_AT + 1, 10, 700);
}

static void mend_and_check(struct fat_disk *d, void (*check)(const struct fat_disk *d),
			   unsigned int writes, int mended)
{
	int ret;

	/* The power may fail in the middle of it. */
	fake_fat_writes = writes;
	ret = hollow_mend(d);
	assert_true(ret == mended || ret == -EIO);
	was_cut_off = ret == -EIO;
	if (was_cut_off) {
		fake_fat_writes = 1000;
		ret = hollow_mend(d);
		assert_in_range(ret, 0, mended);
	}
	check(d);
	assert_rest(d);
	fake_fat_writes = 1000;
	assert_int_equal(hollow_mend(d), 0);
	check(d);
	was_cut_off = false;
}

static void files_are_mended(void **state)
{
	static const struct {
		void (*spoil)(const struct fat_disk *d);
		void (*check)(const struct fat_disk *d);
		int mended;
	} rows[] = {
		{ journal_leads_to_free, journal_ends, 1 },
		{ journal_has_no_cluster, journal_is_empty, 1 },
		{ journal_too_short, journal_stays, 0 }, /* damage, and no cut's */
		{ part_leads_to_free, part_is_cut, 1 },
		{ part_leads_to_bad, part_is_cut, 1 },
		{ part_ends_early, part_is_cut, 1 },
		{ part_has_no_cluster, part_is_empty, 1 },
		{ part_is_a_ring, part_is_empty, 1 },
		{ reserve_leads_to_free, reserve_is_cut, 1 },
		{ file_has_both_names, file_has_one_name, 1 },
		{ html_half_named, is_gone, 1 },
		{ journal_half_named, is_gone, 1 },
		{ full_journal_half_named, is_there, 0 },
		{ text_empty, text_is_gone, 1 },
		{ notes_broken, notes_stay, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(all_bits); i++) {
		const size_t row = i / ARRAY_SIZE(all_bits);

		for (unsigned int writes = 0; writes < 8; writes++) {
			struct fat_disk d = make_runs(all_bits[i % ARRAY_SIZE(all_bits)]);

			rows[row].spoil(&d);
			mend_and_check(&d, rows[row].check, writes, rows[row].mended);
			close(d.fd);
		}
	}
}

/* At the stick's top nothing but what has a name of ours for the time being. */
static void top_is_left_alone(void **state)
{
	struct fat_disk d = make_runs(32);

	(void)state;
	for (unsigned int i = FILE_AT; i < VOLUME_ENTRIES; i++)
		volume_put_entry(&d, REPORTS, i, "FULL       ", 0x20, 0, 0);
	for (unsigned int i = 8; i < 21; i++)
		volume_set(&d, i, VOLUME_END); /* so that 21 is what "reports" grows to */
	volume_put_name(&d, 0, 3, "vfproof.key.part", "VFPROO~1PAR", 0x20, 21, 300);
	volume_put_name(&d, 0, 6, "report.txt", "REPORT  TXT", 0x20, 0, 0);
	volume_put_name(&d, 0, 8, "letter.part", "LETTER~1PAR", 0x20, 20, 300);
	volume_put_entry(&d, 0, 10, "REPORT~1HTM", 0x20, 20, 300);
	assert_int_equal(hollow_mend(&d), 1);
	assert_int_equal(le32toh(volume_get_entry(&d, 0, 5).size), 0);
	assert_int_equal(volume_get(&d, 0, REPORTS), 21);
	assert_true(volume_has(&d, 0, 7) && volume_has(&d, 0, 10));
	assert_int_equal(le32toh(volume_get_entry(&d, 0, 9).size), 300);
	close(d.fd);
}

/* Another one's folder in "reports": what is in it is no matter of ours. */
static void other_folders_are_left_alone(void **state)
{
	struct fat_disk d = make_runs(32);

	(void)state;
	volume_put_name(&d, REPORTS, 2, "photos", "PHOTOS     ", FAT_IS_FOLDER, RUN1, 0);
	volume_put_name(&d, REPORTS, 4, "sketches", "SKETCHES   ", FAT_IS_FOLDER, 20, 0);
	part_leads_to_free(&d);
	assert_int_equal(hollow_mend(&d), 0);
	assert_true(volume_has(&d, REPORTS, RUN2_AT));
	assert_entry(&d, PART_AT, 10, 5000);
	assert_next(&d, 11, 20);
	close(d.fd);
}

/* FAT12: what lies in two sectors may be half of another number. */
static void halves_are_not_believed(void **state)
{
	struct fat_disk d = make_runs(12);

	(void)state;
	volume_put_name(&d, RUN1, NEXT_AT, "reserve", "RESERVE    ", 0x20, 340, 4096);
	volume_set(&d, 340, 341); /* lies in bytes 511 and 512 */
	volume_set(&d, 341, 6);
	volume_set(&d, 6, 1023);
	volume_put_entry(&d, RUN1, JOURNAL_AT, "JOURNA~1JSO", 0x20, 682, JOURNAL_SIZE);
	volume_set(&d, 682, 1365); /* lies in bytes 2047 and 2048 */
	volume_set(&d, 1365, 9);
	assert_int_equal(hollow_mend(&d), 2);
	assert_next(&d, 341, VOLUME_END);
	assert_entry(&d, NEXT_AT + 1, 340, 2048);
	assert_next(&d, 682, 1365);
	assert_next(&d, 1365, VOLUME_END);
	assert_entry(&d, JOURNAL_AT, 682, JOURNAL_SIZE);
	assert_int_equal(hollow_mend(&d), 0);
	close(d.fd);
}

/* --- room for names --- */

static void fill_reports(const struct fat_disk *d)
{
	for (unsigned int i = FILE_AT; i < VOLUME_ENTRIES; i++)
		volume_put_entry(d, REPORTS, i, "FULL       ", 0x20, 0, 0);
	/* Old blocks wherever it may grow to. */
	for (unsigned int cluster = 8; cluster < 30; cluster++)
		volume_put(d, volume_cluster(d, cluster) + 40, "old", 3);
}

/* How many clusters; what it has grown by is zero. */
static unsigned int count_sound(const struct fat_disk *d)
{
	uint32_t cluster = volume_get(d, 0, REPORTS);
	unsigned int n = 1;

	for (; cluster != VOLUME_END; cluster = volume_get(d, 0, cluster), n++) {
		uint8_t b[VOLUME_PER_CLUSTER * FAT_SECTOR];

		assert_in_range(cluster, 8, 30);
		assert_int_equal(pread(d->fd, b, sizeof(b), volume_cluster(d, cluster)), sizeof(b));
		assert_true(b[0] == 0 && memcmp(b, b + 1, sizeof(b) - 1) == 0);
	}
	return n;
}

/* Before Linux has to do it, and so that a power cut at any moment leaves a sound folder. */
static void reports_grow(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_bits); i++) {
		bool done = false;

		for (unsigned int writes = 0; !done; writes++) {
			struct fat_disk d = make_runs(all_bits[i]);

			assert_true(writes < 40);
			fill_reports(&d);
			fake_fat_writes = writes;
			done = hollow_mend(&d) == 0;
			assert_int_equal(count_sound(&d) > 1, done || count_sound(&d) > 1);
			fake_fat_writes = 1000;
			assert_int_equal(hollow_mend(&d), 0);
			assert_int_equal(count_sound(&d), 2);
			close(d.fd);
		}
	}
}

/* --- fuzzing --- */

/* The kind, the boot sector's numbers, the first sector of the table, and four clusters. */
#define FUZZ_BOOT 81
#define FUZZ_HEAD (FUZZ_BOOT + FAT_SECTOR)
#define FUZZ_SIZE (FUZZ_HEAD + 6 * VOLUME_PER_CLUSTER * FAT_SECTOR)

static void put_piece(const struct fat_disk *d, off_t at, const uint8_t *data, size_t len,
		      size_t from, size_t to)
{
	if (len > from)
		volume_put(d, at, data + from, (len < to ? len : to) - from);
}

static void run_hollow(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct fat_disk d = make_runs(all_bits[len > 0 ? data[0] % ARRAY_SIZE(all_bits) : 0]);
	const off_t clusters = volume_cluster(&d, 0);
	int ret;

	(void)r;
	(void)arg;
	put_piece(&d, 11, data, len, 1, FUZZ_BOOT);
	put_piece(&d, (off_t)volume_table(&d) * FAT_SECTOR, data, len, FUZZ_BOOT, FUZZ_HEAD);
	put_piece(&d, clusters, data, len, FUZZ_HEAD, FUZZ_SIZE);
	fake_fat_writes = 1u << 20;
	ret = hollow_mend(&d);
	assert_true(seed ? ret == 0 : ret <= 1 << 20);
	close(d.fd);
}

static void fuzz_hollow(void **state)
{
	static uint8_t images[ARRAY_SIZE(all_bits)][FUZZ_SIZE];
	struct fuzz_target t = {
		.words = { "REPORTS    ", ".          ", "\x10", "\xe5", "journal.jsonl",
			   "JOURNA~1JSO", "REPORT~1PAR", "RESERVE    ", "RUN000~1   " },
		.rounds = 300,
		.run = run_hollow,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_bits); i++) {
		struct fat_disk d = make_runs(all_bits[i]);
		uint8_t *image = images[i];

		image[0] = (uint8_t)i;
		assert_int_equal(pread(d.fd, image + 1, FUZZ_BOOT - 1, 11), FUZZ_BOOT - 1);
		assert_int_equal(pread(d.fd, image + FUZZ_BOOT, FAT_SECTOR,
				       (off_t)volume_table(&d) * FAT_SECTOR),
				 FAT_SECTOR);
		assert_int_equal(pread(d.fd, image + FUZZ_HEAD, FUZZ_SIZE - FUZZ_HEAD,
				       volume_cluster(&d, 0)),
				 FUZZ_SIZE - FUZZ_HEAD);
		t.seeds[i] = (struct fuzz_seed){ image, FUZZ_SIZE };
		close(d.fd);
	}
	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hollow_folders_go),
		cmocka_unit_test(hollow_reports_go),
		cmocka_unit_test(half_grown_folders_end),
		cmocka_unit_test(foreign_root_stays),
		cmocka_unit_test(old_blocks_are_no_names),
		cmocka_unit_test(files_are_mended),
		cmocka_unit_test(top_is_left_alone),
		cmocka_unit_test(other_folders_are_left_alone),
		cmocka_unit_test(halves_are_not_believed),
		cmocka_unit_test(reports_grow),
		cmocka_unit_test(fuzz_hollow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
