/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFs by the driver's module parameter, and the reload that this takes: two ports of one driver, of
 * which the second is up and has to be so again. Netdevs are virtual ones in a network namespace.
 */
#include "fake_case.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/undo.h"
#include "sys/driver.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"

#define PF_DIR "sys/bus/pci/devices/0000:01:00.0/"
#define OTHER "0000:02:00.0"
#define OTHER_DIR "sys/bus/pci/devices/" OTHER "/"
#define MODULE "sys/module/igb/"

static const struct pci_addr pf = { 0, 1, 0, 0 }, other = { 0, 2, 0, 0 };
static struct fake_case fc;
static bool have_veth;

static int make_veths(void **state)
{
	(void)state;
	have_veth = fake_netns() && fake_veth("vfp0", "vfp1") == 0 &&
		    fake_veth("vfq0", "vfq1") == 0 && fake_veth("renamed", "partner") == 0;
	return 0;
}

static int setup(void **state)
{
	struct pci_config cfg;

	memset(&fc, 0, sizeof(fc));
	fc.deadline_ms = 20000;
	fake_tree_setup(state);
	fake_add_igb(*state, "vfp0");
	fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(&cfg, 8, 128, 2, 0x10ca);
	fake_add_pci(*state, &(struct fake_pci){ .addr = OTHER,
						 .parent = "0000:00:1c.0",
						 .vendor = 0x8086,
						 .device = 0x10c9,
						 .class = 0x020000,
						 .driver = "igb",
						 .ifname = "vfq0",
						 .config = &cfg,
						 .total_vfs = 7,
						 .vf_offset = 128,
						 .vf_stride = 2,
						 .vf_device = 0x10ca });
	fake_add_module(*state, "igb", "max_vfs", "0");
	if (!have_veth) {
		print_message("no network namespace or no veth here: not tested\n");
		skip();
	}
	assert_int_equal(link_set_up("vfp0", false), 0);
	assert_int_equal(link_set_up("vfq0", true), 0);
	return 0;
}

static void assert_up(const char *ifname, bool up)
{
	struct link_info info;

	assert_int_equal(link_get(ifname, &info), 0);
	assert_int_equal(info.admin_up, up);
}

static void assert_port(struct fake_sysroot *fs, const struct pci_addr *addr)
{
	struct sriov_state st;
	bool on;

	assert_int_equal(sriov_read(&fs->root, addr, &st), 0);
	assert_int_equal(st.numvfs, 0);
	assert_int_equal(st.links, 0);
	assert_int_equal(sriov_get_autoprobe(&fs->root, addr, &on), 0);
	assert_true(on);
}

static void assert_param(struct fake_sysroot *fs, const char *want)
{
	char text[16];

	assert_true(sysroot_read(&fs->root, text, sizeof(text), MODULE "parameters/max_vfs") > 0);
	assert_string_equal(text, want);
}

/* Runs the case, undoes it, and checks that both ports are as they were before. */
static void run(struct fake_sysroot *fs, const char *id)
{
	fake_case_run(&fc, fs, vf_param_cases, id);
	fs->faults.module_busy = false;
	fs->faults.ports_lost = false;
	fs->faults.accepts_over_max = false;
	fs->faults.param_ignored = 0;
	fake_case_undo(&fc, fs);
	assert_port(fs, &pf);
	assert_port(fs, &other);
	assert_param(fs, "0");
	assert_up(fs->new_ifname ? fs->new_ifname : "vfp0", false);
	assert_up("vfq0", true);
}

static void test_create(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_create_param");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "igb max_vfs for 0, 1 and 7 VFs");
	assert_string_equal(fake_case_evidence(&fc, "module"), "before, igb max_vfs: 0");
}

/* A driver that counts functions, not VFs: its profile says so. */
static void test_create_extra(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, PF_DIR "vendor", "0x17d5\n");
	fake_file(fs, PF_DIR "device", "0x5833\n");
	fake_remove(fs, MODULE);
	fake_add_module(fs, "igb", "max_config_dev", "1");
	fs->param_extra = 1;
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_case_undo(&fc, fs);
	assert_port(fs, &pf);
	fake_case_run(&fc, fs, vf_param_cases, "vf_param_over");
	assert_string_equal(fake_case_evidence(&fc, "over"),
			    "max_config_dev=9 makes 7 VFs, the PF offers 7");
	fake_case_undo(&fc, fs);
	fs->param_extra = 0;
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_int_equal(fc.res.verdict, VERDICT_FAIL);
	fake_case_undo(&fc, fs);
}

/* mlx4 makes VFs by its parameter only, and its ports may have to be made Ethernet. */
static void test_create_without_numvfs(void **state)
{
	struct fake_sysroot *fs = *state;
	bool more = false;

	fake_file(fs, PF_DIR "vendor", "0x15b3\n");
	fake_file(fs, PF_DIR "device", "0x1003\n");
	fake_remove(fs, MODULE);
	fake_add_module(fs, "igb", "num_vfs", "0");
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_verdict(&fc, VERDICT_PASS, "");
	for (unsigned int i = 0; i < fc.res.n_evidence; i++)
		more |= strstr(fc.res.evidence[i].value, "num_vfs=1 port_type_array=2,2") != NULL;
	assert_true(more);
	fake_case_undo(&fc, fs);
	assert_port(fs, &pf);
}

/* What makes a driver's network interfaces goes out and in with it, and so is no holder of it. */
static void test_companion(void **state)
{
	struct fake_sysroot *fs = *state;
	char why[160];

	fake_dir(fs, "sys/module/mlx4_core/holders/mlx4_en");
	fake_file(fs, "sys/module/mlx4_core/refcnt", "1\n");
	assert_true(module_is_unused(&fs->root, "mlx4_core", why, sizeof(why)));
	fake_file(fs, "sys/module/mlx4_core/refcnt", "2\n");
	assert_false(module_is_unused(&fs->root, "mlx4_core", why, sizeof(why)));
	fake_dir(fs, "sys/module/mlx4_core/holders/mlx4_ib");
	assert_false(module_is_unused(&fs->root, "mlx4_core", why, sizeof(why)));
	assert_string_equal(why, "these modules depend on it: mlx4_ib");
}

/* VFs are not given to their driver, on no port: the parameter makes them on all. */
static void test_create_not_probed(void **state)
{
	static const struct pci_addr vfs[] = { { 0, 1, 0x10, 0 }, { 0, 2, 0x10, 0 } };
	struct fake_sysroot *fs = *state;
	char driver[64];
	unsigned int i;

	fs->vf_driver = "igbvf";
	fs->vf_ifname = "v";
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_verdict(&fc, VERDICT_PASS, "");
	for (i = 0; i < ARRAY_SIZE(vfs); i++) {
		assert_int_equal(driver_get(&fs->root, &vfs[i], driver, sizeof(driver)), 0);
		assert_string_equal(driver, "");
	}
	fake_case_undo(&fc, fs);
}

static void test_create_fewer(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.param_ignored = 7;
	run(fs, "vf_create_param");
	assert_verdict(&fc, VERDICT_FAIL, "vf_fewer");
	assert_non_null(strstr(fc.res.measured, "sriov_numvfs reads 0, 0 VFs"));
}

static void test_not_applicable(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_remove(fs, MODULE "parameters");
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_true(fc.res.not_applicable);
	assert_non_null(
		strstr(fc.res.reason, "module igb of this kernel has no parameter max_vfs"));
	fake_remove(fs, "sys/bus/pci/drivers/igb/module");
	fake_case_run(&fc, fs, vf_param_cases, "vf_param_over");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "built into this kernel"));
	fake_file(fs, PF_DIR "device", "0x1592\n"); /* of a driver without one */
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_true(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, "driver igb has no module parameter"));
	assert_int_equal(fc.res.n_undo, 0);
}

/* Nothing is touched if the driver cannot be spared. */
static void test_in_use(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, MODULE "refcnt", "2\n");
	run(fs, "vf_create_param");
	assert_verdict(&fc, VERDICT_ERROR, "");
	assert_non_null(strstr(fc.res.reason, "2 users hold it"));
	fake_link(fs, MODULE "holders/other", "../../other");
	run(fs, "vf_create_param");
	assert_verdict(&fc, VERDICT_ERROR, "");
	assert_non_null(strstr(fc.res.reason, "depend on it: other"));
	assert_int_equal(fc.res.n_undo, 0);
}

/* It looked free, but the kernel says no: what was prepared is undone, the module is not reloaded.
 */
static void test_busy(void **state)
{
	struct fake_sysroot *fs = *state;
	uint64_t before, after;

	assert_int_equal(module_instance(&fs->root, "igb", &before), 0);
	fs->faults.module_busy = true;
	run(fs, "vf_create_param");
	assert_verdict(&fc, VERDICT_ERROR, "");
	assert_non_null(strstr(fc.res.reason, "cannot be taken out"));
	assert_int_equal(module_instance(&fs->root, "igb", &after), 0);
	assert_int_equal(before, after);
}

static void test_port_lost(void **state)
{
	struct fake_sysroot *fs = *state;

	fc.deadline_ms = 500;
	fs->faults.ports_lost = true;
	fake_case_run(&fc, fs, vf_param_cases, "vf_create_param");
	assert_verdict(&fc, VERDICT_FAIL, "vf_param_failed");
	assert_non_null(strstr(fc.res.measured, "it leaves 0000:01:00.0 without"));
}

static void test_refused(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.module_refuses = true;
	run(fs, "vf_create_param");
	assert_verdict(&fc, VERDICT_PASS, "");
	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fc.res.expected, "the module refuses max_vfs=8"));
}

static void test_over(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fake_case_evidence(&fc, "over"),
			    "max_vfs=8 makes 7 VFs, the PF offers 7");
	/* As ixgbe: none at all. */
	fs->faults.param_ignored = 7;
	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fake_case_evidence(&fc, "over"), "makes 0 VFs"));
	fs->faults.accepts_over_max = true;
	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_FAIL, "vf_param_not_limited");
	assert_non_null(strstr(fc.res.measured, "8 VFs of 7"));
}

static void test_over_no_carrier(void **state)
{
	struct fake_sysroot *fs = *state;

	assert_int_equal(link_set_up("vfp1", false), 0);
	fc.deadline_ms = 5000;
	fs->root.timeout_percent = 1;
	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_SKIP, "no_link");
	memset(fc.links, PORT_LINK_SEEN, sizeof(fc.links));
	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_FAIL, "link_down");
	fs->root.timeout_percent = 100;
	assert_int_equal(link_set_up("vfp1", true), 0);
}

/* After the reload the PF's netdev has another name. */
static void test_renamed(void **state)
{
	struct fake_sysroot *fs = *state;

	/* Both ports get it here: the second is taken away. */
	fake_remove(fs, OTHER_DIR "net");
	fs->new_ifname = "renamed";
	run(fs, "vf_param_over");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fc.res.measured, "renamed has carrier"));
}

/* Without being taken out a module is not reloaded; once it was, it is, and twice does no harm. */
static void test_undo(void **state)
{
	struct fake_sysroot *fs = *state;
	struct undo undo = { .op = UNDO_MODULE, .text = "igb" };
	uint64_t now;

	assert_int_equal(module_instance(&fs->root, "igb", &undo.value), 0);
	fs->faults.module_busy = true;
	assert_int_equal(undo_run(&fs->root, &undo, 1), 0);
	fs->faults.module_busy = false;
	assert_int_equal(module_remove(&fs->root, "igb", 1000), 0);
	assert_int_equal(module_instance(&fs->root, "igb", &now), -ENOENT);
	assert_int_equal(undo_run(&fs->root, &undo, 1), 0);
	assert_param(fs, "0");
	assert_int_equal(module_remove(&fs->root, "igb", 1000), 0);
	assert_int_equal(module_insert(&fs->root, "igb", "max_vfs=3"), 0);
	assert_param(fs, "3");
	assert_int_equal(undo_run(&fs->root, &undo, 1), 0);
	assert_param(fs, "0");
	assert_int_equal(undo_run(&fs->root, &undo, 1), 0);
	assert_param(fs, "0");
	assert_true(sysroot_exists(&fs->root, PF_DIR "net/vfp0"));
	fs->faults.module_busy = true;
	assert_int_equal(undo_run(&fs->root, &undo, 1), -EBUSY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create),	 TEST(test_create_extra), TEST(test_create_not_probed),
		TEST(test_create_fewer), TEST(test_in_use),	  TEST(test_not_applicable),
		TEST(test_busy),	 TEST(test_refused),	  TEST(test_port_lost),
		TEST(test_over),	 TEST(test_undo),	  TEST(test_over_no_carrier),
		TEST(test_renamed),	 TEST(test_companion),	  TEST(test_create_without_numvfs),
	};

	return cmocka_run_group_tests(tests, make_veths, NULL);
}
