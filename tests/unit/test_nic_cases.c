/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases on a PF as it is: driver, link (on a virtual netdev), PCIe. */
#include "fake_case.h"

#include <linux/pci_regs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cases/requires.h"
#include "sys/link.h"

#define PF_DIR "sys/bus/pci/devices/0000:01:00.0/"

static struct fake_case fc;
static bool have_veth;

static int make_veth(void **state)
{
	(void)state;
	have_veth = fake_netns() && fake_veth("vfp0", "vfp1") == 0;
	return 0;
}

static int setup(void **state)
{
	memset(&fc, 0, sizeof(fc));
	fake_tree_setup(state);
	fake_add_igb(*state, "vfp0");
	fc.deadline_ms = 200;
	return 0;
}

static void run(struct fake_sysroot *fs, const char *id)
{
	fake_case_run(&fc, fs, nic_cases, id);
}

static void test_driver(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "igb, vfp0");
	fake_file(fs, "dev/kmsg",
		  "3,1,2,-;ice 0000:01:00.0: The DDP package file was not found or could not be "
		  "read. Entering Safe Mode\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_WARN, "firmware_ddp");
}

/* The driver's start hangs: that is the finding, and nothing that takes the device's lock is tried.
 */
static void test_driver_hangs(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_remove(fs, PF_DIR "driver");
	fake_file(fs, "run/vfproof/hangs/0000:01:00.0", "mlx5_core");
	fake_file(fs, "sys/module/mlx5_core/initstate", "coming\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "driver_hangs");
	assert_non_null(strstr(fc.res.measured, "mlx5_core"));
	run(fs, "nic_link");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_string_equal(fc.res.reason,
			    "the start of the driver of 0000:01:00.0, mlx5_core, hangs");
	/* A USB controller that is dead beside it is kept, once; one that a port is no part of. */
	fake_file(fs, "dev/kmsg",
		  "3,1,2,-;xhci_hcd 0000:00:14.0: Host halt failed, -110\n"
		  "3,2,2,-;xhci_hcd 0000:00:14.0: HC died; cleaning up\n"
		  "3,3,2,-;usb 1-1: device not accepting address 2, error -62\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "driver_hangs");
	assert_string_equal(fake_case_evidence(&fc, "controller_dead"),
			    "0000:00:14.0, a USB controller: xhci_hcd 0000:00:14.0: Host halt "
			    "failed, -110");
	/* What the kernel says of the card says more. */
	fake_file(fs, "dev/kmsg",
		  "3,1,2,-;mlx5_core 0000:01:00.0: Direct firmware load for x.fw failed with error "
		  "-2\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "firmware_missing");
}

static void test_driver_without_netdev(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_remove(fs, PF_DIR "net");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "pf_driver_unbound");
	fake_file(fs, "dev/kmsg",
		  "3,1,2,-;bnx2x 0000:01:00.0: Direct firmware load for x.fw failed with error "
		  "-2\n");
	/* A file that is not in the image is no fault of the host. */
	run(fs, "nic_driver");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
	assert_string_equal(fc.res.reason,
			    "0000:01:00.0: its driver asks for the firmware file x.fw, which this "
			    "image has not: put firmware/x.fw into an overlay (docs/overlays.md)");
	/* One that is there and is not taken may be. */
	fake_file(fs, "dev/kmsg",
		  "3,1,2,-;bnx2x 0000:01:00.0: Direct firmware load for x.fw failed with error "
		  "-22\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "firmware_missing");
}

static const char left_out[] = "module igb 722200 dca i2c_algo_bit\n"
			       "firmware igb lab/igb.bin\n"
			       "alias igb pci:v0000FFF0d0000FFF1sv*\n"
			       "module other 5\n"
			       "alias other pci:v00008086d00001521sv*sd*bc*sc*i*\n"
			       "lacks igb netronome/nic_1.nffw too large: 144 MB\n";

/* nfp says itself what it looked for. */
static void test_firmware_left_out(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_remove(fs, PF_DIR "net");
	fake_file(fs, "dev/kmsg",
		  "6,1,2,-;nfp 0000:01:00.0: nfp:   netronome/nic_1.nffw: not found\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "pf_driver_unbound");
	fake_file(fs, "usr/lib/vfproof/left-out", left_out);
	run(fs, "nic_driver");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "too large: 144 MB: put the file for this card, such "
					      "as firmware/netronome/nic_1.nffw, into an overlay"));
	/* With another fault it is that one's. */
	fake_file(fs, "dev/kmsg", "6,1,2,-;nfp 0000:02:00.0: nfp:   other.nffw: not found\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "pf_driver_unbound");
}

/* What the kernel says of the probe comes before what is guessed. */
static void test_no_vectors(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_remove(fs, PF_DIR "driver");
	fake_file(fs, "dev/kmsg",
		  "3,1,2,-;ice 0000:01:00.0: not enough device MSI-X vectors. wanted = 260, "
		  "available = 252\n");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "msix_exhausted");
}

static void test_no_driver(void **state)
{
	struct fake_sysroot *fs = *state;

	/* A driver that is there and does not bind is the card's fault, or the slot's. */
	fake_remove(fs, PF_DIR "driver");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "pf_driver_unbound");
	/* One that this kernel does not have is not. */
	fake_remove(fs, "sys/bus/pci/drivers/igb");
	run(fs, "nic_driver");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, "has no driver for pci:v0000FFF0d0000FFF1: use an "
					      "image with a newer kernel"));
	/* The other cases name it. */
	run(fs, "nic_link");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "has no driver"));
}

/* One that this kernel has and the image has not: what to put into an overlay, no newer kernel. */
static void test_driver_left_out(void **state)
{
	struct fake_sysroot *fs = *state;
	static const char overlay[] = "put modules/dca.ko, modules/i2c_algo_bit.ko, "
				      "modules/igb.ko, firmware/lab/igb.bin into an overlay";

	fake_remove(fs, PF_DIR "driver");
	fake_remove(fs, "sys/bus/pci/drivers/igb");
	fake_file(fs, "usr/lib/vfproof/left-out", left_out);
	run(fs, "nic_driver");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, "this image leaves out its driver igb: "));
	assert_non_null(strstr(fc.res.reason, overlay));
	assert_null(strstr(fc.res.reason, "newer kernel"));
	fake_case_run(&fc, fs, vf_cases, "vf_create_max");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, overlay));
}

/* enic makes its VFs when it starts, and takes no number of them. */
static void test_no_numvfs(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, PF_DIR "vendor", "0x1137\n");
	fake_file(fs, PF_DIR "device", "0x0043\n");
	fake_case_run(&fc, fs, vf_cases, "vf_create_max");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, "(enic) does not take sriov_numvfs"));
	fake_case_run(&fc, fs, assign_cases, "assign_vf");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_false(fc.res.not_applicable);
}

static const struct case_def *const areas[] = { nic_cases, vf_cases, vf_param_cases, assign_cases };

/* A card whose driver is gone from the kernel: no FAIL, but what it would need. */
static void test_driver_gone(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct case_def *def;
	unsigned int i;

	fake_file(fs, PF_DIR "vendor", "0x17d5\n");
	fake_file(fs, PF_DIR "device", "0x5833\n");
	fake_remove(fs, PF_DIR "driver");
	fake_remove(fs, PF_DIR "net");
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		for (def = areas[i]; def->id; def++) {
			if (strcmp(def->id, "nic_pcie") == 0)
				continue; /* asks the card alone */
			fake_case_run(&fc, fs, areas[i], def->id);
			assert_int_equal(fc.res.verdict, VERDICT_SKIP);
			assert_false(fc.res.not_applicable); /* it is not certified by that */
		}
	run(fs, "nic_driver");
	assert_string_equal(fc.res.reason, "Neterion X3100: its driver vxge needs Linux 5.19 or "
					   "older, as later ones do not have it");
	run(fs, "nic_link");
	assert_non_null(strstr(fc.res.reason, "vxge needs Linux up to 5.19"));
	/* Where there is such a driver all the same, it counts. */
	fake_add_driver(fs, "vxge");
	fake_link(fs, PF_DIR "driver", "../drivers/vxge");
	fake_dir(fs, PF_DIR "net/vfp0");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_PASS, "");
}

/* cxgb4: VFs at functions 0 to 3, the netdevs of all ports at function 4. */
static void test_netdev_function(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, PF_DIR "vendor", "0x1425\n");
	fake_file(fs, PF_DIR "device", "0x5001\n");
	fake_remove(fs, PF_DIR "net");
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_FAIL, "pf_driver_unbound");
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:01:00.4",
					     .parent = "0000:00:1c.0",
					     .vendor = 0x1425,
					     .device = 0x5401,
					     .class = 0x020000,
					     .driver = "cxgb4",
					     .ifname = "vfp0" });
	run(fs, "nic_driver");
	assert_verdict(&fc, VERDICT_PASS, "");
	run(fs, "nic_link");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "at another function"));
}

static void test_link(void **state)
{
	struct fake_sysroot *fs = *state;
	struct link_info info;

	if (!have_veth) {
		print_message("no network namespace or no veth here: not tested\n");
		skip();
	}
	assert_int_equal(link_set_up("vfp0", false), 0);
	run(fs, "nic_link");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fc.res.measured, "10000 Mb/s"));
	/* It was down before, and is again. */
	fake_case_undo(&fc, fs);
	assert_int_equal(link_get("vfp0", &info), 0);
	assert_false(info.admin_up);
	assert_int_equal(link_set_up("vfp1", false), 0);
	run(fs, "nic_link");
	assert_verdict(&fc, VERDICT_FAIL, "link_down");
	assert_int_equal(link_set_up("vfp1", true), 0);
}

/* A port that never had a link has no cable: nothing is said against the card, nor waited for
 * twice.
 */
static void test_no_link(void **state)
{
	struct fake_sysroot *fs = *state;
	uint64_t begin;

	if (!have_veth) {
		print_message("no network namespace or no veth here: not tested\n");
		skip();
	}
	memset(fc.links, 0, sizeof(fc.links));
	assert_int_equal(link_set_up("vfp1", false), 0);
	fs->root.timeout_percent = 1;
	/* Not looked for long enough. */
	fc.deadline_ms = 100;
	run(fs, "nic_link");
	assert_verdict(&fc, VERDICT_TIMEOUT, "timeout");
	fc.deadline_ms = 5000;
	run(fs, "nic_link");
	assert_verdict(&fc, VERDICT_SKIP, "no_link");
	assert_false(fc.res.not_applicable);
	assert_non_null(strstr(fc.res.reason, "no cable, or the far end is off"));
	fs->root.timeout_percent = 100;
	begin = util_now_ms();
	run(fs, "nic_link");
	assert_verdict(&fc, VERDICT_SKIP, "no_link");
	run(fs, "nic_traffic");
	assert_verdict(&fc, VERDICT_SKIP, "no_link");
	assert_true(util_now_ms() - begin < 5000);
	/* A cable that is plugged in while the run goes on is seen. */
	assert_int_equal(link_set_up("vfp0", true), 0);
	assert_int_equal(link_set_up("vfp1", true), 0);
	assert_int_equal(link_wait_carrier("vfp0", 5000), 0);
	run(fs, "nic_link");
	assert_verdict(&fc, VERDICT_PASS, "");
	fc.deadline_ms = 0;
}

static void put_config(struct fake_sysroot *fs, const char *addr, struct pci_config *cfg)
{
	char path[128];

	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/config", addr);
	fake_bytes(fs, path, cfg->data, cfg->len);
}

static void pf_config(struct pci_config *cfg)
{
	fake_config(cfg, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(cfg, 8, 128, 2, 0x10ca);
}

static void test_pcie_link(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg, port;

	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	/* Trained low, although both ends can do more. */
	pf_config(&cfg);
	fake_config_link(&cfg, 1, 4, 2, 4);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_WARN, "pcie_degraded");
	assert_null(strstr(fc.res.measured, "port"));
	/* A x8 card in a x4 slot: the port is named. */
	fake_config_link(&cfg, 2, 4, 2, 8);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_WARN, "pcie_degraded");
	assert_non_null(strstr(fc.res.measured, "port 0000:00:1c.0"));
	/* A slot that can do more than the card is fine, and so is no link at all. */
	fake_config(&port, 0x8086, 0x1c10, 0x060400);
	fake_config_port(&port, 1, 2);
	fake_config_link(&port, 2, 4, 4, 16);
	put_config(fs, "0000:00:1c.0", &port);
	fake_config_link(&cfg, 2, 4, 2, 4);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_config_link(&cfg, 0, 0, 2, 4);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
}

static void test_pcie_unhealthy(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg = { .len = PCI_CONFIG_SIZE };

	memset(cfg.data, 0xff, sizeof(cfg.data));
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "device_unhealthy");
	/* What was not looked at is no PASS. */
	pf_config(&cfg);
	cfg.len = 256;
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_WARN, "config_unreadable");
}

static void test_pcie_aer(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, PF_DIR "aer_dev_correctable", "RxErr 0\nBadTLP 0\nTOTAL_ERR_COR 0\n");
	fake_file(fs, PF_DIR "aer_dev_fatal", "Undefined 0\nTOTAL_ERR_FATAL 0\n");
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_file(fs, PF_DIR "aer_dev_correctable", "RxErr 2\nBadTLP 1\nTOTAL_ERR_COR 3\n");
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_WARN, "pcie_aer");
	fake_file(fs, PF_DIR "aer_dev_fatal", "Undefined 0\nTOTAL_ERR_FATAL 1\n");
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "pcie_aer");
}

/* The first six lines and the ROM's, then VF BARs 0 to 5 with the given first and fourth. */
static void put_resources(struct fake_sysroot *fs, const char *vf_bar0, const char *vf_bar3)
{
	static const char none[] = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	char text[2048] = "";
	unsigned int i;

	for (i = 0; i < 13; i++)
		strcat(text, i == 7 ? vf_bar0 : i == 10 ? vf_bar3 : none);
	fake_file(fs, PF_DIR "resource", text);
}

static void test_pcie_vf_bars(void **state)
{
	static const char good[] = "0x00000000e0000000 0x00000000e001ffff 0x000000000014220c\n";
	static const char none[] = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
	static const char unset[] = "0x0000000000000000 0x000000000001ffff 0x000000002014220c\n";
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;

	put_resources(fs, good, good);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	/* Above 4 GB, a BAR's second register is not 0 and is no BAR. */
	pf_config(&cfg);
	fake_put32(cfg.data + 0x160 + PCI_SRIOV_BAR + 4, 0x38);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	put_resources(fs, good, none);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "vf_resources_mmio");
	put_resources(fs, unset, good);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "vf_resources_mmio");
	/* Without the kernel's view the registers have to do: a type, but no address. */
	fake_remove(fs, PF_DIR "resource");
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_put32(cfg.data + 0x160 + PCI_SRIOV_BAR, 0xc);
	fake_put32(cfg.data + 0x160 + PCI_SRIOV_BAR + 4, 0);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "vf_resources_mmio");
}

/* A real 82576 without ARI: its VFs are on the next bus, which the bridge may not have. */
static void test_pcie_buses(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg, port;

	fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(&cfg, 8, 384, 2, 0x10ca);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_config(&port, 0x8086, 0x1c10, 0x060400);
	fake_config_port(&port, 1, 1);
	put_config(fs, "0000:00:1c.0", &port);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "vf_resources_bus");
	assert_non_null(strstr(fc.res.measured, "0 of 7 VFs"));
	/* Three fit: VFs 0 to 2 at 01:1f.2, .4 and .6. */
	fake_config_sriov(&cfg, 8, 250, 2, 0x10ca);
	put_config(fs, "0000:01:00.0", &cfg);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "vf_resources_bus");
	assert_non_null(strstr(fc.res.measured, "3 of 7 VFs"));
	/* Beyond the last bus of all there is none, and no small number. */
	fake_config_sriov(&cfg, 8, 0xffff, 2, 0x10ca);
	put_config(fs, "0000:01:00.0", &cfg);
	fake_config_port(&port, 1, 255);
	put_config(fs, "0000:00:1c.0", &port);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "vf_resources_bus");
}

static void put_port(struct fake_sysroot *fs, unsigned int type, bool can, bool does)
{
	struct pci_config port;

	fake_config(&port, 0x8086, 0x8d18, 0x060400);
	fake_config_port(&port, 1, 4);
	fake_config_ari(&port, type, can, does);
	put_config(fs, "0000:00:1c.0", &port);
}

/* @vfs of the driver at @offset and @stride; the card's ARI Capable Hierarchy. */
static void put_pf(struct fake_sysroot *fs, unsigned int vfs, uint16_t offset, uint16_t stride,
		   bool hierarchy)
{
	struct pci_config cfg;
	char text[16];

	fake_config(&cfg, 0x15b3, 0x1017, 0x020000);
	fake_config_sriov(&cfg, 8, offset, stride, 0x1018);
	fake_put16(cfg.data + 0x160 + PCI_SRIOV_CTRL, hierarchy ? PCI_SRIOV_CTRL_ARI : 0);
	put_config(fs, "0000:01:00.0", &cfg);
	util_format(text, sizeof(text), "%u\n", vfs);
	fake_file(fs, PF_DIR "sriov_totalvfs", text);
}

/*
 * Without ARI forwarding a port passes on device 0 of its own bus only, and all of the buses
 * beyond.
 */
static void test_pcie_ari(void **state)
{
	static const struct {
		unsigned int type;
		bool can, does, hierarchy;
		unsigned int vfs, offset, stride;
		const char *label, *text;
	} table[] = {
		{ PCI_EXP_TYPE_ROOT_PORT, true, true, true, 8, 2, 1, "", "ARI 1" },
		/* A ConnectX-5 has its first six VFs beside itself. */
		{ PCI_EXP_TYPE_ROOT_PORT, false, false, false, 8, 2, 1, "sriov_no_ari",
		  "6 of 8 VFs can be reached, VF 6 at 0000:01:01.0 cannot: root port 0000:00:1c.0 "
		  "has no ARI forwarding" },
		{ PCI_EXP_TYPE_ROOT_PORT, false, false, false, 6, 2, 1, "", "ARI 0" },
		/* An E810 has none there. */
		{ PCI_EXP_TYPE_DOWNSTREAM, false, false, false, 8, 8, 1, "sriov_no_ari",
		  "0 of 8 VFs can be reached, VF 0 at 0000:01:01.0 cannot: switch port" },
		{ PCI_EXP_TYPE_ROOT_PORT, true, false, false, 8, 8, 1, "sriov_ari_off",
		  "ARI forwarding of root port 0000:00:1c.0 is off" },
		{ PCI_EXP_TYPE_ROOT_PORT, true, true, false, 8, 8, 1, "sriov_ari_off",
		  "ARI Capable Hierarchy of the card is off" },
		/* What the card says counts for nothing if the port does not forward. */
		{ PCI_EXP_TYPE_ROOT_PORT, false, false, true, 8, 128, 1, "sriov_no_ari", "0 of 8" },
		/* An I350 without ARI has its VFs on the next bus. */
		{ PCI_EXP_TYPE_ROOT_PORT, false, false, false, 7, 384, 4, "", "ARI 0" },
		/* One beside the PF, one at device 16 of its bus, two on the next. */
		{ PCI_EXP_TYPE_ROOT_PORT, false, false, false, 4, 4, 126, "sriov_no_ari",
		  "3 of 4 VFs can be reached, VF 1 at 0000:01:10.2" },
		/* What is above is no PCI Express port that leaves anything out. */
		{ PCI_EXP_TYPE_PCI_BRIDGE, false, false, true, 8, 8, 1, "", "ARI 1" },
	};
	struct fake_sysroot *fs = *state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		put_port(fs, table[i].type, table[i].can, table[i].does);
		put_pf(fs, table[i].vfs, (uint16_t)table[i].offset, (uint16_t)table[i].stride,
		       table[i].hierarchy);
		run(fs, "nic_pcie");
		assert_verdict(&fc, table[i].label[0] ? VERDICT_FAIL : VERDICT_PASS,
			       table[i].label);
		if (!strstr(fc.res.measured, table[i].text))
			fail_msg("row %u: %s", i, fc.res.measured);
	}
	/* A port of before ARI: its capability ends before the register. */
	put_port(fs, PCI_EXP_TYPE_ROOT_PORT, true, true);
	put_pf(fs, 8, 8, 1, true);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	put_port(fs, PCI_EXP_TYPE_ROOT_PORT, true, true);
	{
		struct pci_config old;

		fake_config(&old, 0x8086, 0x340a, 0x060400);
		fake_config_port(&old, 1, 4);
		fake_put16(old.data + 0xa0 + PCI_EXP_FLAGS, PCI_EXP_TYPE_ROOT_PORT << 4 | 1);
		put_config(fs, "0000:00:1c.0", &old);
	}
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
}

/* The bit is in the card's lowest PF only: the others are judged by that one. */
static void test_pcie_ari_second_port(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;

	put_port(fs, PCI_EXP_TYPE_ROOT_PORT, true, true);
	put_pf(fs, 8, 128, 2, true);
	fake_config(&cfg, 0x15b3, 0x1017, 0x020000);
	fake_config_sriov(&cfg, 8, 128, 2, 0x1018);
	fake_put16(cfg.data + 0x160 + PCI_SRIOV_CTRL, 0);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:01:00.1",
					     .parent = "0000:00:1c.0",
					     .vendor = 0x15b3,
					     .device = 0x1017,
					     .class = 0x020000,
					     .driver = "mlx5_core",
					     .config = &cfg,
					     .total_vfs = 8,
					     .vf_offset = 128,
					     .vf_stride = 2,
					     .vf_device = 0x1018 });
	fc.pf = "0000:01:00.1";
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fc.res.measured, "ARI 1"));
	assert_true(fc.inv.nics[1].ari);
	/* And so is one whose own bit would say otherwise. */
	put_pf(fs, 8, 128, 2, false);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_ari_off");
	assert_false(fc.inv.nics[1].ari);
	put_pf(fs, 8, 128, 2, true);
	put_port(fs, PCI_EXP_TYPE_ROOT_PORT, false, false);
	run(fs, "nic_pcie");
	assert_verdict(&fc, VERDICT_FAIL, "sriov_no_ari");
}

static bool alone(struct fake_sysroot *fs, char why[256])
{
	struct ctx ctx = { .root = &fs->root, .inv = &fc.inv };

	assert_int_equal(inventory_scan(&fs->root, &fc.inv), 0);
	ctx.pf = &fc.inv.nics[0];
	return req_pf_alone.met(&ctx, why, 256);
}

/* A PF that cannot be given away by itself: cases with it do not apply, those with VFs go on. */
static void test_pf_not_alone(void **state)
{
	static const char reserved[] = "sys/kernel/iommu_groups/10/reserved_regions";
	struct fake_sysroot *fs = *state;
	char why[256];

	assert_true(alone(fs, why));
	assert_true(req_pf_alone.not_applicable);
	/* The port above does no DMA, and the PF's own VFs are gone before the PF is given away. */
	fake_link(fs, "sys/kernel/iommu_groups/10/devices/0000:00:1c.0", "x");
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:02:10.0",
					     .parent = "0000:00:1c.0",
					     .class = 0x020000,
					     .group = 10 });
	fake_link(fs, "sys/bus/pci/devices/0000:02:10.0/physfn", "../0000:01:00.0");
	assert_true(alone(fs, why));
	fake_file(fs, reserved, "0x0000000000000000 0x0000000000ffffff direct-relaxable\n");
	assert_true(alone(fs, why));
	fake_file(fs, reserved, "0x00000000bdffd000 0x00000000bdffffff direct\n");
	assert_false(alone(fs, why));
	assert_non_null(strstr(why, "reserves the region 0x00000000bdffd000"));
	fake_remove(fs, reserved);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:01:00.1",
					     .parent = "0000:00:1c.0",
					     .class = 0x020000,
					     .driver = "igb",
					     .group = 10 });
	assert_false(alone(fs, why));
	assert_non_null(strstr(why, "0000:01:00.1 is in its IOMMU group 10"));
}

/* With a peer or without, such a PF has the same reason: it is asked for before the peer. */
static void test_pf_cases_ask_for_it(void **state)
{
	static const struct case_def *const tables[] = { assign_cases, plug_cases, neg_cases };
	const struct case_def *def;
	unsigned int i, k, n = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (def = tables[i]; def->id; def++)
			for (k = 1; k < CASE_MAX_NEEDS && def->needs[k]; k++)
				if (def->needs[k] == &req_second_pf) {
					assert_ptr_equal(def->needs[k - 1], &req_pf_alone);
					n++;
				}
	assert_int_equal(n, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_driver, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_driver_hangs, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_driver_without_netdev, setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_no_vectors, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_no_driver, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_driver_gone, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_driver_left_out, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_firmware_left_out, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_no_numvfs, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_netdev_function, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_link, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_no_link, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_link, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_unhealthy, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_aer, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_vf_bars, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_buses, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_ari, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pcie_ari_second_port, setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_pf_not_alone, setup, fake_tree_teardown),
		cmocka_unit_test(test_pf_cases_ask_for_it),
	};

	return cmocka_run_group_tests(tests, make_veth, NULL);
}
