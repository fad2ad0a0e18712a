/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole runs with a stick, which is a file system in memory: full, with runs of before on it, gone
 * on with. Skipped where nothing can be mounted.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "journal/again.h"
#include "journal/folders.h"
#include "journal/member.h"
#include "journal/reserve.h"
#include "journal/stick.h"
#include "journal/store.h"
#include "report/report.h"
#include "report/sign.h"
#include "run/resume.h"
#include "run/run.h"
#include "sys/mounts.h"
#include "sys/overlay_paths.h"

#define CMDLINE "vfproof.cases=no_such_case vfproof.stick_wait_s=0 vfproof.finish=reboot\n"
#define MEDIUM "medium"

static void mount_at(const struct core_fake *f, const char *from, const char *to, const char *type,
		     unsigned long flags, const char *options)
{
	char source[128], target[128];

	util_format(source, sizeof(source), "%s/%s", f->path, from);
	util_format(target, sizeof(target), "%s/%s", f->path, to);
	if (mount(source, target, type, flags, options) < 0)
		skip();
}

static void make_dir(const struct core_fake *f, const char *name)
{
	assert_true(mkdirat(f->root.fd, name, 0755) == 0 || errno == EEXIST);
}

static int setup(void **state)
{
	struct core_fake *f;

	core_fake_setup(state);
	f = *state;
	core_fake_cmdline(f, CMDLINE);
	core_fake_write(f, "sys/class/dmi/id/product_serial", "SN 42\n");
	make_dir(f, MEDIUM);
	make_dir(f, "run");
	make_dir(f, "run/vfproof");
	make_dir(f, STORE_STICK);
	return 0;
}

static int teardown(void **state)
{
	struct core_fake *f = *state;
	char path[128];

	util_format(path, sizeof(path), "%s/" STORE_STICK, f->path);
	umount2(path, MNT_DETACH);
	util_format(path, sizeof(path), "%s/" MEDIUM, f->path);
	umount2(path, MNT_DETACH);
	return core_fake_teardown(state);
}

static void make_medium(const struct core_fake *f, unsigned int kb)
{
	char options[32];

	util_format(options, sizeof(options), "size=%uk", kb);
	mount_at(f, MEDIUM, MEDIUM, "tmpfs", 0, options);
}

static void drop_medium(const struct core_fake *f)
{
	char path[128];

	util_format(path, sizeof(path), "%s/" MEDIUM, f->path);
	assert_int_equal(umount2(path, 0), 0);
}

/* A boot: memory is empty, the stick is in. Returns the report that is in memory. */
static json_t *boot(const struct core_fake *f)
{
	char path[128];
	json_t *report;

	unlinkat(f->root.fd, STORE_MEMORY "/" JOURNAL_NAME, 0);
	mount_at(f, MEDIUM, STORE_STICK, NULL, MS_BIND, NULL);
	assert_int_equal(run_main(f->path), 2);
	util_format(path, sizeof(path), "%s/" STORE_MEMORY "/report.json", f->path);
	report = report_load(path);
	assert_non_null(report);
	return report;
}

/* Opens the only folder of the medium. -1 if there is none. */
static int open_folder(const struct core_fake *f)
{
	DIR *dir = sysroot_opendir(&f->root, MEDIUM "/" FOLDERS_TOP);
	const struct dirent *entry;
	int fd = -1;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && fd < 0)
			fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir)
		closedir(dir);
	return fd;
}

static bool is_noted(const json_t *report, const char *text)
{
	const json_t *note;
	size_t i;

	json_array_foreach (json_object_get(report, "notes"), i, note)
		if (strstr(json_string_value(note), text))
			return true;
	return false;
}

/* Nothing that the journal says of the stick is taken for damage. */
static void assert_undamaged(const json_t *report)
{
	const json_t *reason;
	size_t i;

	json_array_foreach (json_object_get(report, "verdict_reasons"), i, reason)
		if (strstr(json_string_value(reason), "damaged"))
			fail_msg("%s", json_string_value(reason));
}

static bool is_there(int dir, const char *name)
{
	return dir >= 0 && faccessat(dir, name, R_OK, 0) == 0;
}

/* However little room there is: what is not on the stick is said, and nothing half is left. */
static void full_stick(void **state)
{
	static const char *const files[] = { JOURNAL_NAME, "report.json", "report.txt",
					     "report.html", "junit.xml" };
	const struct core_fake *f = *state;
	unsigned int kb, whole = 0, without = 0, memory = 0, is_signed = 0;

	for (kb = 4; kb <= 160; kb += 4) {
		const char *stored;
		json_t *report;
		char part[64];
		int dir;
		size_t i;

		make_medium(f, kb);
		core_fake_write(f, MEDIUM "/filler", kb == 4 ? "no room at all" : "");
		report = boot(f);
		stored = member_text(report, "stored");
		assert_undamaged(report);
		dir = open_folder(f);
		memory += strstr(stored, "in memory") != NULL;
		without += strstr(stored, "on the stick, without") != NULL;
		for (i = 0; i < ARRAY_SIZE(files); i++) {
			const bool there = is_there(dir, files[i]);

			util_format(part, sizeof(part), "%s.part", files[i]);
			if (dir >= 0 && faccessat(dir, part, F_OK, 0) == 0)
				fail_msg("%u KB: %s is left", kb, part);
			if (strstr(stored, "in memory"))
				continue;
			if (there == (strstr(stored, files[i]) != NULL) ||
			    (!there && !is_noted(report, files[i])))
				fail_msg("%u KB: %s is%s there: %s", kb, files[i],
					 there ? "" : " not", stored);
		}
		if (is_there(dir, STORE_MANIFEST) && is_there(dir, STORE_SIGNATURE))
			is_signed++;
		else if (!is_noted(report, "the report is not signed"))
			fail_msg("%u KB: it is not signed, and does not say so", kb);
		if (dir >= 0 && faccessat(dir, RESERVE_NAME, F_OK, 0) == 0)
			fail_msg("%u KB: the reserve is left", kb);
		whole += strstr(stored, "on the stick") && !strstr(stored, "without") &&
			 !strstr(stored, "in memory");
		close(dir);
		json_decref(report);
		drop_medium(f);
	}
	/* All of these were seen. */
	assert_true(whole > 0 && without > 0 && memory > 0 && is_signed > 0);
}

/* Cuts a journal behind its first event @ev, as a dying host does. Closes @folder. */
static void cut_run(int folder, const char *ev)
{
	_cleanup_close_ int dir = folder;
	_cleanup_free_ char *text = NULL;
	char key[32];
	size_t len;
	int fd;

	assert_int_equal(util_read_file(dir, JOURNAL_NAME, 1 << 20, &text, &len), 0);
	util_format(key, sizeof(key), "\"ev\":\"%s\"", ev);
	len = (size_t)(strchr(strstr(text, key), '\n') + 1 - text);
	fd = openat(dir, JOURNAL_NAME, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_int_equal(util_write_all(fd, text, len), 0);
	close(fd);
}

/* That of the only folder. */
static void cut_behind(const struct core_fake *f, const char *ev)
{
	cut_run(open_folder(f), ev);
}

/* What cut_behind() has taken with it. */
static void append_resumes(const struct core_fake *f, unsigned int n)
{
	_cleanup_close_ int dir = open_folder(f);
	struct journal j;

	assert_int_equal(journal_open(&j, dir), 0);
	while (n-- > 0) {
		_cleanup_free_ char *line = NULL;
		size_t len;

		assert_int_equal(journal_format(&j.chain, "resume", json_object(), &line, &len), 0);
		assert_int_equal(journal_write(&j, line, len), 0);
	}
	journal_close(&j);
}

/* Boots go on with the same run until they are too many, whatever the clock says. */
static void one_run_over_boots(void **state)
{
	const struct core_fake *f = *state;
	unsigned int i;
	json_t *report;

	make_medium(f, 16384);
	json_decref(boot(f));
	cut_behind(f, "run");
	for (i = 0; i < RESUME_MAX; i++) {
		report = boot(f);
		assert_int_equal(member_number(report, "resumed"), i + 1);
		assert_false(is_noted(report, "given up"));
		json_decref(report);
		core_assert_file(f, STORE_RUN "/finish", "reboot");
		cut_behind(f, "run");
		append_resumes(f, i + 1);
	}
	report = boot(f);
	assert_true(is_noted(report, "given up"));
	core_assert_file(f, STORE_RUN "/finish", "hold");
	json_decref(report);
	assert_int_equal(sysroot_count(&f->root, MEDIUM "/" FOLDERS_TOP), 1);
	/* It is finished: the next one is new. */
	report = boot(f);
	assert_int_equal(member_number(report, "resumed"), 0);
	json_decref(report);
	assert_int_equal(sysroot_count(&f->root, MEDIUM "/" FOLDERS_TOP), 2);
}

/* The folder of the medium's run of that number, -1 if there is none. */
static int open_run(const struct core_fake *f, unsigned int number)
{
	DIR *dir = sysroot_opendir(&f->root, MEDIUM "/" FOLDERS_TOP);
	const struct dirent *entry;
	char prefix[16];
	int fd = -1;

	util_format(prefix, sizeof(prefix), "run%04u-", number);
	while (dir && (entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir)
		closedir(dir);
	return fd;
}

/* As boot(), whatever the verdict. */
static json_t *boot_any(const struct core_fake *f)
{
	char path[128];
	json_t *report;

	unlinkat(f->root.fd, STORE_MEMORY "/" JOURNAL_NAME, 0);
	mount_at(f, MEDIUM, STORE_STICK, NULL, MS_BIND, NULL);
	assert_in_range(run_main(f->path), 0, 2);
	util_format(path, sizeof(path), "%s/" STORE_MEMORY "/report.json", f->path);
	report = report_load(path);
	assert_non_null(report);
	return report;
}

static void assert_run(json_t *report, unsigned int number, const char *what, size_t items,
		       unsigned int resumed)
{
	const json_t *again = json_object_get(report, "again");
	char prefix[32];

	util_format(prefix, sizeof(prefix), FOLDERS_TOP "/run%04u-", number);
	if (strncmp(member_text(report, "stored"), prefix, strlen(prefix)) != 0)
		fail_msg("it is in %s", member_text(report, "stored"));
	assert_string_equal(member_text(again, "what"), what);
	assert_int_equal(json_array_size(json_object_get(report, "items")), items);
	assert_int_equal(member_number(report, "resumed"), resumed);
	assert_undamaged(report);
	json_decref(report);
}

static void ask_again(const struct core_fake *f, const char *what, json_t *items)
{
	json_t *wish = again_make(what, "reports/run0001-X on the stick", items);

	assert_int_equal(again_ask(&f->root, wish), 0);
	json_decref(wish);
}

static void assert_reason(const json_t *report, const char *text)
{
	const json_t *reason;
	size_t i;

	json_array_foreach (json_object_get(report, "verdict_reasons"), i, reason)
		if (strstr(json_string_value(reason), text))
			return;
	fail_msg("no reason says: %s", text);
}

/*
 * What failed is run again, in a folder of its own; a host that restarts meanwhile goes on with
 * that run, whether it had its plan or not, and not with the first one.
 */
static void run_again(void **state)
{
	const struct core_fake *f = *state;
	json_t *report;

	core_fake_write(f, "proc/cmdline",
			"vfproof.cases=host_cpu_virt,host_iommu_on vfproof.stick_wait_s=0\n");
	make_medium(f, 16384);
	assert_run(boot_any(f), 1, "", 2, 0);
	ask_again(f, AGAIN_FAILED, json_pack("[s, s]", "host_iommu_on host", "no_such_case host"));
	report = boot_any(f);
	assert_reason(report, "only what failed in reports/run0001-X on the stick was run again: ");
	assert_true(is_noted(report, "of 2 items that were to be run again 1 are not in the plan"));
	assert_run(report, 2, AGAIN_FAILED, 1, 0);
	assert_null(again_read(&f->root));
	cut_run(open_run(f, 2), "start");
	assert_run(boot_any(f), 2, AGAIN_FAILED, 1, 1);
	cut_run(open_run(f, 2), "run"); /* behind the first "resume" */
	assert_run(boot_any(f), 2, AGAIN_FAILED, 1, 2);
	/* It has ended: what comes now is neither it nor narrow. */
	assert_run(boot_any(f), 3, "", 2, 0);
	ask_again(f, AGAIN_ALL, NULL);
	assert_run(boot_any(f), 4, AGAIN_ALL, 2, 0);
	/* A run that was cut off is not what the operator asks for. */
	cut_run(open_run(f, 4), "run");
	ask_again(f, AGAIN_FAILED, json_pack("[s]", "host_cpu_virt host"));
	assert_run(boot_any(f), 5, AGAIN_FAILED, 1, 0);
}

/* Not even by what does not look for links, such as /init. */
static void links_on_a_stick(void **state)
{
	const struct core_fake *f = *state;
	bool read_only;

	if (mount_device(&f->root, "none", "tmpfs", STORE_STICK, &read_only) < 0)
		skip();
	core_fake_write(f, "outside", "untouched");
	core_fake_symlink(f, "../../../outside", STORE_STICK "/report.json");
	assert_int_equal(openat(f->root.fd, STORE_STICK "/report.json", O_WRONLY | O_CLOEXEC), -1);
	assert_int_equal(errno, ELOOP);
}

/* On the real machine /run is a file system of its own, and what the overlay had is there. */
static void key_of_an_overlay(void **state)
{
	const struct core_fake *f = *state;
	const struct stick none = { .dir = -1 };
	struct minisig_secret secret;
	struct signer signer;
	char path[128];
	char *key;

	mount_at(f, MEDIUM, "run", "tmpfs", 0, "size=64k");
	assert_int_equal(minisig_make(&secret), 0);
	key = minisig_format_secret(&secret);
	core_fake_write(f, OVERLAY_KEY, key);
	free(key);
	signer_open(&signer, &f->root, &none);
	assert_string_equal(signer.problem, "");
	assert_true(signer.has_key);
	signer_close(&signer);
	util_format(path, sizeof(path), "%s/run", f->path);
	assert_int_equal(umount2(path, 0), 0);
}

#define test_with_stick(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_stick(full_stick),	    test_with_stick(one_run_over_boots),
		test_with_stick(run_again),	    test_with_stick(links_on_a_stick),
		test_with_stick(key_of_an_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
