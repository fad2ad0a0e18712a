/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases on the platform beside its IOMMU: bridges, interrupt controllers, memory, nodes, clock. */
#include "cases/areas.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cases/requires.h"
#include "sys/acpi.h"
#include "sys/firmware.h"
#include "sys/inventory.h"
#include "sys/iommu.h"
#include "sys/kernel.h"
#include "sys/module.h"
#include "sys/numa.h"
#include "sys/kmsg.h"
#include "sys/pci.h"

/* What Linux enables where a port can do it: drivers/pci/pci.c, pci_std_enable_acs(). */
#define ACS_WANTED (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)
#define MEMORY_SHARE 85 /* percent of what is built in that the kernel is to have */
#define HOST_KEEPS_MB 512 /* for QEMU itself and page tables */

static void acs_text(unsigned int bits, char *buf, size_t size)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = { { PCI_ACS_SV, "SrcValid" },
		      { PCI_ACS_TB, "TransBlk" },
		      { PCI_ACS_RR, "ReqRedir" },
		      { PCI_ACS_CR, "CmpltRedir" },
		      { PCI_ACS_UF, "UpstreamFwd" } };

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (bits & names[i].bit)
			util_format(buf + strlen(buf), size - strlen(buf), "%s%s",
				    buf[0] ? " " : "", names[i].name);
	if (!buf[0])
		util_strlcpy(buf, size, "none");
}

/* True if nothing but the NIC, its VFs and functions of its card can be in its group. */
static bool is_alone(const struct ctx *ctx, const struct nic *n)
{
	const int group = iommu_group_of(ctx->root, &n->addr);

	return group >= 0 && iommu_group_size(ctx->root, group) == 1;
}

/*
 * One bridge above a NIC. Only ports that lead down keep what is below them apart (PCI Express Base
 * Specification, 6.12); the port of a switch that leads up has no such capability.
 */
static void check_bridge(struct ctx *ctx, const struct nic *n, const struct pci_addr *bridge)
{
	static const char expected[] = "each port above an SR-IOV NIC redirects what is below it "
				       "to the IOMMU";
	char a[PCI_ADDR_STRLEN], b[PCI_ADDR_STRLEN], can[80], does[80], lacks[80];
	struct pci_facts f;
	unsigned int missing;

	pci_addr_format(&n->addr, a);
	pci_addr_format(bridge, b);
	if (pci_read_facts(ctx->root, bridge, &f) < 0 || !f.pcie ||
	    (f.port_type != PCI_EXP_TYPE_ROOT_PORT && f.port_type != PCI_EXP_TYPE_DOWNSTREAM))
		return;
	if (!f.has_acs) {
		ctx_evidence(ctx, "acs", "%s above %s: no ACS; %s", b, a,
			     is_alone(ctx, n) ? "the NIC is alone in its group all the same"
					      : "see host_iommu_group");
		if (!is_alone(ctx, n))
			ctx_warn(ctx, "acs_missing", expected, "%s above %s has no ACS", b, a);
		return;
	}
	missing = ACS_WANTED & f.acs_cap & ~f.acs_control;
	acs_text(f.acs_cap, can, sizeof(can));
	acs_text(f.acs_control, does, sizeof(does));
	acs_text(missing, lacks, sizeof(lacks));
	ctx_evidence(ctx, "acs", "%s above %s: can do %s; enabled %s", b, a, can, does);
	if (missing)
		ctx_fail(ctx, "acs_not_enabled", expected,
			 "%s above %s can do %s, which is not enabled", b, a, lacks);
}

static int run_host_acs(struct ctx *ctx)
{
	const struct nic *n;
	unsigned int ports = 0;

	inventory_for_each_pf (ctx->inv, n) {
		for (unsigned int i = 0; i < n->n_above; i++)
			check_bridge(ctx, n, &n->above[i]);
		ports += n->n_above > 0;
	}
	if (ctx_failed(ctx))
		return 0;
	if (ports == 0)
		return ctx_not_applicable(ctx, "no SR-IOV NIC is below a bridge: all are of the "
					       "root complex");
	return ctx_pass(ctx, "each port above an SR-IOV NIC redirects what is below it",
			"%u NICs below bridges", ports);
}

/* Each number of a list has to be in the set. */
static void check_scopes(struct ctx *ctx, const char *what, const uint8_t *list, unsigned int n,
			 const uint64_t ids[4], bool fatal)
{
	for (unsigned int i = 0; i < n; i++) {
		if (acpi_has_id(ids, list[i]))
			continue;
		if (fatal)
			ctx_fail(ctx, "irq_remap_ioapic",
				 "the IOMMU's table has each I/O APIC of MADT",
				 "%s %u has no scope there", what, list[i]);
		else
			ctx_warn(ctx, "hpet_no_scope", "the IOMMU's table has the HPET",
				 "%s %u has no scope there", what, list[i]);
	}
}

/* And the other way round. */
static void check_known(struct ctx *ctx, const struct firmware_chips *chips, const uint64_t ids[4])
{
	for (unsigned int id = 0; id < 256; id++) {
		bool known = !acpi_has_id(ids, (uint8_t)id);

		for (unsigned int i = 0; i < chips->n_ioapics; i++)
			known |= chips->ioapics[i] == id;
		if (!known)
			ctx_warn(ctx, "madt_ioapic_unknown",
				 "MADT has each I/O APIC of the IOMMU's table",
				 "I/O APIC %u is not in MADT", id);
	}
}

static int run_host_madt(struct ctx *ctx)
{
	struct firmware_chips chips;
	struct acpi_iommu t;
	int ret = acpi_read_iommu(ctx->root, "DMAR", &t);

	if (ret == -ENOENT)
		ret = acpi_read_iommu(ctx->root, "IVRS", &t);
	if (ret == -ENOENT)
		return ctx_skip(ctx, "firmware has neither DMAR nor IVRS");
	if (ret < 0)
		return ctx_skip(ctx, "the IOMMU's table is malformed: see host_iommu_firmware");
	ret = firmware_read_chips(ctx->root, &chips);
	if (ret == -EBADMSG)
		return ctx_fail(ctx, "madt_malformed", "a well formed MADT", "it is not");
	if (ret < 0)
		return ctx_error(ctx, ret, "MADT cannot be read: %s", strerror(-ret));
	ctx_evidence(ctx, "madt", "%u I/O APICs, %u HPETs; %s has %u scopes of I/O APICs",
		     chips.n_ioapics, chips.n_hpets, t.amd ? "IVRS" : "DMAR", t.ioapics);
	check_scopes(ctx, "I/O APIC", chips.ioapics, chips.n_ioapics, t.ioapic_ids, true);
	check_scopes(ctx, "HPET", chips.hpets, chips.n_hpets, t.hpet_ids, false);
	check_known(ctx, &chips, t.ioapic_ids);
	if (ctx_failed(ctx))
		return 0;
	return ctx_pass(ctx, "MADT and the IOMMU's table name the same interrupt controllers",
			"%u I/O APICs", chips.n_ioapics);
}

static bool is_on(const struct ctx *ctx, const char *module, const char *param)
{
	char value[8];

	return module_read_param(ctx->root, module, param, value, sizeof(value)) == 0 &&
	       (value[0] == 'Y' || value[0] == '1');
}

/* Interrupts that reach a running guest without an exit. They are speed, and nobody needs them. */
static int run_host_pi(struct ctx *ctx)
{
	static const char expected[] = "posted interrupts are in use, or named as absent";
	char line[256] = "";
	bool unit, kvm;

	if (ctx->inv->iommu.kind == IOMMU_AMD) {
		unit = kmsg_find(ctx->root, "Virtual APIC enabled", line, sizeof(line));
		kvm = is_on(ctx, "kvm_amd", "avic");
	} else {
		unit = iommu_can_post(ctx->root);
		kvm = is_on(ctx, "kvm_intel", "enable_apicv");
	}
	ctx_evidence(ctx, "posted", "IOMMU %s, KVM %s", unit ? "can" : "cannot",
		     kvm ? "does" : "does not");
	if (unit && !kvm)
		return ctx_pass(ctx, expected, "absent: the IOMMU can, KVM does not use them");
	return ctx_pass(ctx, expected, "%s", unit ? "in use" : "absent: the IOMMU cannot");
}

static int run_host_memory(struct ctx *ctx)
{
	const uint64_t total = ctx->inv->host.memory_kb / 1024;
	const uint64_t left = inventory_memory_available_kb(ctx->root) / 1024;
	const unsigned int guest = ctx->settings->guest_memory_mb;
	unsigned int modules;
	uint64_t installed;

	ctx_evidence(ctx, "memory", "%llu MiB, %llu available; a guest has at least %u",
		     (unsigned long long)total, (unsigned long long)left, guest);
	if (firmware_read_memory(ctx->root, &installed, &modules) == 0) {
		ctx_evidence(ctx, "memory.installed", "%llu MiB in %u modules (SMBIOS type 17)",
			     (unsigned long long)installed, modules);
		if (total * 100 < installed * MEMORY_SHARE)
			ctx_warn(ctx, "memory_less_than_installed",
				 "the kernel has the memory that is built in", "%llu of %llu MiB",
				 (unsigned long long)total, (unsigned long long)installed);
	}
	if (left > 0 && left < guest + HOST_KEEPS_MB)
		return ctx_fail(ctx, "memory_short", "enough memory to pin the largest guest",
				"%llu MiB available, a guest has %u and QEMU needs up to %u more",
				(unsigned long long)left, guest, HOST_KEEPS_MB);
	return ctx_pass(ctx, "enough memory to pin the largest guest", "%llu MiB available",
			(unsigned long long)left);
}

/* A node with processors is one that a guest can be put on. */
static void check_node(struct ctx *ctx, const struct nic *n)
{
	const int node = numa_node_of(ctx->root, &n->addr);
	char a[PCI_ADDR_STRLEN];
	cpu_set_t cpus;

	pci_addr_format(&n->addr, a);
	if (node < 0) {
		ctx_warn(ctx, "numa_unknown", "the firmware says at which node each NIC is",
			 "of %s it does not", a);
		return;
	}
	if (numa_cpus(ctx->root, (unsigned int)node, &cpus) < 0) {
		ctx_warn(ctx, "numa_empty", "each NIC's node has processors",
			 "node %d of %s has none", node, a);
		return;
	}
	ctx_evidence(ctx, "numa", "%s: node %d with %d processors", a, node, CPU_COUNT(&cpus));
}

static int run_host_numa(struct ctx *ctx)
{
	const unsigned int nodes = numa_count(ctx->root);
	const struct nic *n;

	if (nodes < 2)
		return ctx_not_applicable(ctx, "the host has one node");
	inventory_for_each_pf (ctx->inv, n)
		check_node(ctx, n);
	return ctx_pass(ctx, "each NIC's node is known and has processors", "%u nodes", nodes);
}

static int run_host_clock(struct ctx *ctx)
{
	static const char expected[] = "the clock says a time that can be";
	struct timespec now;
	char text[CLOCK_STRLEN];
	uint64_t rtc;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_now(text);
	if (kernel_read_rtc(ctx->root, &rtc) == 0) {
		clock_format((int64_t)rtc * 1000, text);
		ctx_evidence(ctx, "rtc", "%s; the kernel's clock differs by %lld s", text,
			     (long long)now.tv_sec - (long long)rtc);
		now.tv_sec = (time_t)rtc;
	} else {
		ctx_evidence(ctx, "clock", "%s; there is no rtc0", text);
	}
	if (!clock_is_plausible((int64_t)now.tv_sec * 1000))
		return ctx_warn(ctx, "clock_wrong", expected, "%s", text);
	return ctx_pass(ctx, expected, "%s", text);
}

const struct case_def host_platform_cases[] = {
	{ .id = "host_acs",
	  .title = "The ports above each SR-IOV NIC keep devices apart",
	  .subject = SUBJECT_HOST,
	  .needs = { &req_iommu_on },
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_host_acs },
	{ .id = "host_madt",
	  .title = "The IOMMU's table has all interrupt controllers",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_host_madt },
	{ .id = "host_pi",
	  .title = "Posted interrupts are in use, or named as absent",
	  .subject = SUBJECT_HOST,
	  .needs = { &req_iommu_on },
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_host_pi },
	{ .id = "host_memory",
	  .title = "There is memory to pin guests in",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_host_memory },
	{ .id = "host_numa",
	  .title = "Each NIC's node is known",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_host_numa },
	{ .id = "host_clock",
	  .title = "The clock says a time that can be",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_host_clock },
	{ .id = NULL },
};
