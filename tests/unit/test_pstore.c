/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel said when it died: records as they lie in /sys/fs/pstore. */
#include "core_fake.h"

#include <string.h>
#include "sys/pstore.h"

#define DIR_NAME "sys/fs/pstore/"

static void assert_line(const json_t *lines, size_t i, const char *text)
{
	assert_non_null(json_array_get(lines, i));
	assert_string_equal(json_string_value(json_array_get(lines, i)), text);
}

static void nothing_there(void **state)
{
	struct core_fake *f = *state;

	assert_null(pstore_read(&f->root));
	core_fake_write(f, DIR_NAME "console-ramoops-0", "not of a crash\n");
	core_fake_write(f, DIR_NAME "dmesg-erst-1", "\x7f no head\n");
	core_fake_write(f, DIR_NAME "dmesg-erst-2", "");
	assert_null(pstore_read(&f->root));
}

/* UEFI keeps a log in parts of 1 KB, the last one first; an oops comes before its panic. */
static void parts_of_the_newest(void **state)
{
	struct core_fake *f = *state;
	json_t *lines;

	core_fake_write(f, DIR_NAME "dmesg-efi-11", "Oops#1 Part1\n<1>[    1.0] an older oops\n");
	core_fake_write(f, DIR_NAME "dmesg-efi-12",
			"Panic#2 Part1\n<0>[    3.1] Kernel panic - not syncing: \x1b[31mfatal\n"
			"no level\n");
	core_fake_write(f, DIR_NAME "dmesg-efi-13", "Panic#2 Part2\n<4>[    3.0] Call Trace:\n");
	core_fake_write(f, DIR_NAME "dmesg-efi-14", "Panic#2 Part10\n<6>[    2.0] long before\n");
	lines = pstore_read(&f->root);
	assert_int_equal(json_array_size(lines), 4);
	assert_line(lines, 0, "[    2.0] long before");
	assert_line(lines, 1, "[    3.0] Call Trace:");
	assert_line(lines, 2, "[    3.1] Kernel panic - not syncing: ?[31mfatal");
	assert_line(lines, 3, "no level");
	json_decref(lines);
	pstore_clear(&f->root);
	assert_null(pstore_read(&f->root));
	assert_int_equal(sysroot_count(&f->root, DIR_NAME), 0);
}

static void only_the_end_of_much(void **state)
{
	struct core_fake *f = *state;
	char line[64];
	json_t *lines;
	unsigned int i;

	core_fake_write(f, DIR_NAME "dmesg-ramoops-0", "Panic#1 Part1\n");
	for (i = 0; i < 3000; i++) {
		util_format(line, sizeof(line), "<6>[%5u.0] a line of the kernel's log\n", i);
		core_fake_append(f, DIR_NAME "dmesg-ramoops-0", line);
	}
	lines = pstore_read(&f->root);
	assert_int_equal(json_array_size(lines), PSTORE_MAX_LINES);
	assert_line(lines, PSTORE_MAX_LINES - 1, "[ 2999.0] a line of the kernel's log");
	json_decref(lines);
}

static int on_module(const struct sysroot *root, const char *name, bool load, const char *options)
{
	(void)load;
	core_fake_append(
		(const struct core_fake *)((const char *)root - offsetof(struct core_fake, root)),
		"loaded", name);
	return options && !strstr(options, "mem_name=oops") ? -1 : 0;
}

static void stores_are_set_up(void **state)
{
	struct core_fake *f = *state;

	f->root.on_module = on_module;
	core_fake_cmdline(f, "quiet reserve_mem=1M:4096:oops\n");
	pstore_load(&f->root);
	core_assert_file(f, "loaded", "ramoops");
	core_fake_write(f, "sys/firmware/efi/x", "");
	core_fake_write(f, "proc/cmdline", "quiet\n");
	pstore_load(&f->root);
	core_assert_file(f, "loaded", "ramoopsefi_pstore");
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(nothing_there),
		test(parts_of_the_newest),
		test(only_the_end_of_much),
		test(stores_are_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
