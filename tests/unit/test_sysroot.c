/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files below the root: reading, bounds, links, writing. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/vmstat.h"

static void test_reads_text(void **state)
{
	struct fake_sysroot *fs = *state;
	char buf[8];

	fake_file(fs, "sys/a/text", "seven 7 \n\n");
	assert_int_equal(sysroot_read(&fs->root, buf, sizeof(buf), "sys/%s/text", "a"), 7);
	assert_string_equal(buf, "seven 7");
	assert_int_equal(sysroot_read(&fs->root, buf, 4, "sys/a/text"), 3);
	assert_string_equal(buf, "sev");
	assert_int_equal(sysroot_read(&fs->root, buf, sizeof(buf), "sys/a/none"), -ENOENT);
	assert_string_equal(buf, "");
}

static void test_reads_numbers(void **state)
{
	struct fake_sysroot *fs = *state;
	uint64_t value;

	fake_file(fs, "sys/a/hex", "0x10c9\n");
	fake_file(fs, "sys/a/junk", "12 monkeys\n");
	assert_int_equal(sysroot_read_u64(&fs->root, &value, "sys/a/hex"), 0);
	assert_int_equal(value, 0x10c9);
	assert_int_equal(sysroot_read_u64(&fs->root, &value, "sys/a/junk"), -EINVAL);
	assert_int_equal(sysroot_read_u64(&fs->root, &value, "sys/a/none"), -ENOENT);
}

static void test_pinned_pages(void **state)
{
	struct fake_sysroot *fs = *state;
	uint64_t pages = 0;

	assert_int_equal(vmstat_pinned(&fs->root, &pages), -ENOENT);
	fake_file(fs, "proc/vmstat",
		  "nr_free_pages 7\nnr_foll_pin_acquired 1000\nnr_foll_pin_released 400\n");
	assert_int_equal(vmstat_pinned(&fs->root, &pages), 0);
	assert_int_equal(pages, 600);
	fake_file(fs, "proc/vmstat", "nr_foll_pin_acquired2 1\nnr_foll_pin_released 400\n");
	assert_int_equal(vmstat_pinned(&fs->root, &pages), -ENOENT);
}

static void test_slurp_is_bounded(void **state)
{
	struct fake_sysroot *fs = *state;
	char *text = NULL;
	size_t len;

	fake_bytes(fs, "proc/data", "a\0bcd", 5);
	assert_int_equal(sysroot_slurp(&fs->root, &text, &len, 5, "proc/data"), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(text, "a\0bcd", 6);
	free(text);
	assert_int_equal(sysroot_slurp(&fs->root, &text, &len, 4, "proc/data"), -EFBIG);
	assert_int_equal(sysroot_slurp(&fs->root, &text, &len, 4, "proc/none"), -ENOENT);
}

static void test_follows_links(void **state)
{
	struct fake_sysroot *fs = *state;
	char buf[32];

	fake_link(fs, "sys/dev/driver", "../../bus/pci/drivers/igb");
	assert_int_equal(sysroot_link_name(&fs->root, buf, sizeof(buf), "sys/dev/driver"), 0);
	assert_string_equal(buf, "igb");
	assert_int_equal(sysroot_link_name(&fs->root, buf, 3, "sys/dev/driver"), -ENAMETOOLONG);
	assert_int_equal(sysroot_link_name(&fs->root, buf, sizeof(buf), "sys/dev"), -EINVAL);
	assert_int_equal(sysroot_readlink(&fs->root, buf, sizeof(buf), "sys/dev/driver"), 0);
	assert_string_equal(buf, "../../bus/pci/drivers/igb");
	assert_int_equal(sysroot_readlink(&fs->root, buf, 10, "sys/dev/driver"), -ENAMETOOLONG);
}

static void test_writes(void **state)
{
	struct fake_sysroot *fs = *state;
	char buf[16];

	fake_file(fs, "sys/a/numvfs", "128\n");
	assert_int_equal(sysroot_write(&fs->root, "7", "sys/a/numvfs"), 0);
	assert_int_equal(sysroot_read(&fs->root, buf, sizeof(buf), "sys/a/numvfs"), 1);
	assert_string_equal(buf, "7");
	/* A file that is not there is not made. */
	assert_int_equal(sysroot_write(&fs->root, "7", "sys/a/none"), -ENOENT);
	assert_false(sysroot_exists(&fs->root, "sys/a/none"));
}

static int refuse(const struct sysroot *r, const char *path, const char *text)
{
	assert_false(sysroot_is_real(r));
	assert_string_equal(path, "sys/a/numvfs");
	assert_string_equal(text, "8");
	return -ERANGE;
}

static void test_kernel_stands_in(void **state)
{
	struct fake_sysroot *fs = *state;
	char buf[16];

	fake_file(fs, "sys/a/numvfs", "0\n");
	fs->root.on_write = refuse;
	assert_int_equal(sysroot_write(&fs->root, "8", "sys/a/numvfs"), -ERANGE);
	assert_int_equal(sysroot_read(&fs->root, buf, sizeof(buf), "sys/a/numvfs"), 1);
	assert_string_equal(buf, "0");
}

static void test_counts_entries(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_dir(fs, "sys/kernel/iommu_groups/0");
	fake_dir(fs, "sys/kernel/iommu_groups/1");
	assert_int_equal(sysroot_count(&fs->root, "sys/kernel/iommu_groups"), 2);
	assert_int_equal(sysroot_count(&fs->root, "sys/kernel/none"), 0);
}

static void test_paths_are_bounded(void **state)
{
	struct fake_sysroot *fs = *state;
	char name[SYSROOT_MAX_PATH + 1];
	char buf[8];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(sysroot_read(&fs->root, buf, sizeof(buf), "%s", name), -ENAMETOOLONG);
	assert_false(sysroot_exists(&fs->root, "%s", name));
	assert_null(sysroot_opendir(&fs->root, "%s", name));
}

static void test_real_root(void **state)
{
	struct sysroot root;

	(void)state;
	assert_int_equal(sysroot_open(&root, "/"), 0);
	assert_true(sysroot_is_real(&root));
	assert_string_equal(root.path, "");
	sysroot_close(&root);
	assert_int_equal(sysroot_open(&root, "/no/such/directory"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads_text, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_reads_numbers, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pinned_pages, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_slurp_is_bounded, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_follows_links, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_writes, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_kernel_stands_in, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_counts_entries, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_paths_are_bounded, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test(test_real_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
