/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding and unbinding, and what can go wrong with it. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/sriov.h"

static const struct pci_addr pf = { 0, 1, 0, 0 }, vf = { 0, 1, 0x10, 0 }, none = { 0, 9, 0, 0 };

static int setup(void **state)
{
	struct sriov_state st;

	fake_tree_setup(state);
	fake_add_igb(*state, NULL);
	assert_int_equal(
		sriov_set_numvfs(&((struct fake_sysroot *)*state)->root, &pf, 1, 1000, &st), 0);
	return 0;
}

static void assert_driver(struct fake_sysroot *fs, const char *want, const char *override)
{
	char name[64];

	assert_int_equal(driver_get(&fs->root, &vf, name, sizeof(name)), 0);
	assert_string_equal(name, want);
	assert_true(sysroot_read(&fs->root, name, sizeof(name),
				 "sys/bus/pci/devices/0000:01:10.0/driver_override") > 0);
	assert_string_equal(name, override);
}

static void test_get(void **state)
{
	struct fake_sysroot *fs = *state;
	char name[64];

	assert_int_equal(driver_get(&fs->root, &pf, name, sizeof(name)), 0);
	assert_string_equal(name, "igb");
	assert_int_equal(driver_get(&fs->root, &none, name, sizeof(name)), -ENODEV);
	assert_driver(fs, "", "(null)");
	assert_int_equal(iommu_group_of(&fs->root, &pf), 10);
	assert_int_equal(iommu_group_of(&fs->root, &none), -ENOENT);
}

static void test_bind_and_restore(void **state)
{
	struct fake_sysroot *fs = *state;

	assert_int_equal(driver_bind(&fs->root, &vf, "vfio-pci"), 0);
	assert_driver(fs, "vfio-pci", "vfio-pci");
	assert_int_equal(driver_bind(&fs->root, &vf, "igb"), 0);
	assert_driver(fs, "igb", "igb");
	assert_int_equal(driver_bind(&fs->root, &vf, ""), 0);
	assert_driver(fs, "", "igb");
	assert_int_equal(driver_restore(&fs->root, &vf, ""), 0);
	assert_driver(fs, "", "(null)");
	/* Once more does no harm. */
	assert_int_equal(driver_restore(&fs->root, &vf, ""), 0);
	assert_int_equal(driver_restore(&fs->root, &vf, "igb"), 0);
	assert_driver(fs, "igb", "(null)");
	assert_int_equal(driver_restore(&fs->root, &vf, "igb"), 0);
	assert_driver(fs, "igb", "(null)");
}

static void test_unbind(void **state)
{
	struct fake_sysroot *fs = *state;
	char name[64];

	assert_int_equal(driver_unbind(&fs->root, &pf), 0);
	assert_int_equal(driver_get(&fs->root, &pf, name, sizeof(name)), 0);
	assert_string_equal(name, "");
	assert_int_equal(driver_unbind(&fs->root, &pf), 0);
	assert_int_equal(driver_unbind(&fs->root, &none), -ENODEV);
}

static void test_no_such_driver(void **state)
{
	struct fake_sysroot *fs = *state;

	assert_int_equal(driver_bind(&fs->root, &vf, "igbvf"), -ENOENT);
	assert_int_equal(driver_bind(&fs->root, &none, "vfio-pci"), -ENODEV);
	assert_int_equal(driver_restore(&fs->root, &none, "vfio-pci"), 0);
}

/* The kernel takes the write of drivers_probe whether or not the probe succeeds. */
static void test_probe_fails(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.probe_fails = true;
	assert_int_equal(driver_bind(&fs->root, &vf, "vfio-pci"), -EIO);
	assert_driver(fs, "", "vfio-pci");
	assert_int_equal(driver_restore(&fs->root, &vf, ""), 0);
	assert_driver(fs, "", "(null)");
}

/* The older way: by id, then by name. */
static void test_by_id(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_add_driver(fs, "pci-stub");
	assert_int_equal(driver_bind_plain(&fs->root, &vf, "pci-stub"), -ENODEV);
	assert_int_equal(driver_add_id(&fs->root, "pci-stub", 0x8086, 0x10ca), 0);
	assert_int_equal(driver_add_id(&fs->root, "pci-stub", 0x8086, 0x10ca), -EEXIST);
	assert_int_equal(driver_bind_plain(&fs->root, &vf, "pci-stub"), 0);
	assert_driver(fs, "pci-stub", "(null)");
	assert_int_equal(driver_remove_id(&fs->root, "pci-stub", 0x8086, 0x10ca), 0);
	assert_int_equal(driver_remove_id(&fs->root, "pci-stub", 0x8086, 0x10ca), 0);
	assert_int_equal(driver_unbind(&fs->root, &vf), 0);
	assert_int_equal(driver_bind_plain(&fs->root, &vf, "pci-stub"), -ENODEV);
	assert_int_equal(driver_bind_plain(&fs->root, &none, "pci-stub"), -ENODEV);
	assert_int_equal(driver_bind_plain(&fs->root, &vf, "absent"), -ENOENT);
	assert_driver(fs, "", "(null)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_get, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_bind_and_restore, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_unbind, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_no_such_driver, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_by_id, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_probe_fails, setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
