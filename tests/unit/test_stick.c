/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which stick is taken, by label or UUID, and that nothing but our folder is touched on a foreign
 * one. */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "fake_volume.h"
#include "journal/stick.h"
#include "journal/store.h"

#define DISK "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host0/block/sda"

static void make_dir(const struct core_fake *f, const char *name)
{
	mkdirat(f->root.fd, name, 0755);
}

/* A FAT32 with label and number on a USB disk; its root has grown into a free cluster. */
static void plug(const struct core_fake *f, const char *label)
{
	struct fat_disk d = volume_make(32);
	_cleanup_free_ uint8_t *all = malloc(d.sectors * FAT_SECTOR);
	const uint8_t number[] = { 0x4d, 0x3c, 0x2b, 0x1a };
	char path[128];
	FILE *file;

	assert_non_null(all);
	volume_set(&d, 2, 14);
	volume_put(&d, 66, "\x29", 1);
	volume_put(&d, 67, number, sizeof(number));
	volume_put_entry(&d, 0, 0, label, 0x08, 0, 0);
	assert_int_equal(pread(d.fd, all, d.sectors * FAT_SECTOR, 0), d.sectors * FAT_SECTOR);
	core_fake_write(f, "dev/sda", "");
	util_format(path, sizeof(path), "%s/dev/sda", f->path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(all, FAT_SECTOR, d.sectors, file), d.sectors);
	assert_int_equal(fclose(file), 0);
	util_format(path, sizeof(path), "%llu\n", (unsigned long long)d.sectors);
	core_fake_write(f, DISK "/size", path);
	core_fake_write(f, DISK "/diskseq", "5\n");
	make_dir(f, "sys/class");
	make_dir(f, "sys/class/block");
	core_fake_symlink(f, "../../../" DISK, "sys/class/block/sda");
	close(d.fd);
}

/* What comes of looking for it: there is nothing here that could mount it. */
static void assert_problem(const struct core_fake *f, const char *name, const char *text)
{
	struct stick st;

	stick_open(&st, &f->root, name, 0, NULL, NULL);
	assert_int_equal(st.dir, -1);
	if (!strstr(st.problem, text))
		fail_msg("%s: %s", name, st.problem);
}

static uint8_t *read_disk(const struct core_fake *f)
{
	size_t len;
	char *all = NULL;

	assert_int_equal(util_read_file(f->root.fd, "dev/sda", 64 << 20, &all, &len), 0);
	assert_true(len > 64 * FAT_SECTOR);
	return (uint8_t *)all;
}

static void which_stick(void **state)
{
	static const char *const taken[] = { "ENGINEER", "engineer", "1A2B-3C4D", "1a2b-3c4d" };
	static const char *const others[] = { "ENGINEERS", "ENGINEE", "1A2B3C4D", "*" };
	const struct core_fake *f = *state;
	char text[100];
	size_t i;

	make_dir(f, "run");
	make_dir(f, STORE_RUN);
	plug(f, "ENGINEER   ");
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		assert_problem(f, taken[i], "the stick sda (vfat) cannot be mounted");
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		util_format(text, sizeof(text), "no USB stick with the label or UUID %s was found",
			    others[i]);
		assert_problem(f, others[i], text);
	}
	assert_problem(f, STICK_LABEL, "no USB stick with the label VFPROOF was found");
}

/* What is mended of a stick that is ours alone stays as it is on another one. */
static void nothing_is_touched(void **state)
{
	const struct core_fake *f = *state;
	_cleanup_free_ uint8_t *before = NULL, *after = NULL, *ours = NULL;

	make_dir(f, "run");
	make_dir(f, STORE_RUN);
	plug(f, "VFPROOF    ");
	before = read_disk(f);
	assert_problem(f, "1A2B-3C4D", "cannot be mounted");
	after = read_disk(f);
	assert_memory_equal(before, after, 10000 * FAT_SECTOR);
	assert_problem(f, STICK_LABEL, "cannot be mounted");
	ours = read_disk(f);
	assert_memory_not_equal(before, ours, 10000 * FAT_SECTOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(which_stick, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(nothing_is_touched, core_fake_setup,
						core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
