/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cases on the life cycle of VFs: each on a machine that does all right, and on ones that do
 * not. The PF's and the VFs' netdevs are virtual ones in a network namespace of the test's own.
 */
#include "fake_case.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/link.h"
#include "sys/sriov.h"

#define PF_DIR "sys/bus/pci/devices/0000:01:00.0/"

static const struct pci_addr pf = { 0, 1, 0, 0 };
static struct fake_case fc;
static bool have_veth;

static int make_veths(void **state)
{
	char a[16], b[16];
	unsigned int i;

	(void)state;
	have_veth = fake_netns() && fake_veth("vfp0", "vfp1") == 0;
	for (i = 0; have_veth && i < 7; i++) {
		util_format(a, sizeof(a), "vfv%u", i);
		util_format(b, sizeof(b), "vfw%u", i);
		have_veth = fake_veth(a, b) == 0;
	}
	return 0;
}

static int setup(void **state)
{
	memset(&fc, 0, sizeof(fc));
	fake_tree_setup(state);
	fake_add_igb(*state, "vfp0");
	if (have_veth)
		assert_int_equal(link_set_up("vfp0", false), 0);
	return 0;
}

/* Runs the case, undoes it, and checks that the machine is as it was before. */
static void run_of(struct fake_sysroot *fs, const struct case_def *table, const char *id)
{
	struct sriov_state st;
	struct link_info info;
	bool on;

	if (!have_veth) {
		print_message("no network namespace or no veth here: not tested\n");
		skip();
	}
	fake_case_run(&fc, fs, table, id);
	if (fs->faults.numvfs_blocks || fs->faults.vfs_stay)
		return;
	fake_case_undo(&fc, fs);
	assert_int_equal(sriov_read(&fs->root, &pf, &st), 0);
	assert_int_equal(st.numvfs, 0);
	assert_int_equal(sriov_get_autoprobe(&fs->root, &pf, &on), 0);
	assert_true(on);
	assert_int_equal(link_get("vfp0", &info), 0);
	assert_false(info.admin_up);
}

static void run(struct fake_sysroot *fs, const char *id)
{
	run_of(fs,
	       strcmp(id, "vf_flr") == 0    ? vf_flr_cases
	       : strcmp(id, "vf_msix") == 0 ? vf_msix_cases
					    : vf_cases,
	       id);
}

static void test_create(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fake_case_evidence(&fc, "vf.created"), "0000:01:10.0"));
	assert_string_equal(fake_case_evidence(&fc, "vf.groups"), "one for each VF");
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "7 VFs");
	assert_non_null(strstr(fake_case_evidence(&fc, "capability"), "VF enable 1, NumVFs 7"));
}

/* More than are tried is no plain PASS. */
static void test_create_many(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, PF_DIR "sriov_totalvfs", "300\n");
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_WARN, "vf_untried");
	assert_string_equal(fake_case_evidence(&fc, "also_passed"),
			    "expected all VFs are where and what the capability says; measured "
			    "256 VFs");
}

/* VFs that firmware or a module parameter left behind come back when all is done. */
static void test_create_from_some(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;

	if (!have_veth)
		skip();
	assert_int_equal(sriov_set_numvfs(&fs->root, &pf, 2, 1000, &st), 0);
	fake_case_run(&fc, fs, vf_cases, "vf_create_one");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_int_equal(fc.res.undo[1].op, UNDO_NUMVFS);
	assert_int_equal(fc.res.undo[1].value, 2);
}

static void test_create_refused(void **state)
{
	static const struct {
		int err;
		const char *kmsg, *label;
	} table[] = {
		{ -ENOMEM, "3,1,2,-;igb 0000:01:00.0: not enough MMIO resources for SR-IOV\n",
		  "vf_resources_mmio" },
		{ -ENOMEM, "3,1,2,-;igb 0000:01:00.0: SR-IOV: IOV BARS not allocated\n",
		  "vf_resources_mmio" },
		{ -ENOMEM,
		  "3,1,2,-;igb 0000:01:00.0: can't enable 7 VFs (bus 02 out of range of [bus "
		  "01])\n",
		  "vf_resources_bus" },
		/* Another device's message is no reason. */
		{ -ENOMEM, "3,1,2,-;igb 0000:02:00.0: not enough MMIO resources for SR-IOV\n",
		  "vf_create_failed" },
		/* What lies behind no memory does not lie behind another error. */
		{ -EAGAIN, "3,1,2,-;igb 0000:01:00.0: not enough MMIO resources for SR-IOV\n",
		  "pf_busy" },
		/* Some drivers name the netdev only. */
		{ -EXFULL,
		  "3,1,2,-;bnx2x: [bnx2x_iov_init_one:1210(portA)]ARI not supported (check pci "
		  "bridge ARI forwarding), SRIOV can not be enabled\n",
		  "sriov_no_ari" },
		{ -EXFULL,
		  "3,1,2,-;bnx2x: [bnx2x_iov_init_one:1210(portB)]ARI not supported (check pci "
		  "bridge ARI forwarding), SRIOV can not be enabled\n",
		  "vf_create_failed" },
		/* What follows from a first VF that is not there is not the card's firmware. */
		{ -EIO, "", "vf_create_failed" },
		{ -EIO,
		  "3,1,2,-;pci 0000:01:10.0: [8086:10ca] type 7f class 0xffffff\n"
		  "3,2,3,-;pci 0000:01:10.0: unknown header type 7f, ignoring device\n",
		  "vf_dead" }, /* this port forwards ARI: see test_first_vf() */
		{ -EPERM, "", "sriov_no_msix" },
		{ -EXFULL, "", "vf_create_failed" },
	};
	struct fake_sysroot *fs = *state;
	unsigned int i;

	fake_link(fs, "sys/class/net/portA/device", "../../../0000:01:00.0");
	fake_link(fs, "sys/class/net/portB/device", "../../../0000:02:00.0");
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		fs->faults.numvfs_error = table[i].err;
		fake_file(fs, "dev/kmsg", table[i].kmsg);
		run(fs, "vf_create_one");
		assert_verdict(&fc, VERDICT_FAIL, table[i].label);
	}
}

static void edit_config(struct fake_sysroot *fs, const char *addr, unsigned int pos, uint16_t value)
{
	char path[128], *data;
	size_t len;

	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/config", addr);
	assert_int_equal(sysroot_slurp(&fs->root, &data, &len, PCI_CONFIG_SIZE, "%s", path), 0);
	fake_put16((uint8_t *)data + pos, value);
	fake_bytes(fs, path, data, len);
	free(data);
}

/* The kernel takes what the capability says for the VF's id, and so it is found right. */
static void test_unknown_vf_id(void **state)
{
	struct fake_sysroot *fs = *state;

	edit_config(fs, "0000:01:00.0", 0x160 + PCI_SRIOV_VF_DID, 0x90ca);
	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/sriov_vf_device", "90ca\n");
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_WARN, "vf_id_unknown");
	assert_non_null(strstr(fc.res.measured, "8086:90ca"));
	assert_non_null(strstr(fc.res.measured, "has 8086:10ca"));
}

static void no_ari_forwarding(struct fake_sysroot *fs)
{
	edit_config(fs, "0000:00:1c.0", 0xa0 + PCI_EXP_DEVCAP2, 0);
	edit_config(fs, "0000:00:1c.0", 0xa0 + PCI_EXP_DEVCTL2, 0);
	edit_config(fs, "0000:01:00.0", 0x160 + PCI_SRIOV_CTRL, 0);
}

/* EIO is what follows; why the first VF cannot be read comes before it. */
static void test_first_vf(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.numvfs_error = -EIO;
	edit_config(fs, "0000:01:00.0", 0x160 + PCI_SRIOV_INITIAL_VF, 4);
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_cap_broken");
	edit_config(fs, "0000:01:00.0", 0x160 + PCI_SRIOV_INITIAL_VF, 8);
	no_ari_forwarding(fs);
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
	fake_file(fs, "dev/kmsg",
		  "3,2,3,-;pci 0000:01:10.0: unknown header type 7f, ignoring device\n");
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
	assert_non_null(strstr(fc.res.measured, "unknown header type 7f"));
}

/* sysfs shows VFs that are not there: their ids are those of the PF and its capability. */
static void test_silent_vfs(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.silent_from = 6;
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_PASS, "");
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_FAIL, "vf_dead");
	assert_string_equal(fc.res.measured,
			    "2 of 7 VFs do not (all ones), the first is VF 5 at 0000:01:11.2");
	no_ari_forwarding(fs);
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
	run(fs, "vf_alive");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
}

static void odd_header(struct pci_config *cfg)
{
	cfg->data[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
}

static void odd_class(struct pci_config *cfg)
{
	fake_put32(cfg->data + PCI_CLASS_REVISION, 0x018000u << 8);
}

static void odd_no_list(struct pci_config *cfg)
{
	fake_put16(cfg->data + PCI_STATUS, 0);
}

static void odd_circle(struct pci_config *cfg)
{
	fake_put16(cfg->data + 0xa0, PCI_CAP_ID_EXP | 0x40 << 8);
}

static void odd_no_express(struct pci_config *cfg)
{
	fake_put16(cfg->data + 0xa0, PCI_CAP_ID_VNDR);
}

static void odd_port(struct pci_config *cfg)
{
	fake_put16(cfg->data + 0xa0 + PCI_EXP_FLAGS, PCI_EXP_TYPE_ROOT_PORT << 4 | 2);
}

static void odd_pf(struct pci_config *cfg)
{
	fake_config_sriov(cfg, 8, 128, 2, 0x10ca);
}

static void test_alive(void **state)
{
	static const struct {
		void (*make)(struct pci_config *cfg);
		const char *text;
	} odd[] = { { odd_header, "header type is not 0" },
		    { odd_class, "class is not that of the first" },
		    { odd_no_list, "no capabilities" },
		    { odd_circle, "does not end" },
		    { odd_no_express, "no PCI Express" },
		    { odd_port, "not that of an endpoint" },
		    { odd_pf, "as only PFs do" } };
	struct fake_sysroot *fs = *state;
	unsigned int i;

	run(fs, "vf_alive");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "7 VFs");
	assert_string_equal(fake_case_evidence(&fc, "vf.config"),
			    "class 020000, PCI Express endpoint, function level reset in 7 of 7, "
			    "MSI-X vectors 0 to 0");
	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		fs->faults.odd_vf = 4;
		fs->faults.make_odd = odd[i].make;
		run(fs, "vf_alive");
		assert_verdict(&fc, VERDICT_FAIL, "vf_config_wrong");
		assert_non_null(strstr(fc.res.measured, "VF 3 at 0000:01:10.6"));
		assert_non_null(strstr(fc.res.measured, odd[i].text));
	}
	/* VFs that answer where by the rules none can. */
	fs->faults.odd_vf = 0;
	no_ari_forwarding(fs);
	run(fs, "vf_alive");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
}

/* A region that the firmware reserves for VFs too keeps them from guests. */
static void test_reserved_for_vfs(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, "sys/kernel/iommu_groups/22/reserved_regions",
		  "0x00000000bdffd000 0x00000000bdffffff direct\n");
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_WARN, "rmrr");
	assert_non_null(strstr(fc.res.measured, "for 1 of 7"));
}

/* be2net, bnxt_en: success, and no VF. */
static void test_create_fewer(void **state)
{
	struct fake_sysroot *fs = *state;

	fc.deadline_ms = 200;
	fs->faults.vfs_missing = 2;
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_FAIL, "vf_fewer");
	assert_non_null(strstr(fc.res.measured, "sriov_numvfs reads 5, 5 VFs"));
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "vf_fewer");
}

static void test_create_blocked(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->root.timeout_percent = 1; /* the write has a deadline of its own */
	fs->faults.numvfs_blocks = true;
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "vf_create_failed");
}

static void test_create_wrong(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.vf_shift = 2;
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_FAIL, "vf_wrong_address");
	fs->faults.vf_shift = 0;
	fake_file(fs, PF_DIR "sriov_vf_device", "10cb\n");
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "vf_wrong_address");
	assert_non_null(strstr(fc.res.measured, "8086:10cb"));
}

/* sysfs says that all is well, the device does not. */
static void test_create_not_enabled(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.capability_off = true;
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_FAIL, "vf_fewer");
	assert_non_null(strstr(fc.res.measured, "VF Enable 0"));
}

static void test_create_shared_group(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->faults.shared_group = true;
	run(fs, "vf_create_one");
	assert_verdict(&fc, VERDICT_PASS, "");
	run(fs, "vf_create_max");
	assert_verdict(&fc, VERDICT_WARN, "vf_shared_group");
}

/* The kernel keeps its word about drivers of new VFs, or not. */
static void test_autoprobe(void **state)
{
	struct fake_sysroot *fs = *state;

	if (!have_veth)
		skip();
	fs->vf_driver = "igbvf";
	fake_case_run(&fc, fs, vf_kernel_cases, "vf_autoprobe");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_case_undo(&fc, fs);
	fs->faults.autoprobe_ignored = true;
	fake_case_run(&fc, fs, vf_kernel_cases, "vf_autoprobe");
	assert_verdict(&fc, VERDICT_FAIL, "vf_autoprobe_ignored");
	fake_case_undo(&fc, fs);
	fs->vf_driver = NULL;
	fc.deadline_ms = 200;
	fake_case_run(&fc, fs, vf_kernel_cases, "vf_autoprobe");
	assert_verdict(&fc, VERDICT_FAIL, "vf_no_driver");
	fake_case_undo(&fc, fs);
	fc.deadline_ms = 0;
}

/* The specification wants function level reset of each VF. */
static void without_flr(struct pci_config *cfg)
{
	fake_put32(cfg->data + 0xa0 + PCI_EXP_DEVCAP, 0);
}

/* The VFs of the tree are files: an order to reset changes nothing in them. */
static void test_flr(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_flr");
	assert_verdict(&fc, VERDICT_FAIL, "vf_flr_no_effect");
	assert_non_null(strstr(fc.res.measured, "VF 0 is still set"));
	fs->faults.odd_vf = 1;
	fs->faults.make_odd = without_flr;
	run(fs, "vf_flr");
	assert_verdict(&fc, VERDICT_FAIL, "reset_missing");
}

static void test_msix_missing(void **state)
{
	run(*state, "vf_msix");
	assert_verdict(&fc, VERDICT_FAIL, "vf_msix_wrong");
	assert_non_null(strstr(fc.res.measured, "it has no MSI-X capability"));
}

static void test_over_max(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_over_max");
	assert_verdict(&fc, VERDICT_PASS, "");
	fs->faults.accepts_over_max = true;
	run(fs, "vf_over_max");
	assert_verdict(&fc, VERDICT_FAIL, "vf_range_not_refused");
	fs->faults.numvfs_error = -EINVAL; /* refused, but not for that reason */
	run(fs, "vf_over_max");
	assert_verdict(&fc, VERDICT_FAIL, "vf_range_not_refused");
}

static void test_numvfs_junk(void **state)
{
	struct fake_sysroot *fs = *state;

	run_of(fs, neg_host_cases, "neg_numvfs_junk");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fake_case_evidence(&fc, "refused"),
			    "with 0 VFs: text, -1, two numbers, 2^16 + 1, 2^32 + 1, an empty line: "
			    "Invalid argument");
	fs->faults.accepts_junk = true;
	run_of(fs, neg_host_cases, "neg_numvfs_junk");
	assert_verdict(&fc, VERDICT_FAIL, "numvfs_junk_taken");
}

static void test_change_busy(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_change_busy");
	assert_verdict(&fc, VERDICT_PASS, "");
	fs->faults.accepts_change = true;
	run(fs, "vf_change_busy");
	assert_verdict(&fc, VERDICT_FAIL, "vf_busy_not_refused");
	fake_file(fs, PF_DIR "sriov_totalvfs", "1\n");
	run(fs, "vf_change_busy");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_true(fc.res.not_applicable);
}

static void test_destroy(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "vf_destroy");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_int_equal(link_set_up("vfp1", false), 0);
	fc.deadline_ms = 200;
	run(fs, "vf_destroy");
	assert_verdict(&fc, VERDICT_FAIL, "link_down");
	assert_int_equal(link_set_up("vfp1", true), 0);
	fc.deadline_ms = 0;
	/* Without a link since the beginning, all but that it sends is shown. */
	memset(fc.links, 0, sizeof(fc.links));
	fs->root.timeout_percent = 1;
	fc.deadline_ms = 5000;
	assert_int_equal(link_set_up("vfp1", false), 0);
	run(fs, "vf_destroy");
	assert_verdict(&fc, VERDICT_SKIP, "no_link");
	assert_non_null(strstr(fc.res.reason, "that the PF sends with no VF left"));
	fs->root.timeout_percent = 100;
	fs->faults.vfs_stay = true;
	run(fs, "vf_destroy");
	assert_verdict(&fc, VERDICT_FAIL, "vf_destroy_failed");
	assert_int_equal(link_set_up("vfp1", true), 0);
	fc.deadline_ms = 0;
	run(fs, "vf_destroy");
	assert_verdict(&fc, VERDICT_FAIL, "vf_destroy_failed");
	assert_non_null(strstr(fc.res.measured, "still on the bus"));
}

static void test_create_each(void **state)
{
	struct fake_sysroot *fs = *state;
	unsigned int i, created = 0;

	fc.deadline_ms = 20000;
	run(fs, "vf_create_each");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "7 numbers from 1 to 7");
	/* 1 to 8, 16, 32 and the maximum. */
	fake_file(fs, PF_DIR "sriov_totalvfs", "40\n");
	run(fs, "vf_create_each");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "11 numbers from 1 to 40");
	for (i = 0; i < fc.res.n_evidence; i++)
		created += strncmp(fc.res.evidence[i].value, "32 in ", 6) == 0;
	assert_int_equal(created, 1);
	/* A number that does not work is found. */
	fc.deadline_ms = 500;
	fs->faults.vfs_missing = 1;
	run(fs, "vf_create_each");
	assert_verdict(&fc, VERDICT_FAIL, "vf_fewer");
}

static void test_bind_stub(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->vf_driver = "igbvf";
	fs->vf_ifname = "vfv";
	fake_add_driver(fs, "pci-stub");
	run(fs, "vf_bind_stub");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "0000:01:10.0, 8086:10ca: igbvf, pci-stub, igbvf");
	assert_false(sysroot_exists(&fs->root, "sys/bus/pci/drivers/pci-stub/fake_id"));
	/* The id is given back also if the case ends before it does it itself. */
	fs->faults.probe_fails = true;
	run(fs, "vf_bind_stub");
	assert_verdict(&fc, VERDICT_FAIL, "vf_bind_failed");
	assert_non_null(strstr(fc.res.measured, "failed where the VF binds to pci-stub"));
	assert_false(sysroot_exists(&fs->root, "sys/bus/pci/drivers/pci-stub/fake_id"));
}

static void test_bind_vfio(void **state)
{
	struct fake_sysroot *fs = *state;

	fc.deadline_ms = 20000;
	run(fs, "vf_bind_vfio");
	assert_verdict(&fc, VERDICT_PASS, "");
	fs->faults.probe_fails = true;
	run(fs, "vf_bind_vfio");
	assert_verdict(&fc, VERDICT_FAIL, "vf_bind_failed");
	assert_non_null(strstr(fc.res.measured, "round 1"));
	fake_remove(fs, PF_DIR "iommu_group");
	run(fs, "vf_bind_vfio");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
}

static void test_host_driver(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->vf_driver = "igbvf";
	fs->vf_ifname = "vfv";
	run(fs, "vf_host_driver");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "7 VFs");
	assert_non_null(strstr(fake_case_evidence(&fc, "vf"), "driver igbvf, vfv0"));
	fs->vf_driver = "other";
	run(fs, "vf_host_driver");
	assert_verdict(&fc, VERDICT_WARN, "vf_driver_unexpected");
}

static void test_host_driver_missing(void **state)
{
	struct fake_sysroot *fs = *state;

	/* One that the image does not have is no fault of the host. */
	fc.deadline_ms = 200;
	run(fs, "vf_host_driver");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, "has no driver for"));
	fake_add_driver(fs, "igbvf");
	run(fs, "vf_host_driver");
	assert_verdict(&fc, VERDICT_FAIL, "vf_no_driver");
}

static void test_host_driver_no_link(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->vf_driver = "igbvf";
	fs->vf_ifname = "vfv";
	fc.deadline_ms = 500;
	if (have_veth)
		assert_int_equal(link_set_up("vfw3", false), 0);
	run(fs, "vf_host_driver");
	assert_verdict(&fc, VERDICT_FAIL, "vf_no_link");
	assert_non_null(strstr(fc.res.measured, "VF 3"));
	assert_int_equal(link_set_up("vfw3", true), 0);
}

/* Two VFs with one address between them. */
static void test_host_driver_same_mac(void **state)
{
	struct fake_sysroot *fs = *state;

	fs->vf_driver = "igbvf";
	fs->vf_ifname = "vfv";
	if (have_veth) {
		static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };

		assert_int_equal(link_set_mac("vfv1", mac), 0);
		assert_int_equal(link_set_mac("vfv4", mac), 0);
	}
	run(fs, "vf_host_driver");
	assert_verdict(&fc, VERDICT_FAIL, "vf_bad_mac");
	assert_non_null(strstr(fc.res.measured, "as another VF"));
}

static void test_requirements(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, PF_DIR "sriov_totalvfs", "0\n");
	run(fs, "vf_create_one");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "sriov_totalvfs 0"));
	fake_remove(fs, PF_DIR "net");
	run(fs, "vf_create_one");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "no network interface"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_many, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_from_some, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_refused, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_vf_id, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_first_vf, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_silent_vfs, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_alive, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_reserved_for_vfs, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_fewer, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_blocked, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_wrong, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_not_enabled, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_shared_group, setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_autoprobe, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_flr, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_msix_missing, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_over_max, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_numvfs_junk, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_change_busy, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_destroy, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_create_each, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_bind_stub, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_bind_vfio, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host_driver, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host_driver_missing, setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host_driver_no_link, setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host_driver_same_mac, setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_requirements, setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, make_veths, NULL);
}
