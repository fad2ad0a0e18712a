/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boots are counted where there is no stick, and come to an end.
 */
#include "core_fake.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/member.h"
#include "journal/store.h"
#include "report/report.h"
#include "run/boots.h"
#include "run/run.h"
#include "sys/boot_count.h"

#define EFIVARS "sys/firmware/efi/efivars/"
#define OTHER EFIVARS "BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define PANIC "proc/sys/kernel/panic"

static int setup(void **state)
{
	struct core_fake *f;

	core_fake_setup(state);
	f = *state;
	core_fake_cmdline(f, "vfproof.cases=no_such_case vfproof.stick_wait_s=0 "
			     "vfproof.finish=reboot\n");
	core_fake_write(f, PANIC, "10\n");
	return 0;
}

static void in_a_variable(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	const char *place;
	unsigned int boots, i;
	size_t len;

	core_fake_write(f, OTHER, "other");
	for (i = 0; i < 12; i++) {
		assert_int_equal(boot_count_add(&f->root, &boots, &place), 0);
		assert_int_equal(boots, i < BOOT_COUNT_MAX ? i : BOOT_COUNT_MAX);
		assert_string_equal(place, "a UEFI variable");
	}
	assert_int_equal(sysroot_slurp(&f->root, &text, &len, 64, EFIVARS BOOT_COUNT_VARIABLE), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(text, "\x07\0\0\0\x09", 5);
	boot_count_clear(&f->root);
	assert_false(sysroot_exists(&f->root, EFIVARS BOOT_COUNT_VARIABLE));
	core_assert_file(f, OTHER, "other");
	assert_int_equal(boot_count_add(&f->root, &boots, &place), 0);
	assert_int_equal(boots, 0);
}

/* What is in the variable is not ours, or damaged. */
static void strange_variables(void **state)
{
	struct core_fake *f = *state;
	static const char *const texts[] = { "", "1234", "1234\x20", "1234\xff" };
	const char *place;
	unsigned int boots;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		core_fake_write(f, EFIVARS BOOT_COUNT_VARIABLE, texts[i]);
		assert_int_equal(boot_count_add(&f->root, &boots, &place), 0);
		assert_int_equal(boots, 0);
	}
}

static void in_the_clock(void **state)
{
	static const struct boot_count_time others[] = {
		{ 0, 0, 0 }, { 19, 39, 57 }, { 19, 50, 57 }, { 19, 41, 56 }, { 18, 41, 57 }
	};
	unsigned int n, back;
	size_t i;

	(void)state;
	for (n = 0; n <= BOOT_COUNT_MAX; n++) {
		assert_int_equal(boot_count_of_time(boot_count_to_time(n), &back), 0);
		assert_int_equal(back, n);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(boot_count_of_time(others[i], &back), -ENOENT);
}

/* A clock that is none, and no UEFI: the host stays where it panics, so that it cannot loop. */
static void nowhere(void **state)
{
	struct core_fake *f = *state;
	struct store s = { .memory = { .fd = -1 }, .stick = { .fd = -1 } };
	const char *place;
	unsigned int boots;

	core_fake_write(f, "dev/rtc0", "");
	assert_int_equal(boot_count_add(&f->root, &boots, &place), -ENODEV);
	assert_int_equal(boots_begin(&f->root, &s), 0);
	core_assert_file(f, PANIC, "0");
}

/* Memory is empty after a boot. */
static void boot_again(const struct core_fake *f)
{
	unlinkat(f->root.fd, STORE_MEMORY "/" JOURNAL_NAME, 0);
}

static void three_boots_and_no_more(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	struct store s;
	bool unfinished;
	int i;

	mkdirat(f->root.fd, "sys/firmware", 0755);
	mkdirat(f->root.fd, "sys/firmware/efi", 0755);
	mkdirat(f->root.fd, "sys/firmware/efi/efivars", 0755);
	for (i = 0; i < BOOTS_MAX; i++) {
		boot_again(f);
		assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
		assert_int_equal(boots_begin(&f->root, &s), 0);
		store_close(&s); /* and dies */
	}
	core_assert_file(f, PANIC, "10");
	boot_again(f);
	assert_int_equal(run_main(f->path), 2);
	text = core_fake_read(f, STORE_MEMORY "/report.txt");
	assert_non_null(strstr(text, "given up: 3 boots in a row"));
	/* Not "reboot". */
	core_assert_file(f, STORE_RUN "/finish", "hold");
	assert_false(sysroot_exists(&f->root, EFIVARS BOOT_COUNT_VARIABLE));
	/* Whoever starts it again after that means it. */
	boot_again(f);
	assert_int_equal(run_main(f->path), 2);
	core_assert_file(f, STORE_RUN "/finish", "reboot");
	assert_false(sysroot_exists(&f->root, EFIVARS BOOT_COUNT_VARIABLE));
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_fake(in_a_variable),
		cmocka_unit_test(in_the_clock),
		test_with_fake(nowhere),
		test_with_fake(strange_variables),
		test_with_fake(three_boots_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
