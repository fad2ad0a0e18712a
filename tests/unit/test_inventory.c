/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inventory of a fake machine, and its JSON. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sys/dmi.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/sriov.h"

static struct inventory inv;

static void test_host(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, "sys/class/dmi/id/sys_vendor", "ACME Corp.\n");
	fake_file(fs, "sys/class/dmi/id/product_name", "Anvil \xc3\xa9\n");
	fake_file(fs, "sys/class/dmi/id/product_serial", "To be filled by O.E.M.\n");
	fake_file(fs, "sys/class/dmi/id/board_serial", "Default string\n");
	fake_file(fs, "sys/class/dmi/id/chassis_serial", "SN 42\n");
	fake_file(fs, "sys/class/dmi/id/bios_version", "1.2\n");
	fake_file(fs, "proc/cpuinfo",
		  "processor\t: 0\nmodel name\t: Test CPU @ 2 GHz\nflags\t\t: fpu vmx_x svm\n\n"
		  "processor\t: 1\nmodel name\t: Test CPU @ 2 GHz\nflags\t\t: fpu vmx_x svm\n");
	fake_file(fs, "proc/meminfo", "MemTotal:       16384 kB\nMemFree:  1 kB\n");
	fake_file(fs, "proc/sys/kernel/osrelease", "6.12.0\n");
	fake_file(fs, "proc/cmdline", "quiet intel_iommu=on\n");
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_string_equal(inv.host.vendor, "ACME Corp.");
	assert_string_equal(inv.host.product, "Anvil ??");
	assert_string_equal(inv.host.serial, "SN 42");
	assert_string_equal(inv.host.board, "");
	assert_string_equal(inv.host.cpu_model, "Test CPU @ 2 GHz");
	assert_int_equal(inv.host.cpus, 2);
	assert_int_equal(inv.host.memory_kb, 16384);
	assert_string_equal(inv.host.kernel, "6.12.0");
	assert_string_equal(inv.host.cmdline, "quiet intel_iommu=on");
	assert_true(inv.host.cpu_svm);
	assert_false(inv.host.cpu_vmx);
	assert_false(inv.host.kvm);
}

static void test_placeholders(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{ "", true },
		{ "To be filled by O.E.M.", true },
		{ "To Be Filled By O.E.M. by More String", true },
		{ "Default string", true },
		{ "0123456789", true },
		{ "123456789", true },
		{ "1234567890", true },
		{ "0", true },
		{ "00000000", true },
		{ "XXXXXXXXXX", true },
		{ "................", true },
		{ "System Serial Number", true },
		{ "N/A", true },
		{ "Not Specified", true },
		{ "00000000-0000-0000-0000-000000000000", true },
		{ "ffffffff-ffff-ffff-ffff-ffffffffffff", true },
		{ "03000200-0400-0500-0006-000700080009", true },
		{ "LAB-0001", false },
		{ "CZ20360HXJ", false },
		{ "4c4c4544-0044-4810-8031-b4c04f564432", false },
		{ "0123456789X", false },
		{ "7J2K", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (dmi_is_placeholder(rows[i].text) != rows[i].is)
			fail_msg("'%s'", rows[i].text);
}

/* What tells machines apart, as far as the firmware was told it. */
static void test_identity(void **state)
{
	struct fake_sysroot *fs = *state;
	struct host_info h;

	fake_file(fs, "sys/class/dmi/id/product_serial", "0123456789\n");
	fake_file(fs, "sys/class/dmi/id/board_serial", "BS 7\n");
	fake_file(fs, "sys/class/dmi/id/product_uuid", "4c4c4544-0044-4810-8031-b4c04f564432\n");
	inventory_scan_host(&fs->root, &h);
	assert_string_equal(h.serial, "BS 7");
	assert_string_equal(h.board_serial, "BS 7");
	assert_string_equal(h.uuid, "4c4c4544-0044-4810-8031-b4c04f564432");
	fake_file(fs, "sys/class/dmi/id/product_uuid", "03000200-0400-0500-0006-000700080009\n");
	inventory_scan_host(&fs->root, &h);
	assert_string_equal(h.uuid, "");
}

/* The program waits longer than a test can. 0: as it does. */
static unsigned int patience_ms;

uint64_t __real_sysroot_recovery_ms(const struct sysroot *r, uint64_t ms);
uint64_t __wrap_sysroot_recovery_ms(const struct sysroot *r, uint64_t ms);

uint64_t __wrap_sysroot_recovery_ms(const struct sysroot *r, uint64_t ms)
{
	return patience_ms ? patience_ms : __real_sysroot_recovery_ms(r, ms);
}

/* A file of sysfs whose read does not come back: a FIFO without a writer. */
static void never_answers(const struct fake_sysroot *fs, const char *path)
{
	fake_remove(fs, path);
	assert_int_equal(mkfifoat(fs->root.fd, path, 0600), 0);
}

static void test_nic_that_is_silent(void **state)
{
	static const char *const files[] = { "subsystem_vendor", "sriov_numvfs",
					     "net/eth0/address" };
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;
	char path[128], name[64];
	size_t i;

	patience_ms = 1000;
	fake_add_igb(fs, "eth0");
	fake_config(&cfg, 0x8086, 0x1572, 0x020000);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:19.0",
					     .vendor = 0x8086,
					     .device = 0x1572,
					     .class = 0x020000,
					     .ifname = "eth7",
					     .config = &cfg });
	fake_file(fs, "sys/class/net/eth0/address", "52:54:00:00:00:01\n");
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		const uint64_t begin = util_now_ms();

		if (i == 2)
			util_format(path, sizeof(path), "sys/class/net/eth0/address");
		else
			util_format(path, sizeof(path), "sys/bus/pci/devices/0000:01:00.0/%s",
				    files[i]);
		never_answers(fs, path);
		assert_int_equal(inventory_scan(&fs->root, &inv), 0);
		assert_true(util_now_ms() - begin < 8000);
		assert_int_equal(inv.n_nics, 2);
		assert_false(inv.nics[0].silent);
		assert_string_equal(inv.nics[0].ifname, "eth7");
		assert_true(inv.nics[1].silent);
		assert_string_equal(inv.nics[1].driver, "igb");
		assert_false(inventory_nic_is_pf(&inv.nics[1]));
		/* Nobody touches it from now on. */
		assert_true(driver_hangs(&fs->root, &inv.nics[1].addr, name, sizeof(name)));
		assert_string_equal(name, "igb");
		fake_remove(fs, path);
		fake_file(fs, path, "0x1\n");
		fake_remove(fs, "run/vfproof/hangs/0000:01:00.0");
	}
	patience_ms = 0;
}

static void test_host_that_is_silent(void **state)
{
	struct fake_sysroot *fs = *state;

	patience_ms = 1000;
	fake_add_igb(fs, "eth0");
	fake_file(fs, "sys/class/dmi/id/sys_vendor", "ACME Corp.\n");
	fake_file(fs, "sys/class/dmi/id/bios_version", "1.2\n");
	never_answers(fs, "sys/class/dmi/id/bios_version");
	assert_false(inventory_scan_host(&fs->root, &inv.host));
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	patience_ms = 0;
	assert_string_equal(inv.host.bios_version, "");
	assert_int_equal(inv.n_nics, 1);
	assert_string_equal(inv.nics[0].driver, "igb");
}

static void test_serial_of_no_board(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, "sys/class/dmi/id/product_serial", "0\n");
	fake_file(fs, "sys/class/dmi/id/board_serial", "none\n");
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_string_equal(inv.host.serial, "");
}

static void test_iommu(void **state)
{
	struct fake_sysroot *fs = *state;

	assert_true(inventory_scan_iommu(&fs->root, &inv.iommu));
	assert_int_equal(inv.iommu.kind, IOMMU_NONE);
	fake_file(fs, "sys/firmware/acpi/tables/IVRS", "x");
	assert_true(inventory_scan_iommu(&fs->root, &inv.iommu));
	assert_int_equal(inv.iommu.kind, IOMMU_AMD);
	assert_int_equal(inv.iommu.units, 0);
	fake_dir(fs, "sys/class/iommu/dmar0");
	fake_dir(fs, "sys/class/iommu/dmar1");
	fake_dir(fs, "sys/kernel/iommu_groups/0");
	assert_true(inventory_scan_iommu(&fs->root, &inv.iommu));
	assert_int_equal(inv.iommu.kind, IOMMU_INTEL);
	assert_int_equal(inv.iommu.units, 2);
	assert_int_equal(inv.iommu.groups, 1);
	assert_true(inv.iommu.table_ivrs && !inv.iommu.table_dmar);
}

static void test_irqs(void **state)
{
	struct fake_sysroot *fs = *state;
	unsigned int remapped, plain;

	fake_file(fs, "proc/interrupts",
		  "            CPU0       CPU1\n"
		  "  4:        100          0  IR-IO-APIC    4-edge      ttyS0\n"
		  " 24:          0          0  DMAR-MSI    0-edge      dmar0\n"
		  " 25:          0         12  IR-PCI-MSIX-0000:01:00.0    0-edge      IR-eth0\n"
		  " 26:          1          0  PCI-MSI 49152-edge      IR-like-name\n"
		  "NMI:          0          0   IR- Non-maskable interrupts\n");
	assert_int_equal(inventory_count_irqs(&fs->root, &remapped, &plain), 0);
	assert_int_equal(remapped, 2);
	assert_int_equal(plain, 1);
	assert_true(inventory_scan_iommu(&fs->root, &inv.iommu));
	assert_true(inv.iommu.irq_remap);
}

/* A table of a server with thousands of processors and interrupts is read to its end. */
static void test_large_files(void **state)
{
	static const char row[] = " 24:          0          0  DMAR-MSI    0-edge      dmar0\n";
	static const char last[] = " 25:   0  IR-PCI-MSIX-0000:01:00.0    0-edge      eth0\n";
	static const char cpu[] = "processor\t: 1\nmodel name\t: A\nflags\t\t: fpu vmx svm_not\n\n";
	const size_t rows = (33u << 20) / (sizeof(row) - 1), cpus = 200000;
	_cleanup_free_ char *text = malloc((34u << 20) + cpus * sizeof(cpu));
	struct fake_sysroot *fs = *state;
	unsigned int remapped, plain;
	size_t i, len = 0;

	for (i = 0; i < rows; i++, len += sizeof(row) - 1)
		memcpy(text + len, row, sizeof(row) - 1);
	memcpy(text + len, last, sizeof(last) - 1);
	fake_bytes(fs, "proc/interrupts", text, len + sizeof(last) - 1);
	assert_int_equal(inventory_count_irqs(&fs->root, &remapped, &plain), 0);
	assert_int_equal(remapped, 1);
	for (i = len = 0; i < cpus; i++, len += sizeof(cpu) - 1)
		memcpy(text + len, cpu, sizeof(cpu) - 1);
	fake_bytes(fs, "proc/cpuinfo", text, len);
	inventory_scan_host(&fs->root, &inv.host);
	assert_int_equal(inv.host.cpus, cpus);
	assert_true(inv.host.cpu_vmx && !inv.host.cpu_svm);
	/* One that cannot be read says nothing, which is not "off". */
	fake_remove(fs, "proc/interrupts");
	fake_dir(fs, "proc/interrupts");
	assert_true(inventory_count_irqs(&fs->root, &remapped, &plain) < 0);
	inventory_scan_iommu(&fs->root, &inv.iommu);
	assert_true(inv.iommu.irqs_unread && !inv.iommu.irq_remap);
}

/* The whole kernel command line is in the inventory, or that it is not. */
static void test_cmdline(void **state)
{
	_cleanup_free_ char *text = calloc(1, 10000);
	struct fake_sysroot *fs = *state;

	memset(text, 'a', 5000);
	memcpy(text + 4990, " last=1\n", 9);
	fake_file(fs, "proc/cmdline", text);
	inventory_scan_host(&fs->root, &inv.host);
	assert_non_null(strstr(inv.host.cmdline, " last=1"));
	memset(text, 'a', 9000);
	fake_file(fs, "proc/cmdline", text);
	inventory_scan_host(&fs->root, &inv.host);
	assert_string_equal(inv.host.cmdline, "(longer than 8191 characters)");
}

static void test_nics(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct pci_addr pf = { 0, 1, 0, 0 };
	struct sriov_state st;
	struct pci_config cfg;
	const struct nic *n;

	fake_add_igb(fs, "eth0");
	fake_file(fs, "sys/bus/pci/slots/3-1/address", "0000:01:00\n");
	fake_config(&cfg, 0x8086, 0x1572, 0x020000);
	cfg.len = 256;
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:19.0",
					     .vendor = 0x8086,
					     .device = 0x1572,
					     .class = 0x020000,
					     .config = &cfg });
	/* VFs are not listed, nor is what is no network controller. */
	assert_int_equal(sriov_set_numvfs(&fs->root, &pf, 2, 1000, &st), 0);
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inv.n_nics, 2);

	n = &inv.nics[0];
	assert_true(n->config_truncated);
	assert_false(n->sriov_cap || inventory_nic_is_pf(n));
	assert_string_equal(n->driver, "");
	assert_int_equal(n->iommu_group, -1);
	assert_int_equal(n->sysfs_total_vfs, -1);

	n = &inv.nics[1];
	assert_true(n->sriov_cap && inventory_nic_is_pf(n) && !n->config_truncated);
	assert_string_equal(n->name, "Intel 82576 Gigabit");
	assert_string_equal(n->driver, "igb");
	assert_string_equal(n->ifname, "eth0");
	assert_string_equal(n->mac, "02:00:00:00:00:01");
	assert_string_equal(n->slot, "3-1");
	assert_int_equal(n->cap_total_vfs, 8);
	assert_int_equal(n->sysfs_total_vfs, 7);
	assert_int_equal(n->num_vfs, 2);
	assert_int_equal(n->iommu_group, 10);
	assert_int_equal(n->link.speed_mtps, 5000);
	assert_int_equal(n->link.width, 4);
	assert_true(n->ari);
	assert_int_equal(inventory_max_vfs(n), 7);
}

static void add_many_nics(const struct fake_sysroot *fs, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++) {
		char addr[PCI_ADDR_STRLEN];

		util_format(addr, sizeof(addr), "0000:%02x:00.0", i);
		fake_add_pci(fs, &(struct fake_pci){ .addr = addr,
						     .vendor = 0x8086,
						     .device = 0x10d3,
						     .class = 0x020000 });
	}
}

/* As many controllers as there is room for are all; of more, those with VFs come first. */
static void test_many_nics(void **state)
{
	struct fake_sysroot *fs = *state;

	add_many_nics(fs, 2, 2 + INVENTORY_MAX_NICS);
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inv.n_nics, INVENTORY_MAX_NICS);
	assert_int_equal(inv.n_found, INVENTORY_MAX_NICS);
	add_many_nics(fs, 2 + INVENTORY_MAX_NICS, 100);
	fake_file(fs, "sys/bus/pci/devices/0000:63:00.0/sriov_totalvfs", "8\n");
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inv.n_nics, INVENTORY_MAX_NICS);
	assert_int_equal(inv.n_found, 98);
	assert_int_equal(inv.nics[0].addr.bus, 2);
	assert_int_equal(inv.nics[INVENTORY_MAX_NICS - 2].addr.bus, INVENTORY_MAX_NICS);
	assert_int_equal(inv.nics[INVENTORY_MAX_NICS - 1].addr.bus, 0x63);
}

static void test_max_vfs(void **state)
{
	struct nic n = { .cap_total_vfs = 64, .sysfs_total_vfs = 64 };
	struct profile p = { .max_vfs = 63 };

	(void)state;
	assert_int_equal(inventory_max_vfs(&n), 64);
	n.profile = &p;
	assert_int_equal(inventory_max_vfs(&n), 63); /* no driver has said so yet */
	strcpy(n.driver, "ixgbe");
	n.sysfs_total_vfs = 31;
	assert_int_equal(inventory_max_vfs(&n), 31);
	n.sysfs_total_vfs = 0;
	assert_int_equal(inventory_max_vfs(&n), 0);
}

/* A capability with TotalVFs 0: SR-IOV is turned off in the adapter. */
static void test_total_vfs_zero(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;

	fake_config(&cfg, 0x19a2, 0x0710, 0x020000);
	fake_config_sriov(&cfg, 0, 0, 0, 0x0710);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:02:00.0",
					     .vendor = 0x19a2,
					     .device = 0x0710,
					     .class = 0x020000,
					     .config = &cfg });
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_true(inv.nics[0].sriov_cap);
	assert_false(inventory_nic_is_pf(&inv.nics[0]));
	assert_int_equal(inventory_sriov(&inv.nics[0]), NIC_SRIOV_OFF);
}

/* A port that is set to InfiniBand has VFs, but there is nothing that could be tried on it. */
static void test_infiniband(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_add_igb(fs, NULL);
	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/class", "0x020700\n");
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inventory_sriov(&inv.nics[0]), NIC_SRIOV_ON);
	assert_false(inventory_nic_is_pf(&inv.nics[0]));
}

static void test_rescan(void **state)
{
	struct fake_sysroot *fs = *state;
	struct nic n;

	fake_add_igb(fs, NULL);
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	n = inv.nics[0];
	assert_string_equal(n.ifname, "");
	fake_dir(fs, "sys/bus/pci/devices/0000:01:00.0/net/eth5");
	assert_int_equal(inventory_rescan_nic(&fs->root, &n), 0);
	assert_string_equal(n.ifname, "eth5");
	assert_int_equal(n.cap_total_vfs, 8);
	n.addr.bus = 9;
	assert_int_equal(inventory_rescan_nic(&fs->root, &n), -ENODEV);
}

static void test_json(void **state)
{
	struct fake_sysroot *fs = *state;
	json_t *j, *nic;

	fake_add_igb(fs, "eth0");
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	j = inventory_to_json(&inv);
	assert_non_null(j);
	assert_true(json_is_object(json_object_get(j, "host")));
	assert_string_equal(json_string_value(json_object_get(json_object_get(j, "iommu"), "kind")),
			    "intel");
	nic = json_array_get(json_object_get(j, "nics"), 0);
	assert_string_equal(json_string_value(json_object_get(nic, "address")), "0000:01:00.0");
	assert_string_equal(json_string_value(json_object_get(nic, "device")), "10c9");
	assert_string_equal(json_string_value(json_object_get(nic, "class")), "020000");
	assert_true(json_is_true(json_object_get(nic, "sriov")));
	assert_string_equal(json_string_value(json_object_get(nic, "sriov_state")), "on");
	assert_int_equal(json_integer_value(json_object_get(nic, "total_vfs")), 7);
	assert_string_equal(json_string_value(json_object_get(nic, "profile")), "intel-82576");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(nic, "link"), "speed_mtps")),
		5000);
	assert_true(json_is_null(json_object_get(json_object_get(nic, "port"), "speed_mbps")));
	assert_true(json_is_null(json_object_get(nic, "peer")));
	assert_int_equal(json_array_size(json_object_get(nic, "reaches")), 0);
	json_decref(j);
	/* Bits and indices are told as addresses. */
	inv.nics[0].peer = 0;
	inv.nics[0].reaches = 1;
	j = inventory_to_json(&inv);
	nic = json_array_get(json_object_get(j, "nics"), 0);
	assert_string_equal(json_string_value(json_object_get(nic, "peer")), "0000:01:00.0");
	assert_string_equal(json_string_value(json_array_get(json_object_get(nic, "reaches"), 0)),
			    "0000:01:00.0");
	json_decref(j);
}

/* Which functions are of one physical port, and of one card, by what the drivers tell. */
static void test_ports_and_cards(void **state)
{
	static const struct {
		const char *what;
		struct nic a, b;
		bool same_port, other_port, same_card;
	} rows[] = {
		{ "two cards that tell nothing",
		  { .addr = { .bus = 1 } },
		  { .addr = { .bus = 2 } },
		  false,
		  false,
		  false },
		{ "two functions that tell nothing",
		  { .addr = { .bus = 1 } },
		  { .addr = { .bus = 1, .fn = 1 } },
		  false,
		  false,
		  true },
		{ "NPAR of i40e or bnx2x: the port's id",
		  { .addr = { .bus = 1 }, .port_id = "3cfdfe9e1234" },
		  { .addr = { .bus = 1, .fn = 2 }, .port_id = "3cfdfe9e1234" },
		  true,
		  false,
		  true },
		{ "their next port",
		  { .addr = { .bus = 1 }, .port_id = "3cfdfe9e1234" },
		  { .addr = { .bus = 1, .fn = 1 }, .port_id = "3cfdfe9e1236" },
		  false,
		  true,
		  true },
		{ "Socket Direct of mlx5: one switch and port at two addresses",
		  { .addr = { .bus = 1 }, .switch_id = "5a6b", .port_name = "p0" },
		  { .addr = { .bus = 0x81 }, .switch_id = "5a6b", .port_name = "p0" },
		  true,
		  false,
		  true },
		{ "two ports of one switch",
		  { .addr = { .bus = 1 }, .switch_id = "5a6b", .port_name = "p0" },
		  { .addr = { .bus = 1, .fn = 1 }, .switch_id = "5a6b", .port_name = "p1" },
		  false,
		  true,
		  true },
		{ "ports of the same name in two cards",
		  { .addr = { .bus = 1 }, .switch_id = "5a6b", .port_name = "p0" },
		  { .addr = { .bus = 2 }, .switch_id = "5a6c", .port_name = "p0" },
		  false,
		  false,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (inventory_is_same_port(&rows[i].a, &rows[i].b) != rows[i].same_port ||
		    inventory_is_other_port(&rows[i].a, &rows[i].b) != rows[i].other_port ||
		    inventory_is_same_card(&rows[i].b, &rows[i].a) != rows[i].same_card)
			fail_msg("%s", rows[i].what);
}

static void test_port_ids(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_add_igb(fs, "eth0");
	fake_file(fs, "sys/class/net/eth0/phys_port_id", "3cfdfe9e1234\n");
	fake_file(fs, "sys/class/net/eth0/phys_switch_id", "5a6b\n");
	fake_file(fs, "sys/class/net/eth0/phys_port_name", "p1\n");
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_string_equal(inv.nics[0].port_id, "3cfdfe9e1234");
	assert_string_equal(inv.nics[0].switch_id, "5a6b");
	assert_string_equal(inv.nics[0].port_name, "p1");
}

static void test_empty_machine(void **state)
{
	struct fake_sysroot *fs = *state;
	json_t *j;

	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inv.n_nics, 0);
	j = inventory_to_json(&inv);
	assert_int_equal(json_array_size(json_object_get(j, "nics")), 0);
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports_and_cards),
		cmocka_unit_test_setup_teardown(test_port_ids, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test_setup_teardown(test_identity, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_nic_that_is_silent, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host_that_is_silent, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_serial_of_no_board, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_iommu, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_irqs, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_large_files, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_cmdline, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_nics, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_many_nics, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test(test_max_vfs),
		cmocka_unit_test_setup_teardown(test_total_vfs_zero, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_infiniband, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_rescan, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_json, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_empty_machine, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
