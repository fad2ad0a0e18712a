/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stick that is pulled out and comes back, while the run goes on and after it. Its file system is
 * one in memory; skipped where nothing can be mounted.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "journal/folders.h"
#include "journal/member.h"
#include "journal/reserve.h"
#include "journal/stick.h"
#include "journal/store.h"
#include "report/report.h"
#include "run/keep.h"
#include "run/stick_watch.h"
#include "sys/block.h"
#include "sys/mounts.h"

#define DISK "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host0/block/sda"
#define MEMORY STORE_MEMORY "/" JOURNAL_NAME
#define BACK_MS 10000

struct bench {
	struct core_fake *fake;
	struct store store;
	struct stick stick;
	struct stick_watch watch;
	char folder[FOLDERS_NAME];
};

static void make_dir(const struct core_fake *f, const char *name)
{
	assert_true(mkdirat(f->root.fd, name, 0755) == 0 || errno == EEXIST);
}

static void mount_on(const struct bench *b, const char *from, const char *to, const char *type,
		     unsigned long flags)
{
	char source[128], target[128];

	util_format(source, sizeof(source), "%s/%s", b->fake->path, from);
	util_format(target, sizeof(target), "%s/%s", b->fake->path, to);
	if (mount(source, target, type, flags, NULL) < 0)
		skip();
}

/* The kernel finds the stick, with its partition; it gets a number of its own each time. */
static void plug(const struct bench *b, const char *medium, const char *sequence)
{
	core_fake_write(b->fake, DISK "/diskseq", sequence);
	core_fake_write(b->fake, DISK "/sda1/partition", "1\n");
	core_fake_symlink(b->fake, "../../../" DISK, "sys/class/block/sda");
	core_fake_symlink(b->fake, "../../../" DISK "/sda1", "sys/class/block/sda1");
	mount_on(b, medium, STORE_STICK, NULL, MS_BIND);
}

static void pull(const struct bench *b)
{
	assert_int_equal(unlinkat(b->fake->root.fd, "sys/class/block/sda", 0), 0);
	assert_int_equal(unlinkat(b->fake->root.fd, "sys/class/block/sda1", 0), 0);
}

static void make_medium(const struct bench *b, const char *name)
{
	make_dir(b->fake, name);
	mount_on(b, name, name, "tmpfs", 0);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	char later[32];
	bool unfinished;
	void *fake = NULL;

	core_fake_setup(&fake);
	b->fake = fake;
	*state = b;
	make_dir(b->fake, "run");
	make_dir(b->fake, "run/vfproof");
	make_dir(b->fake, STORE_STICK);
	make_dir(b->fake, "sys/class/block");
	make_medium(b, "medium");
	make_medium(b, "other");
	plug(b, "medium", "5\n");
	assert_int_equal(store_open(&b->store, &b->fake->root, &unfinished), 0);
	stick_open(&b->stick, &b->fake->root, STICK_LABEL, 0, NULL, NULL);
	assert_true(b->stick.dir >= 0);
	/* Nothing here tells the name of the device of a file system in memory. */
	util_strlcpy(b->stick.device, sizeof(b->stick.device), "sda1");
	b->stick.sequence = block_get_sequence(&b->fake->root, "sda1");
	assert_int_equal(b->stick.sequence, 5);
	assert_int_equal(folders_make(b->stick.dir, "S1", "2025-01-02T03:04:05Z", b->folder, later),
			 0);
	assert_int_equal(store_use_stick(&b->store, b->stick.dir, b->folder), 0);
	b->watch = (struct stick_watch){ .root = &b->fake->root,
					 .store = &b->store,
					 .stick = &b->stick,
					 .host = "S1",
					 .name = STICK_LABEL };
	assert_int_equal(
		store_append(&b->store, "start", json_pack("{s:{s:s}}", "host", "serial", "S1")),
		0);
	return 0;
}

static int teardown(void **state)
{
	static const char *const mounts[] = { STORE_STICK, STORE_STICK, "medium", "other" };
	struct bench *b = *state;
	void *fake = b->fake;
	char path[128];
	size_t i;

	store_close(&b->store);
	if (b->stick.dir >= 0)
		close(b->stick.dir);
	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		util_format(path, sizeof(path), "%s/%s", b->fake->path, mounts[i]);
		umount2(path, MNT_DETACH);
	}
	free(b);
	return core_fake_teardown(&fake);
}

static void tick(struct bench *b)
{
	b->watch.next_ms = 0;
	stick_watch_tick(&b->watch);
}

static bool is_back(void *arg)
{
	tick(arg);
	return ((struct bench *)arg)->store.stick.fd >= 0;
}

static bool is_mounted(const struct bench *b)
{
	return mount_is_there(&b->fake->root, STORE_RUN, STORE_STICK);
}

/* The journal below @medium is the one in memory, to the last byte. */
static void assert_same(const struct bench *b, const char *medium, const char *folder)
{
	char path[256];

	util_format(path, sizeof(path), "%s/%s/" JOURNAL_NAME, medium, folder);
	_cleanup_free_ char *there = core_fake_read(b->fake, path);
	_cleanup_free_ char *here = core_fake_read(b->fake, MEMORY);

	assert_non_null(there);
	assert_string_equal(there, here);
}

static void nothing_happens(void **state)
{
	struct bench *b = *state;

	tick(b);
	tick(b);
	assert_true(b->store.stick.fd >= 0);
	assert_false(b->watch.busy);
	assert_false(sysroot_exists(&b->fake->root, STORE_LOST));
}

static void pulled_and_put_back(void **state)
{
	struct bench *b = *state;
	json_t *events;

	tick(b);
	pull(b);
	tick(b);
	assert_int_equal(b->store.stick.fd, -1);
	assert_int_equal(b->stick.dir, -1);
	assert_false(is_mounted(b));
	core_assert_file(b->fake, STORE_LOST, b->folder);
	assert_int_equal(store_append(&b->store, "begin", json_pack("{s:s}", "case", "a")), 0);
	/* It has not come back by itself. */
	tick(b);
	assert_false(b->watch.busy);
	plug(b, "medium", "6\n");
	assert_int_equal(util_poll_until(is_back, b, BACK_MS), 0);
	assert_string_equal(b->store.folder, b->folder);
	assert_int_equal(store_append(&b->store, "end", json_pack("{s:s}", "case", "a")), 0);
	assert_same(b, "medium", b->folder);
	assert_false(sysroot_exists(&b->fake->root, STORE_LOST));
	assert_int_equal(sysroot_count(&b->fake->root, "medium/" FOLDERS_TOP), 1);
	events = core_events(&b->store);
	assert_int_equal(json_array_size(events), 7); /* start, 2 lost, begin, 2 back, end */
	assert_string_equal(member_text(json_array_get(events, 2), "state"), "lost");
	assert_string_equal(member_text(json_array_get(events, 5), "state"), "back");
	json_decref(events);
}

/* Between two looks: the name is the same, the medium has another number. */
static void pulled_for_a_moment(void **state)
{
	struct bench *b = *state;

	tick(b);
	core_fake_write(b->fake, DISK "/diskseq", "6\n");
	tick(b);
	assert_int_equal(b->store.stick.fd, -1);
	/* Mounted again; here the file system has to be put in its place. */
	mount_on(b, "medium", STORE_STICK, NULL, MS_BIND);
	assert_int_equal(util_poll_until(is_back, b, BACK_MS), 0);
	assert_same(b, "medium", b->folder);
}

static void another_stick(void **state)
{
	struct bench *b = *state;
	char path[256];

	tick(b);
	pull(b);
	tick(b);
	/* It has a folder of that name, of another run. */
	util_format(path, sizeof(path), "other/%s/" JOURNAL_NAME, b->folder);
	core_fake_write(b->fake, path, "{\"ev\":\"start\"}\n");
	plug(b, "other", "6\n");
	assert_int_equal(util_poll_until(is_back, b, BACK_MS), 0);
	assert_string_not_equal(b->store.folder, b->folder);
	assert_int_equal(strncmp(b->store.folder, "reports/run0002-S1-", 19), 0);
	assert_same(b, "other", b->store.folder);
	core_assert_file(b->fake, path, "{\"ev\":\"start\"}");
}

/* Something was written before the look that misses it. */
static void pulled_before_a_write(void **state)
{
	struct bench *b = *state;
	json_t *events;

	tick(b);
	pull(b);
	close(b->store.stick.fd);
	b->store.stick.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	reserve_give_back(b->store.stick_dir);
	assert_int_equal(store_append(&b->store, "begin", json_pack("{s:s}", "case", "a")), 0);
	tick(b);
	assert_int_equal(b->stick.dir, -1);
	events = core_events(&b->store);
	assert_string_equal(member_text(json_array_get(events, json_array_size(events) - 1), "why"),
			    "it was pulled out");
	json_decref(events);
	plug(b, "medium", "6\n");
	assert_int_equal(util_poll_until(is_back, b, BACK_MS), 0);
	assert_same(b, "medium", b->folder);
}

/* A stick that fails stays where it is: it is not tried again and again. */
static void failed_stick(void **state)
{
	struct bench *b = *state;

	tick(b);
	close(b->store.stick.fd);
	b->store.stick.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	reserve_give_back(b->store.stick_dir);
	assert_int_equal(store_append(&b->store, "note", json_object()), 0);
	assert_int_equal(b->store.stick.fd, -1);
	tick(b);
	assert_int_equal(b->stick.dir, -1);
	assert_false(is_mounted(b));
	tick(b);
	tick(b);
	assert_false(b->watch.busy);
	core_assert_file(b->fake, STORE_LOST, b->folder);
}

/* The run is over, the stick is put in while the verdict is shown. */
static void after_the_run(void **state)
{
	struct bench *b = *state;
	_cleanup_free_ char *text = NULL;
	char path[256];

	tick(b);
	pull(b);
	tick(b);
	assert_int_equal(store_append(&b->store, "finish", json_object()), 0);
	core_fake_write(b->fake, STORE_MEMORY "/report.txt", "of the run's end");
	store_close(&b->store);
	/* Nobody puts one in. */
	assert_int_equal(keep_main(b->fake->path, "1"), 1);
	assert_false(sysroot_exists(&b->fake->root, STORE_WAIT));
	plug(b, "medium", "6\n");
	assert_int_equal(keep_main(b->fake->path, ""), 0);
	assert_same(b, "medium", b->folder);
	util_format(path, sizeof(path), "medium/%s/report.txt", b->folder);
	text = core_fake_read(b->fake, path);
	assert_non_null(text);
	assert_non_null(strstr(text, "there is a stick again"));
	assert_null(strstr(text, "\"stick\" is not whole"));
	assert_null(strstr(text, "\"stored\" is not whole"));
	util_format(path, sizeof(path), "medium/%s/report.html", b->folder);
	assert_false(sysroot_exists(&b->fake->root, "%s", path)); /* was not asked for */
	assert_false(is_mounted(b));
	/* It is there now. */
	assert_int_equal(keep_main(b->fake->path, ""), 0);
}

/* With a time it is waited only for a stick that there was. */
static void never_a_stick(void **state)
{
	struct bench *b = *state;

	store_close(&b->store);
	core_fake_write(b->fake, STORE_RUN "/current", "/" STORE_MEMORY "\n");
	assert_int_equal(keep_main(b->fake->path, "60"), 0);
}

#define test_with_bench(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_bench(nothing_happens),	test_with_bench(pulled_and_put_back),
		test_with_bench(pulled_for_a_moment),	test_with_bench(another_stick),
		test_with_bench(pulled_before_a_write), test_with_bench(failed_stick),
		test_with_bench(after_the_run),		test_with_bench(never_a_stick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
