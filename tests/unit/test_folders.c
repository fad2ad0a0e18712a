/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folders of runs on the stick, and which of them a host goes on with.
 */
#include "core_fake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/folders.h"
#include "journal/member.h"
#include "journal/reserve.h"
#include "journal/store.h"
#include "run/adopt.h"
#include "run/resume.h"
#include "version.h"

#define UTC_2010 "2010-01-01T00:00:00Z"
#define UTC_2025 "2025-01-02T03:04:05Z"
#define PLAN "{\"ev\":\"run\",\"nics\":[{\"mac\":\"52:54:00:00:00:01\"}],\"plan\":[]}\n"
#define FINISH "{\"ev\":\"finish\"}\n"

struct bench {
	struct core_fake *fake;
	struct inventory *inv;
	struct settings settings;
	int stick;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *fake = NULL;

	core_fake_setup(&fake);
	b->fake = fake;
	b->inv = core_fake_inventory();
	settings_init(&b->settings);
	assert_int_equal(mkdirat(b->fake->root.fd, "stick", 0755), 0);
	b->stick = openat(b->fake->root.fd, "stick", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *fake = b->fake;

	close(b->stick);
	free(b->inv);
	free(b);
	return core_fake_teardown(&fake);
}

/* A new folder for the bench's host. */
static void make(const struct bench *b, const char *utc, char name[FOLDERS_NAME])
{
	char later[32];

	assert_int_equal(folders_make(b->stick, b->inv->host.serial, utc, name, later), 0);
}

/* Writes a journal with the host's "start", and @more, to the folder @name. */
static void write_journal(const struct bench *b, const char *name, const char *more)
{
	const struct host_info *h = &b->inv->host;
	json_t *start = json_pack("{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:{s:s}, "
				  "s:{s:s, s:s, s:s}}",
				  "ev", "start", "host", "serial", h->serial, "uuid", h->uuid,
				  "board_serial", h->board_serial, "product", h->product,
				  "bios_version", h->bios_version, "cmdline", h->cmdline, "build",
				  "revision", VFPROOF_REVISION, "settings", "cases", "*", "plan",
				  "core", "ports", "all");
	_cleanup_free_ char *text = json_dumps(start, JSON_COMPACT);
	char path[256];

	json_decref(start);
	util_format(path, sizeof(path), "stick/%s/" JOURNAL_NAME, name);
	core_fake_write(b->fake, path, text);
	core_fake_append(b->fake, path, "\n");
	core_fake_append(b->fake, path, more);
}

static void search(const struct bench *b, struct adoption *a)
{
	adopt_search(a, b->stick, &b->inv->host, &b->settings, NULL);
}

static void names(void **state)
{
	struct bench *b = *state;
	char name[FOLDERS_NAME], later[32];

	assert_int_equal(folders_make(b->stick, "AB/12 ..", UTC_2025, name, later), 0);
	assert_string_equal(name, "reports/run0001-AB12-20250102T030405Z");
	assert_string_equal(later, "");
	assert_int_equal(folders_make(b->stick, "../", UTC_2025, name, later), 0);
	assert_string_equal(name, "reports/run0002-unknown-20250102T030405Z");
	/* A clock that has gone back: the number goes on, and the time is told of. */
	assert_int_equal(folders_make(b->stick, "AB12", UTC_2010, name, later), 0);
	assert_string_equal(name, "reports/run0003-AB12-20100101T000000Z");
	assert_string_equal(later, "20250102T030405Z");
	/* Another host's is of no interest. */
	assert_int_equal(folders_make(b->stick, "AB1", UTC_2010, name, later), 0);
	assert_string_equal(later, "");
	/* Names that stand for no number, or for one that is too large. */
	core_fake_write(b->fake, "stick/reports/run99999999999-X-1/a", "");
	core_fake_write(b->fake, "stick/reports/run0100", "");
	core_fake_write(b->fake, "stick/reports/ZZ-20990102T030405Z/a", "");
	assert_int_equal(folders_make(b->stick, "AB12", UTC_2010, name, later), 0);
	assert_string_equal(name, "reports/run0005-AB12-20100101T000000Z");
}

/* The clock is behind the newest folder by name, which is finished. */
static void clock_that_is_behind(void **state)
{
	struct bench *b = *state;
	char name[FOLDERS_NAME];
	struct adoption a;

	make(b, UTC_2025, name);
	write_journal(b, name, PLAN FINISH);
	make(b, UTC_2010, name);
	write_journal(b, name, PLAN);
	search(b, &a);
	assert_string_equal(a.waiting, name);
	assert_string_equal(a.bare, "");
	/* Finished ones that are newer by number as well. */
	make(b, UTC_2025, name);
	write_journal(b, name, PLAN FINISH);
	search(b, &a);
	assert_string_equal(a.waiting, "reports/run0002-S1-20100101T000000Z");
}

/* Folders of a program of before have no number. */
static void folders_of_before(void **state)
{
	struct bench *b = *state;
	struct adoption a;

	mkdirat(b->stick, "reports", 0755);
	write_journal(b, "reports/S1-20250102T030405Z", PLAN FINISH);
	write_journal(b, "reports/S1-20240102T030405Z", PLAN);
	write_journal(b, "reports/S1-20230102T030405Z", PLAN);
	search(b, &a);
	assert_string_equal(a.waiting, "reports/S1-20240102T030405Z");
}

/* The folder's name has only so much of it; the journal has all. */
static void long_serials(void **state)
{
	struct bench *b = *state;
	struct host_info *h = &b->inv->host;
	char first[FOLDERS_NAME], other[FOLDERS_NAME];
	struct adoption a;

	memset(h->serial, 'L', sizeof(h->serial) - 1);
	h->serial[90] = '\0';
	h->serial[89] = '1';
	make(b, UTC_2025, first);
	write_journal(b, first, PLAN);
	h->serial[89] = '2';
	make(b, UTC_2025, other);
	write_journal(b, other, PLAN FINISH);
	search(b, &a);
	assert_string_equal(a.waiting, "");
	h->serial[89] = '1';
	search(b, &a);
	assert_string_equal(a.waiting, first);
}

/* "S1" and "S1-7": the one's folders do not hide the other's. */
static void serial_that_begins_another(void **state)
{
	struct bench *b = *state;
	struct host_info *h = &b->inv->host;
	char first[FOLDERS_NAME], name[FOLDERS_NAME];
	struct adoption a;

	make(b, UTC_2025, first);
	write_journal(b, first, PLAN);
	util_strlcpy(h->serial, sizeof(h->serial), "S1-7");
	make(b, UTC_2025, name);
	write_journal(b, name, PLAN FINISH);
	util_strlcpy(h->serial, sizeof(h->serial), "S1");
	search(b, &a);
	assert_string_equal(a.waiting, first);
}

/* Large journals that are finished are not read to their beginning. */
/* Puts what a power cut leaves into the folder. */
static void leave_rest(const struct bench *b, const char *name)
{
	char path[256];
	int fd;

	util_format(path, sizeof(path), "stick/%s/" RESERVE_NAME, name);
	core_fake_write(b->fake, path, "");
	util_format(path, sizeof(path), "stick/%s/report.json" UTIL_PART, name);
	core_fake_write(b->fake, path, "");
	util_format(path, sizeof(path), "%s/" JOURNAL_NAME, name);
	fd = openat(b->stick, path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 20), 0);
	close(fd);
}

static bool has_rest(const struct bench *b, const char *name)
{
	char reserve[256], part[256], journal[256];
	bool there[3];
	struct stat st;

	util_format(reserve, sizeof(reserve), "%s/" RESERVE_NAME, name);
	util_format(part, sizeof(part), "%s/report.json" UTIL_PART, name);
	util_format(journal, sizeof(journal), "%s/" JOURNAL_NAME, name);
	assert_int_equal(fstatat(b->stick, journal, &st, 0), 0);
	assert_true(st.st_size > 0);
	there[0] = st.st_blocks * 512 >= 1 << 20;
	there[1] = faccessat(b->stick, reserve, F_OK, 0) == 0;
	there[2] = faccessat(b->stick, part, F_OK, 0) == 0;
	assert_true(there[0] == there[1] && there[1] == there[2]);
	return there[0];
}

/* The newest folder and unfinished ones; what is in the others is theirs. */
static void rest_of_power_cut(void **state)
{
	const struct bench *b = *state;
	char unfinished[FOLDERS_NAME], finished[FOLDERS_NAME], newest[FOLDERS_NAME];

	folders_clear(b->stick); /* there is none */
	make(b, UTC_2010, unfinished);
	write_journal(b, unfinished, PLAN);
	make(b, UTC_2025, finished);
	write_journal(b, finished, PLAN FINISH);
	make(b, UTC_2025, newest);
	write_journal(b, newest, PLAN FINISH);
	leave_rest(b, unfinished);
	leave_rest(b, finished);
	leave_rest(b, newest);
	folders_clear(b->stick);
	assert_false(has_rest(b, unfinished));
	assert_true(has_rest(b, finished));
	assert_false(has_rest(b, newest));
}

/* Room for names leaves none, and what FAT shows of half a name is removed as the whole one is. */
static void names_of_a_new_folder(void **state)
{
	const struct bench *b = *state;
	char name[FOLDERS_NAME], path[256];
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	make(b, UTC_2010, name);
	util_format(path, sizeof(path), "stick/%s/REPORT~1.PAR", name);
	core_fake_write(b->fake, path, "");
	util_format(path, sizeof(path), "stick/%s/notes.par", name);
	core_fake_write(b->fake, path, "");
	folders_clear(b->stick);
	dir = fdopendir(openat(b->stick, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		assert_true(entry->d_name[0] == '.' || strcmp(entry->d_name, "notes.par") == 0);
}

static void finish_with_notes_behind(void **state)
{
	struct bench *b = *state;
	char name[FOLDERS_NAME], path[256];
	struct adoption a;
	int i;

	make(b, UTC_2025, name);
	write_journal(b, name, PLAN);
	util_format(path, sizeof(path), "stick/%s/" JOURNAL_NAME, name);
	for (i = 0; i < 2000; i++)
		core_fake_append(b->fake, path, "{\"ev\":\"note\",\"text\":\"0123456789012\"}\n");
	search(b, &a);
	assert_string_equal(a.waiting, name);
	core_fake_append(b->fake, path, FINISH "{\"ev\":\"note\",\"text\":\"sent\"}\n");
	search(b, &a);
	assert_string_equal(a.waiting, "");
}

/* A stick with links, as ext4 takes them: nothing of the rest of the system is reached. */
static void links(void **state)
{
	struct bench *b = *state;
	char name[FOLDERS_NAME], later[32];
	struct adoption a;
	struct store s;
	bool unfinished;

	core_fake_write(b->fake, "outside/x/" JOURNAL_NAME, "");
	assert_int_equal(symlinkat("../outside", b->stick, "reports"), 0);
	assert_int_equal(folders_make(b->stick, "S1", UTC_2025, name, later), -ELOOP);
	search(b, &a);
	assert_string_equal(a.waiting, "");
	assert_int_equal(folders_open(b->stick, "reports/x"), -ELOOP);
	assert_int_equal(unlinkat(b->stick, "reports", 0), 0);
	make(b, UTC_2025, name);
	/* A folder, a journal and a temporary file that are links. */
	core_fake_symlink(b->fake, "../../outside/x", "stick/reports/linked");
	assert_int_equal(folders_open(b->stick, "reports/linked"), -ELOOP);
	assert_int_equal(folders_open(b->stick, "../outside"), -EXDEV);
	core_fake_write(b->fake, "outside/victim", "untouched");
	core_fake_symlink(b->fake, "../../../outside/victim",
			  "stick/reports/run0001-S1-20250102T030405Z/" JOURNAL_NAME ".part");
	assert_int_equal(store_open(&s, &b->fake->root, &unfinished), 0);
	assert_int_equal(store_append(&s, "start", json_object()), 0);
	assert_int_equal(store_use_stick(&s, b->stick, name), 0);
	assert_int_equal(store_append(&s, "finish", json_object()), 0);
	store_close(&s);
	core_assert_file(b->fake, "outside/victim", "untouched");
}

/* Two machines without a number of their own: the MACs of their ports say whose a run is. */
static void placeholder_hosts(void **state)
{
	struct bench *b = *state;
	struct host_info *h = &b->inv->host;
	char theirs[FOLDERS_NAME], mine[FOLDERS_NAME];
	struct adoption a;
	struct store s;
	bool unfinished;
	json_t *notes;

	h->serial[0] = '\0';
	make(b, UTC_2025, theirs);
	write_journal(b, theirs, PLAN);
	util_strlcpy(b->inv->nics[0].mac, sizeof(b->inv->nics[0].mac), "52:54:00:00:00:99");
	search(b, &a);
	assert_string_equal(a.waiting, theirs);
	make(b, UTC_2025, mine);
	a.made = true;
	assert_int_equal(store_open(&s, &b->fake->root, &unfinished), 0);
	assert_int_equal(store_use_stick(&s, b->stick, mine), 0);
	assert_int_equal(store_append(&s, "start", json_object()), 0);
	assert_int_equal(adopt_waiting(&a, &s, b->stick, b->inv, &notes), 0);
	assert_null(notes);
	assert_string_equal(s.folder, mine);
	/* Nothing was written to the other's. */
	core_assert_file(b->fake, "stick/reports/run0001-unknown-20250102T030405Z/" JOURNAL_NAME,
			 "{\"ev\":\"start\",\"host\":{\"serial\":\"\",\"uuid\":\"\","
			 "\"board_serial\":\"\",\"product\":\"Test Host\",\"bios_version\":\"\","
			 "\"cmdline\":\"\"},\"build\":{\"revision\":\"" VFPROOF_REVISION "\"},"
			 "\"settings\":{\"cases\":\"*\",\"plan\":\"core\",\"ports\":\"all\"}}\n"
			 "{\"ev\":\"run\",\"nics\":[{\"mac\":\"52:54:00:00:00:01\"}],\"plan\":[]}");
	/* The host whose it is goes on with it. */
	util_strlcpy(b->inv->nics[0].mac, sizeof(b->inv->nics[0].mac), "52:54:00:00:00:01");
	store_note(&s, true, "of meanwhile");
	assert_int_equal(adopt_waiting(&a, &s, b->stick, b->inv, &notes), 1);
	assert_string_equal(s.folder, theirs);
	assert_int_equal(json_array_size(notes), 2);
	assert_string_equal(member_text(json_array_get(notes, 1), "text"), "of meanwhile");
	json_decref(notes);
	assert_int_equal(folders_open(b->stick, mine), -ENOENT);
	assert_int_equal(store_append(&s, "resume", json_object()), 0);
	notes = core_events(&s);
	assert_int_equal(json_array_size(notes), 3);
	assert_non_null(journal_first(notes, "run"));
	json_decref(notes);
	store_close(&s);
}

/* A run that was cut off before its plan has nothing in it that could be another's. */
static void bare_runs(void **state)
{
	struct bench *b = *state;
	char planned[FOLDERS_NAME], bare[FOLDERS_NAME];
	struct adoption a;
	struct store s;
	bool unfinished;
	json_t *notes, *events;
	int dir;

	make(b, UTC_2025, planned);
	write_journal(b, planned, PLAN);
	make(b, UTC_2025, bare);
	write_journal(b, bare, "");
	search(b, &a);
	assert_string_equal(a.waiting, planned);
	assert_string_equal(a.bare, bare);
	assert_int_equal(store_open(&s, &b->fake->root, &unfinished), 0);
	assert_int_equal(store_use_stick(&s, b->stick, bare), 0);
	assert_int_equal(adopt_waiting(&a, &s, b->stick, b->inv, &notes), 1);
	json_decref(notes);
	store_close(&s);
	dir = folders_open(b->stick, bare);
	events = journal_outline(dir);
	assert_false(journal_is_unfinished(events));
	json_decref(events);
	close(dir);
}

/* A command line that is another one at each boot: nothing is gone on with, and it is counted. */
static void in_vain(void **state)
{
	struct bench *b = *state;
	struct host_info *h = &b->inv->host;
	char name[FOLDERS_NAME];
	struct adoption a;
	int i;

	make(b, UTC_2025, name);
	write_journal(b, name, PLAN FINISH);
	for (i = 0; i < 3; i++) {
		search(b, &a);
		assert_int_equal(a.in_vain, i);
		util_format(h->cmdline, sizeof(h->cmdline), "boot=%d", i);
		make(b, UTC_2025, name);
		write_journal(b, name, PLAN);
		h->cmdline[0] = '\0';
	}
	/* One in which an item ended does not count, and no other host's does. */
	util_strlcpy(h->cmdline, sizeof(h->cmdline), "boot=9");
	make(b, UTC_2025, name);
	write_journal(b, name, PLAN "{\"ev\":\"end\"}\n");
	h->cmdline[0] = '\0';
	search(b, &a);
	assert_int_equal(a.in_vain, 3);
	util_strlcpy(h->serial, sizeof(h->serial), "S2");
	search(b, &a);
	assert_int_equal(a.in_vain, 0);
	/* After one that was finished it begins anew. */
	make(b, UTC_2025, name);
	write_journal(b, name, PLAN FINISH);
	util_strlcpy(h->serial, sizeof(h->serial), "S1");
	search(b, &a);
	assert_int_equal(a.in_vain, 0);
}

static void whose_macs(void **state)
{
	struct bench *b = *state;
	static const struct {
		const char *serial, *then, *now;
		bool ours;
	} rows[] = {
		{ "S1", "52:54:00:00:00:01", "52:54:00:00:00:01", true },
		{ "", "52:54:00:00:00:0A", "52:54:00:00:00:0a", true },
		{ "S1", "52:54:00:00:00:01", "52:54:00:00:00:02", false },
		{ "", "52:54:00:00:00:01", "52:54:00:00:00:02", false },
		{ "S1", "", "52:54:00:00:00:02", true }, /* no driver then */
		{ "", "", "52:54:00:00:00:02", false },
		{ "S1", "52:54:00:00:00:01", "", true },
		{ "", "", "", false },
		{ "", "00:00:00:00:00:00", "00:00:00:00:00:00", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *events =
			json_pack("[{s:s, s:[{s:s}]}]", "ev", "run", "nics", "mac", rows[i].then);

		util_strlcpy(b->inv->host.serial, sizeof(b->inv->host.serial), rows[i].serial);
		util_strlcpy(b->inv->nics[0].mac, sizeof(b->inv->nics[0].mac), rows[i].now);
		if (resume_macs_are_ours(events, b->inv) != rows[i].ours)
			fail_msg("row %zu", i);
		json_decref(events);
	}
}

static void wanted(void **state)
{
	struct bench *b = *state;
	char name[FOLDERS_NAME];

	assert_false(adopt_is_wanted(b->stick, &b->inv->host));
	make(b, UTC_2025, name);
	write_journal(b, name, PLAN);
	assert_true(adopt_is_wanted(b->stick, &b->inv->host));
	util_strlcpy(b->inv->host.uuid, sizeof(b->inv->host.uuid), "another");
	assert_false(adopt_is_wanted(b->stick, &b->inv->host));
}

#define test_with_bench(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_bench(names),
		test_with_bench(clock_that_is_behind),
		test_with_bench(folders_of_before),
		test_with_bench(long_serials),
		test_with_bench(serial_that_begins_another),
		test_with_bench(rest_of_power_cut),
		test_with_bench(names_of_a_new_folder),
		test_with_bench(finish_with_notes_behind),
		test_with_bench(links),
		test_with_bench(placeholder_hosts),
		test_with_bench(bare_runs),
		test_with_bench(in_vain),
		test_with_bench(whose_macs),
		test_with_bench(wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
