/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases on the host, on good and on wanting machines. */
#include "fake_case.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/acpi.h"
#include "sys/link.h"
#include "sys/sockets.h"

static struct fake_case fc;

static void run(struct fake_sysroot *fs, const char *id)
{
	fake_case_run(&fc, fs, host_cases, id);
}

static int setup(void **state)
{
	memset(&fc, 0, sizeof(fc));
	return fake_tree_setup(state);
}

/* An Intel host with everything on and one SR-IOV NIC. */
static int setup_good(void **state)
{
	struct fake_sysroot *fs;
	uint8_t table[256];

	setup(state);
	fs = *state;
	fake_add_igb(fs, "eth0");
	fake_bytes(fs, "sys/firmware/acpi/tables/DMAR", table, fake_dmar(table));
	fake_file(fs, "proc/cmdline", "quiet intel_iommu=on\n");
	fake_file(fs, "proc/interrupts", "  4:  1  0  IR-IO-APIC 4-edge ttyS0\n");
	return 0;
}

static void test_cpu_virt(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_file(fs, "proc/cpuinfo", "processor : 0\nmodel name : x\nflags : fpu\n");
	run(fs, "host_cpu_virt");
	assert_verdict(&fc, VERDICT_FAIL, "cpu_virt_missing");
	fake_file(fs, "dev/kmsg", "4,1,2,-;x86/cpu: VMX (outside TXT) disabled by BIOS\n");
	run(fs, "host_cpu_virt");
	assert_verdict(&fc, VERDICT_FAIL, "cpu_virt_locked");
	assert_non_null(strstr(fc.res.measured, "outside TXT"));
	fake_file(fs, "dev/kmsg", "");
	fake_file(fs, "proc/cpuinfo", "processor : 0\nmodel name : x\nflags : fpu vmx\n");
	run(fs, "host_cpu_virt");
	assert_verdict(&fc, VERDICT_FAIL, "kvm_unusable");
}

static void test_iommu_firmware(void **state)
{
	struct fake_sysroot *fs = *state;
	uint8_t table[256];
	size_t len;

	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_non_null(strstr(fake_case_evidence(&fc, "table"), "DMAR"));
	assert_non_null(strstr(fake_case_evidence(&fc, "reserved_region"), "0xbf000000"));
	assert_non_null(strstr(fake_case_evidence(&fc, "flags"), "x2apic opt-out 1"));

	len = fake_dmar(table);
	table[9]++;
	fake_bytes(fs, "sys/firmware/acpi/tables/DMAR", table, len);
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_FAIL, "iommu_table_malformed");
	assert_false(fc.res.prerequisite);

	fake_remove(fs, "sys/firmware/acpi/tables/DMAR");
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_FAIL, "iommu_firmware_missing");
	assert_true(fc.res.prerequisite);

	fake_bytes(fs, "sys/firmware/acpi/tables/IVRS", table, fake_ivrs(table));
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_PASS, "");
}

static void assert_cmdline(struct fake_sysroot *fs, const char *cmdline, enum verdict want)
{
	fake_file(fs, "proc/cmdline", cmdline);
	run(fs, "host_iommu_cmdline");
	assert_verdict(&fc, want, want == VERDICT_FAIL ? "iommu_cmdline_off" : "");
	assert_int_equal(fc.res.prerequisite, want == VERDICT_FAIL);
}

static void test_iommu_cmdline(void **state)
{
	struct fake_sysroot *fs = *state;

	assert_cmdline(fs, "quiet intel_iommu=on\n", VERDICT_PASS);
	assert_cmdline(fs, "quiet\n", VERDICT_PASS);
	assert_cmdline(fs, "intel_iommu=on,sm_on iommu=pt\n", VERDICT_PASS);
	assert_string_equal(fake_case_evidence(&fc, "parameter"), "intel_iommu=on,sm_on");
	assert_cmdline(fs, "intel_iommu=off\n", VERDICT_FAIL);
	assert_cmdline(fs, "a intel_iommu=sm_on,off b\n", VERDICT_FAIL);
	assert_cmdline(fs, "iommu=off\n", VERDICT_FAIL);
	assert_cmdline(fs, "amd_iommu=off\n", VERDICT_PASS); /* this is an Intel host */
	assert_cmdline(fs, "intel_iommu=offside xintel_iommu=off\n", VERDICT_PASS);
	fake_remove(fs, "sys/firmware/acpi/tables/DMAR");
	fake_remove(fs, "sys/class/iommu");
	assert_cmdline(fs, "quiet\n", VERDICT_PASS);
	assert_cmdline(fs, "amd_iommu=off\n", VERDICT_FAIL);
}

static void test_iommu_on(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "host_iommu_on");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_file(fs, "sys/kernel/iommu_groups/10/type", "identity\n");
	run(fs, "host_iommu_on");
	assert_verdict(&fc, VERDICT_WARN, "iommu_identity");
	/* Groups there are, but not for the NIC. */
	fake_remove(fs, "sys/bus/pci/devices/0000:01:00.0/iommu_group");
	run(fs, "host_iommu_on");
	assert_verdict(&fc, VERDICT_FAIL, "iommu_off");
	assert_true(fc.res.prerequisite);
	fake_remove(fs, "sys/kernel/iommu_groups");
	run(fs, "host_iommu_on");
	assert_verdict(&fc, VERDICT_FAIL, "iommu_off");
	assert_true(fc.res.prerequisite);
}

static void test_irq_remap(void **state)
{
	struct fake_sysroot *fs = *state;

	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_file(fs, "proc/interrupts", "  4:  1  0  IO-APIC 4-edge ttyS0\n");
	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_FAIL, "irq_remap_off");
	assert_false(fc.res.prerequisite);
	fake_file(fs, "dev/kmsg",
		  "4,1,2,-;This system BIOS has enabled interrupt remapping\n"
		  "4,2,3,-;on a chipset that contains an erratum making that\n");
	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_FAIL, "irq_remap_erratum");
	fc.settings.unsafe_interrupts = true;
	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_WARN, "irq_remap_erratum");
	fake_remove(fs, "proc/interrupts");
	fake_dir(fs, "proc/interrupts");
	run(fs, "host_irq_remap");
	assert_int_equal(fc.res.verdict, VERDICT_ERROR);
	assert_non_null(strstr(fc.res.reason, "cannot be read"));
	fake_remove(fs, "sys/kernel/iommu_groups");
	run(fs, "host_irq_remap");
	assert_int_equal(fc.res.verdict, VERDICT_SKIP);
	assert_non_null(strstr(fc.res.reason, "IOMMU is off"));
}

/* A table that is larger than is read is not blamed on the firmware; one of a large server is read.
 */
static void test_large_table(void **state)
{
	const size_t size = ACPI_MAX_TABLE + 256;
	_cleanup_free_ uint8_t *table = calloc(1, size);
	struct fake_sysroot *fs = *state;
	size_t len = fake_dmar(table);

	for (; len < 200000; len += 256) {
		fake_put16(table + len, 0x99); /* a structure that is not known */
		fake_put16(table + len + 2, 256);
	}
	fake_seal_table(table, len);
	fake_bytes(fs, "sys/firmware/acpi/tables/DMAR", table, len);
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_bytes(fs, "sys/firmware/acpi/tables/DMAR", table, size);
	run(fs, "host_iommu_firmware");
	assert_int_equal(fc.res.verdict, VERDICT_ERROR);
	assert_non_null(strstr(fc.res.reason, "DMAR has more than"));
}

/* What the firmware's table leaves out is told by it, also where the kernel says nothing. */
static void test_irq_remap_table(void **state)
{
	struct fake_sysroot *fs = *state;
	uint8_t table[256];
	size_t len = fake_dmar(table);

	table[37] = 0;
	fake_seal_table(table, len);
	fake_bytes(fs, "sys/firmware/acpi/tables/DMAR", table, len);
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_WARN, "irq_remap_flag");
	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_WARN, "irq_remap_flag");
	fake_file(fs, "proc/interrupts", "  4:  1  0  IO-APIC 4-edge ttyS0\n");
	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_FAIL, "irq_remap_flag");
	fake_remove(fs, "sys/firmware/acpi/tables/DMAR");
	len = fake_ivrs(table);
	table[48 + 24 + 7] = table[48 + 32 + 40 + 7] = 2; /* HPETs */
	fake_seal_table(table, len);
	fake_bytes(fs, "sys/firmware/acpi/tables/IVRS", table, len);
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_WARN, "irq_remap_ioapic");
	run(fs, "host_irq_remap");
	assert_verdict(&fc, VERDICT_FAIL, "irq_remap_ioapic");
	assert_string_equal(fake_case_evidence(&fc, "table"), "IVRS without I/O APIC");
}

/* The paths of a region fill several lines, none of them cut. */
static void test_long_region(void **state)
{
	enum { DEVICES = 40 };
	struct fake_sysroot *fs = *state;
	uint8_t table[48 + 24 + 24 + DEVICES * 10], *p = table + 48 + 24;
	unsigned int i, found = 0;
	char path[16];

	memset(table, 0, sizeof(table));
	fake_dmar(table);
	memset(p, 0, sizeof(table) - 48 - 24);
	fake_put16(p, 1);
	fake_put16(p + 2, 24 + DEVICES * 10);
	fake_put64(p + 16, 0xfff);
	for (i = 0, p += 24; i < DEVICES; i++, p += 10) {
		p[0] = 1;
		p[1] = 10;
		p[6] = 0x1c;
		p[8] = (uint8_t)(i / 8);
		p[9] = (uint8_t)(i % 8);
	}
	fake_seal_table(table, sizeof(table));
	fake_bytes(fs, "sys/firmware/acpi/tables/DMAR", table, sizeof(table));
	run(fs, "host_iommu_firmware");
	assert_verdict(&fc, VERDICT_PASS, "");
	for (i = 0; i < fc.res.n_evidence; i++) {
		const char *at = strstr(fc.res.evidence[i].value, "devices ");

		if (strcmp(fc.res.evidence[i].key, "reserved_region") != 0)
			continue;
		assert_non_null(at);
		for (at += strlen("devices "); *at; at += 12 + (at[12] == ' '), found++) {
			util_format(path, sizeof(path), "00:1c.0:%02x.%u", found / 8, found % 8);
			assert_int_equal(strncmp(at, path, 12), 0);
			assert_true(at[12] == ' ' || !at[12]);
		}
	}
	assert_int_equal(found, DEVICES);
}

static void test_iommu_group(void **state)
{
	static const char port_in_group[] = "sys/kernel/iommu_groups/10/devices/0000:00:1c.0";
	struct fake_sysroot *fs = *state;

	run(fs, "host_iommu_group");
	assert_verdict(&fc, VERDICT_PASS, "");
	/* The port above in the group: nothing below it is kept apart. */
	fake_link(fs, port_in_group, "x");
	run(fs, "host_iommu_group");
	assert_verdict(&fc, VERDICT_FAIL, "acs_missing");
	assert_non_null(strstr(fc.res.measured, "0000:00:1c.0"));
	fake_remove(fs, port_in_group);
	/* A second function of the card, and a VF of it, leave this one's VFs alone. */
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:01:00.1",
					     .parent = "0000:00:1c.0",
					     .vendor = 0x8086,
					     .device = 0x10c9,
					     .class = 0x020000,
					     .driver = "igb",
					     .group = 10 });
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:02:10.1",
					     .parent = "0000:00:1c.0",
					     .vendor = 0x8086,
					     .device = 0x10ca,
					     .class = 0x020000,
					     .group = 10 });
	fake_link(fs, "sys/bus/pci/devices/0000:02:10.1/physfn", "../0000:01:00.1");
	run(fs, "host_iommu_group");
	assert_verdict(&fc, VERDICT_WARN, "group_shared_card");
	assert_non_null(strstr(fc.res.measured, "2 more functions"));
	/* Another device, and a port further up, which does no DMA. */
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:1f.2",
					     .vendor = 0x8086,
					     .device = 0x1c02,
					     .class = 0x010601,
					     .driver = "ahci",
					     .group = 10 });
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:1b.0",
					     .vendor = 0x8086,
					     .device = 0x1c12,
					     .class = 0x060400,
					     .driver = "pcieport",
					     .group = 10 });
	run(fs, "host_iommu_group");
	assert_verdict(&fc, VERDICT_FAIL, "group_shared");
	assert_false(fc.res.prerequisite);
	assert_non_null(strstr(fc.res.measured, "with 0000:00:1f.2 (ahci)"));
	assert_null(strstr(fc.res.measured, "0000:00:1b.0"));
}

static void test_reserved_region(void **state)
{
	static const char file[] = "sys/kernel/iommu_groups/10/reserved_regions";
	struct fake_sysroot *fs = *state;

	fake_file(fs, file,
		  "0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
		  "0x00000000fee00000 0x00000000feefffff msi\n");
	run(fs, "host_iommu_group");
	assert_verdict(&fc, VERDICT_PASS, "");
	fake_file(fs, file,
		  "0x00000000bdffd000 0x00000000bdffffff direct\n"
		  "0x00000000fee00000 0x00000000feefffff msi\n");
	run(fs, "host_iommu_group");
	assert_verdict(&fc, VERDICT_WARN, "rmrr");
	assert_non_null(strstr(fc.res.measured, "region 0x00000000bdffd000"));
}

static void put_nic(struct fake_sysroot *fs, const struct pci_config *cfg, uint32_t class)
{
	fake_remove(fs, "sys/bus/pci/devices/0000:00:03.0");
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:03.0",
					     .vendor = 0x15b3,
					     .device = 0x1013,
					     .class = class,
					     .config = (struct pci_config *)cfg });
}

/* No capability, one without VFs, and one that cannot be seen are three things. */
static void test_nic_supported(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;

	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "nic_none");
	assert_true(fc.res.prerequisite);

	fake_config(&cfg, 0x15b3, 0x1013, 0x020000);
	put_nic(fs, &cfg, 0x020000);
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "nic_sriov_hidden");
	assert_true(fc.res.prerequisite);
	assert_non_null(strstr(fake_case_evidence(&fc, "sriov_setup"), "mstconfig"));

	cfg.len = 256;
	put_nic(fs, &cfg, 0x020000);
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "config_unreadable");
	assert_true(fc.res.prerequisite);

	fake_config(&cfg, 0x15b3, 0x1013, 0x020000);
	fake_config_sriov(&cfg, 0, 0, 0, 0x1014);
	put_nic(fs, &cfg, 0x020000);
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "nic_sriov_off");
	assert_non_null(strstr(fc.res.measured, "0000:00:03.0 (Mellanox"));

	/* With VFs, but not Ethernet. */
	fake_config_sriov(&cfg, 8, 1, 1, 0x1014);
	put_nic(fs, &cfg, 0x020700);
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "nic_infiniband");
	assert_true(fc.res.prerequisite);

	/* Beside a port that can be tested it is worth a WARN, which names it. */
	fake_config_sriov(&cfg, 0, 0, 0, 0x1014);
	put_nic(fs, &cfg, 0x020000);
	fake_add_igb(fs, NULL);
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_WARN, "nic_sriov_off");
	assert_non_null(strstr(fake_case_evidence(&fc, "also_passed"), "1 of 2"));
}

/* A NIC of no known family without the capability is nothing special. */
static void test_nic_without_sriov(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;

	fake_config(&cfg, 0x10ec, 0x8168, 0x020000);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:03.0",
					     .vendor = 0x10ec,
					     .device = 0x8168,
					     .class = 0x020000,
					     .config = &cfg });
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "nic_no_sriov");
	assert_true(fc.res.prerequisite);
	assert_int_equal(fc.res.n_seen, 0); /* nothing says that it could have any */
	fake_add_igb(fs, NULL);
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_PASS, "");
	assert_string_equal(fc.res.measured, "1 of 2 network controllers");
}

/* The driver knows that its adapter has no VFs, whatever the capability says. */
static void test_driver_limit_zero(void **state)
{
	struct fake_sysroot *fs = *state;

	fake_add_igb(fs, NULL);
	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/sriov_totalvfs", "0\n");
	run(fs, "host_nic_supported");
	assert_verdict(&fc, VERDICT_FAIL, "nic_sriov_off");
	assert_non_null(strstr(fc.res.measured, "driver's limit is 0"));
}

/* Faults of other devices are its, those of ports and what names no device are their items'. */
/* What others could reach is named; connections of ours, and tables that are not there, are none.
 */
static void test_sockets(void **state)
{
	static const char head[] = "  sl  local_address rem_address   st tx_queue rx_queue\n";
	static const char *const tcp[] = {
		"   0: 0A00020F:A1B2 0A000202:0050 01 00000000:00000000 00:0 0 0 1\n",
		"   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:0 0 0 1\n",
	};
	struct fake_sysroot *fs = *state;
	char text[160], all[400];

	assert_int_equal(sockets_count_open(&fs->root, text, sizeof(text)), -ENOENT);
	fake_file(fs, "proc/net/tcp", head);
	assert_int_equal(sockets_count_open(&fs->root, text, sizeof(text)), 0);
	util_format(all, sizeof(all), "%s%s", head, tcp[0]);
	fake_file(fs, "proc/net/tcp", all);
	fake_file(
		fs, "proc/net/udp6",
		"  sl  local_address\n"
		"  9: 0000000000000000FFFF00000100007F:0035 0000000000000000FFFF00000100007F:1000 "
		"01 0:0\n");
	assert_int_equal(sockets_count_open(&fs->root, text, sizeof(text)), 0);
	util_format(all, sizeof(all), "%s%s%s", head, tcp[0], tcp[1]);
	fake_file(fs, "proc/net/tcp", all);
	fake_file(fs, "proc/net/udp", "  sl x\n  9: 00000000:0044 00000000:0000 07 0:0\n");
	fake_file(fs, "proc/net/raw", "  sl x\n  1: 00000000:0001 00000000:0000 07 0:0\n");
	assert_int_equal(sockets_count_open(&fs->root, text, sizeof(text)), 3);
	assert_string_equal(text, "tcp port 22, udp port 68, raw port 1");
	fake_file(fs, "dev/kmsg", "");
	run(fs, "host_quiet");
	assert_verdict(&fc, VERDICT_WARN, "appliance_listens");
}

static void test_quiet(void **state)
{
	static const struct {
		const char *log;
		enum verdict verdict;
		const char *what; /* in measured or in the evidence "complaint" */
	} rows[] = {
		{ "6,1,2,-;usb 1-2: USB disconnect, device number 3\n", VERDICT_PASS, "" },
		{ "3,1,2,-;igb 0000:01:00.0: Detected Tx Unit Hang\n"
		  "3,2,2,-;DMAR: [DMA Read NO_PASID] Request device [01:10.0] fault addr 0x0\n"
		  "3,3,2,-;AMD-Vi: Completion-Wait loop timed out\n",
		  VERDICT_PASS, "" },
		{ "3,1,2,-;DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x0\n",
		  VERDICT_WARN, "0000:00:02.0" },
		{ "4,1,2,-;pcieport 0000:00:1d.0: AER: Correctable error message received from "
		  "0000:05:00.0\n",
		  VERDICT_WARN, "0000:05:00.0" },
		{ "3,1,2,-;DMAR: [INTR-REMAP] Request device [f0:1f.7] fault index 0x15\n",
		  VERDICT_WARN, "0000:f0:1f.7" },
		{ "3,1,2,-;xhci_hcd 0000:00:14.0: HC died; cleaning up\n", VERDICT_WARN,
		  "0000:00:14.0" },
		{ "3,1,2,-;sd 6:0:0:0: [sda] Synchronize Cache(10) failed\n", VERDICT_PASS,
		  "sd 6:0:0:0" },
	};
	struct fake_sysroot *fs = *state;
	size_t i;

	fc.deadline_ms = 100;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_file(fs, "dev/kmsg", rows[i].log);
		run(fs, "host_quiet");
		if (fc.res.verdict != rows[i].verdict)
			fail_msg("%s-> %d %s", rows[i].log, fc.res.verdict, fc.res.measured);
		if (rows[i].what[0] && !strstr(fc.res.measured, rows[i].what) &&
		    !strstr(fake_case_evidence(&fc, "complaint"), rows[i].what))
			fail_msg("%s-> %s", rows[i].log, fc.res.measured);
	}
}

/* A device that makes faults for as long as the other end of @stop is open. */
static _Noreturn void make_faults(const struct fake_sysroot *fs, int stop)
{
	static const char line[] =
		"3,2,2,-;DMAR: [DMA Write NO_PASID] Request device [00:14.0] fault addr 0x0\n";
	int fd = sysroot_openat(&fs->root, O_WRONLY | O_APPEND, "dev/kmsg");
	struct pollfd p = { .fd = stop };

	while (fd >= 0 && poll(&p, 1, 10) == 0)
		if (write(fd, line, sizeof(line) - 1) < 0)
			break;
	_exit(fd < 0);
}

/* A fault in the time in which nothing runs is worse than one before. */
static void test_not_quiet(void **state)
{
	struct fake_sysroot *fs = *state;
	int fds[2], status;
	pid_t pid;

	fc.deadline_ms = 1000;
	fake_file(fs, "dev/kmsg", "6,1,2,-;quiet so far\n");
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[1]);
		make_faults(fs, fds[0]);
	}
	run(fs, "host_quiet");
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fds[0]);
	assert_verdict(&fc, VERDICT_FAIL, "device_not_quiet");
	assert_non_null(strstr(fc.res.measured, "0000:00:14.0, "));
}

/* True while the process sleeps between two looks, as util_poll_until() does. */
static bool is_between_looks(void *arg)
{
	const pid_t *pid = arg;
	char path[64], text[32] = "";
	long number = -1;
	int fd;

	util_format(path, sizeof(path), "/proc/%d/syscall", *pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, "running\n") != 0)
		number = strtol(text, NULL, 10);
	close(fd);
	return number == SYS_nanosleep || number == SYS_clock_nanosleep;
}

/*
 * Takes the far end of the port's cable down and up @times, once the process @watcher has begun to
 * watch. The kernel counts each at once, and tells of the last a while later.
 */
static _Noreturn void pull_cable(pid_t watcher, unsigned int times)
{
	if (util_poll_until(is_between_looks, &watcher, 10000) < 0)
		_exit(2);
	for (unsigned int i = 0; i < times; i++)
		if (link_set_up("vfq1", false) < 0 || link_set_up("vfq1", true) < 0)
			_exit(1);
	_exit(link_await_carrier("vfq0", 5000) < 0);
}

/* A link that goes while nothing runs: once may be the far end, more often is a fault. */
static void test_link_flaps(void **state)
{
	static const struct {
		unsigned int times;
		enum verdict verdict;
		const char *label, *measured;
	} rows[] = {
		{ 0, VERDICT_PASS, "", "" },
		{ 1, VERDICT_WARN, "link_flaps", "that of 0000:01:00.0 has gone once" },
		{ 3, VERDICT_FAIL, "link_flaps", "that of 0000:01:00.0 has gone 3 times" },
	};
	struct fake_sysroot *fs = *state;

	if (!fake_netns() || fake_veth("vfq0", "vfq1") < 0)
		skip();
	assert_int_equal(link_set_up("vfq0", true), 0);
	fake_add_igb(fs, "vfq0");
	fake_file(fs, "dev/kmsg", "6,1,2,-;quiet so far\n");
	fc.deadline_ms = 3000;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pid_t watcher = getpid(), pid;
		int status;

		assert_int_equal(link_wait_carrier("vfq0", 5000), 0);
		pid = fork();
		if (pid == 0)
			pull_cable(watcher, rows[i].times);
		run(fs, "host_quiet");
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_verdict(&fc, rows[i].verdict, rows[i].label);
		if (rows[i].measured[0])
			assert_string_equal(fc.res.measured, rows[i].measured);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cpu_virt, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_iommu_firmware, setup_good,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_iommu_cmdline, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_iommu_on, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_irq_remap, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_irq_remap_table, setup_good,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_long_region, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_iommu_group, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_reserved_region, setup_good,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_nic_supported, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_nic_without_sriov, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_driver_limit_zero, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_large_table, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_quiet, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_sockets, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_not_quiet, setup_good, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_link_flaps, setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
