/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs through sysfs, with a kernel that does and one that does not do what it was told. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/sriov.h"

static const struct pci_addr pf = { 0, 1, 0, 0 };

static void test_addresses(void **state)
{
	const struct pci_addr high = { 1, 0x17, 0, 1 };
	struct pci_addr vf;
	char text[PCI_ADDR_STRLEN];

	(void)state;
	/* 82576 without ARI: the next bus but one half; with ARI: the same bus. */
	vf = sriov_vf_addr(&pf, 384, 2, 0);
	assert_string_equal(pci_addr_format(&vf, text), "0000:02:10.0");
	vf = sriov_vf_addr(&pf, 384, 2, 6);
	assert_string_equal(pci_addr_format(&vf, text), "0000:02:11.4");
	vf = sriov_vf_addr(&pf, 128, 2, 0);
	assert_string_equal(pci_addr_format(&vf, text), "0000:01:10.0");
	vf = sriov_vf_addr(&high, 256, 1, 300);
	assert_string_equal(pci_addr_format(&vf, text), "0001:19:05.5");
}

static void test_read(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct pci_addr none = { 0, 9, 0, 0 }, port = { 0, 0, 0x1c, 0 };
	struct sriov_state st;

	fake_add_igb(fs, NULL);
	assert_int_equal(sriov_read(&fs->root, &pf, &st), 0);
	assert_int_equal(st.numvfs, 0);
	assert_int_equal(st.totalvfs, 7);
	assert_int_equal(st.links, 0);
	assert_int_equal(st.offset, 128);
	assert_int_equal(st.stride, 2);
	assert_int_equal(st.vf_device, 0x10ca);
	assert_int_equal(sriov_read(&fs->root, &none, &st), -ENODEV);
	assert_int_equal(sriov_read(&fs->root, &port, &st), -ENOENT);
}

static void test_set(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;
	char text[PCI_ADDR_STRLEN];

	fake_add_igb(fs, NULL);
	assert_int_equal(sriov_set_numvfs(&fs->root, &pf, 7, 1000, &st), 0);
	assert_int_equal(st.numvfs, 7);
	assert_int_equal(st.links, 7);
	assert_string_equal(pci_addr_format(&st.vfs[6], text), "0000:01:11.4");
	assert_int_equal(sriov_set_numvfs(&fs->root, &pf, 0, 1000, &st), 0);
	assert_int_equal(st.links, 0);
	assert_false(sysroot_exists(&fs->root, "sys/bus/pci/devices/0000:01:11.4"));
}

/* A server with 1,024 VFs: four PFs with as many as a PF can have here. */
static void test_many_vfs(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state *st = calloc(1, sizeof(*st));
	unsigned int i;

	fake_add_igb(fs, NULL);
	for (i = 0; i < 4; i++) {
		struct pci_addr addr = { 0, (uint8_t)(0x10 * (i + 1)), 0, 0 };
		char text[PCI_ADDR_STRLEN];

		pci_addr_format(&addr, text);
		fake_add_pci(fs, &(struct fake_pci){ .addr = text,
						     .vendor = 0x15b3,
						     .device = 0x101d,
						     .class = 0x020000,
						     .driver = "mlx5_core",
						     .total_vfs = SRIOV_MAX_VFS,
						     .vf_offset = 1,
						     .vf_stride = 1,
						     .vf_device = 0x101e });
		assert_int_equal(sriov_set_numvfs(&fs->root, &addr, SRIOV_MAX_VFS, 60000, st), 0);
		assert_int_equal(st->links, SRIOV_MAX_VFS);
	}
	for (i = 0; i < 4; i++) {
		struct pci_addr addr = { 0, (uint8_t)(0x10 * (i + 1)), 0, 0 };
		struct pci_addr last = sriov_vf_addr(&addr, 1, 1, SRIOV_MAX_VFS - 1);

		assert_int_equal(sriov_read(&fs->root, &addr, st), 0);
		assert_int_equal(st->links, SRIOV_MAX_VFS);
		assert_int_equal(pci_addr_cmp(&st->vfs[SRIOV_MAX_VFS - 1], &last), 0);
		assert_int_equal(sriov_set_numvfs(&fs->root, &addr, 0, 60000, st), 0);
		assert_int_equal(st->links, 0);
	}
	free(st);
}

static void test_refusals(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;

	fake_add_igb(fs, NULL);
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 8, 1000, &st), -ERANGE);
	assert_int_equal(st.numvfs, 0);
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 1, 1000, &st), 0);
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 2, 1000, &st), -EBUSY);
	assert_int_equal(st.numvfs, 1);
	assert_int_equal(st.links, 1);
}

static void test_success_with_fewer(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;

	fake_add_igb(fs, NULL);
	fs->faults.vfs_missing = 3;
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 7, 1000, &st), 0);
	assert_int_equal(sriov_wait_vfs(&fs->root, &pf, 7, 50, &st), -EIO);
	assert_int_equal(st.numvfs, 4);
	assert_int_equal(st.links, 4);
}

/* sriov_numvfs can say 2 while a VF's device is gone. */
static void test_link_without_device(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;

	fake_add_igb(fs, NULL);
	assert_int_equal(sriov_set_numvfs(&fs->root, &pf, 2, 1000, &st), 0);
	fake_remove(fs, "sys/bus/pci/devices/0000:01:10.2");
	assert_int_equal(sriov_read(&fs->root, &pf, &st), 0);
	assert_int_equal(st.numvfs, 2);
	assert_int_equal(st.links, 1);
}

static void test_blocked_write_is_bounded(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;
	uint64_t begin = util_now_ms();

	fake_add_igb(fs, NULL);
	fs->faults.numvfs_blocks = true;
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 1, 100, &st), -ETIMEDOUT);
	assert_in_range(util_now_ms() - begin, 100, 2000);
	assert_int_equal(st.totalvfs, 7);
}

static void test_autoprobe(void **state)
{
	struct fake_sysroot *fs = *state;
	bool on;

	fake_add_igb(fs, NULL);
	assert_int_equal(sriov_get_autoprobe(&fs->root, &pf, &on), 0);
	assert_true(on);
	assert_int_equal(sriov_set_autoprobe(&fs->root, &pf, false), 0);
	assert_int_equal(sriov_get_autoprobe(&fs->root, &pf, &on), 0);
	assert_false(on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test_setup_teardown(test_read, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_set, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_many_vfs, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_refusals, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_success_with_fewer, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_link_without_device, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_blocked_write_is_bounded, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_autoprobe, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
