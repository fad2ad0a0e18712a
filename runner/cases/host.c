/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases on the host: CPU, IOMMU, interrupt remapping, groups, and which NICs there are. */
#include "core/case.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "sys/acpi.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/module.h"
#include "sys/sysroot.h"

#define MAX_CMDLINE 4096

/* The first of @texts that the kernel has said, its line in @line. */
static bool find_message(const struct ctx *ctx, const char *const *texts, char *line, size_t size)
{
	for (; *texts; texts++)
		if (kmsg_find(ctx->root, *texts, line, size))
			return true;
	return false;
}

static int run_cpu_virt(struct ctx *ctx)
{
	/* With virtualization locked off, the kernel hides the CPU flag and says why. */
	static const char *const locked[] = { "(outside TXT) disabled by BIOS",
					      "VMX not enabled (by BIOS)", "SVM disabled (by BIOS)",
					      NULL };
	static const char expected[] = "VT-x or SVM is usable and KVM creates a virtual machine";
	struct host_info host;
	char line[256];
	int ret = sysroot_is_real(ctx->root) ? module_load_for_kvm(ctx->root) : -ENOENT;

	inventory_scan_host(ctx->root, &host);
	ctx_evidence(ctx, "cpu", "%s, %u CPUs, vmx %d, svm %d", host.cpu_model, host.cpus,
		     host.cpu_vmx, host.cpu_svm);
	if (host.kvm)
		return ctx_pass(ctx, expected, "%s, a virtual machine could be created",
				host.cpu_vmx ? "VT-x" : "SVM");
	if (find_message(ctx, locked, line, sizeof(line)))
		return ctx_fail(ctx, "cpu_virt_locked", expected, "%s", line);
	if (!host.cpu_vmx && !host.cpu_svm)
		return ctx_fail(ctx, "cpu_virt_missing", expected,
				"the CPU has neither flag, vmx or svm");
	return ctx_fail(ctx, "kvm_unusable", expected,
			"the CPU flag is there, but KVM creates no virtual machine (module: %s)",
			ret < 0 ? strerror(-ret) : "loaded");
}

static void list_regions(struct ctx *ctx, const struct acpi_iommu *t)
{
	unsigned int i, kept = t->n_regions < ACPI_MAX_REGIONS ? t->n_regions : ACPI_MAX_REGIONS;

	for (i = 0; i < kept; i++) {
		const struct acpi_region *r = &t->regions[i];

		ctx_evidence(ctx, "reserved_region", "%#llx-%#llx, segment %u, devices %s",
			     (unsigned long long)r->start, (unsigned long long)r->end, r->segment,
			     r->devices);
	}
	if (kept < t->n_regions)
		ctx_evidence(ctx, "reserved_region", "and %u more", t->n_regions - kept);
}

/* True if the firmware has the table. */
static bool check_table(struct ctx *ctx, const char *signature)
{
	static const char expected[] = "a well formed DMAR (Intel) or IVRS (AMD) table";
	struct acpi_iommu t;
	int ret = acpi_read_iommu(ctx->root, signature, &t);

	if (ret == -ENOENT)
		return false;
	if (ret < 0) {
		ctx_fail(ctx, "iommu_table_malformed", expected, "%s: %s", signature,
			 t.error[0] ? t.error : strerror(-ret));
		return true;
	}
	ctx_evidence(ctx, "table",
		     "%s, %u bytes, %u units, %u I/O APICs, address width %u, %u reserved regions",
		     signature, t.length, t.units, t.ioapics, t.address_width, t.n_regions);
	if (!t.amd)
		ctx_evidence(ctx, "flags",
			     "interrupt remapping %d, x2apic opt-out %d, platform opt-in %d",
			     t.intr_remap, t.x2apic_opt_out, t.platform_opt_in);
	list_regions(ctx, &t);
	ctx_pass(ctx, expected, "%s with %u units", signature, t.units);
	return true;
}

static int run_iommu_firmware(struct ctx *ctx)
{
	bool dmar = check_table(ctx, "DMAR");
	bool ivrs = check_table(ctx, "IVRS");

	if (dmar || ivrs)
		return 0;
	return ctx_fail_absent(ctx, "iommu_firmware_missing", "an ACPI table DMAR or IVRS",
			       "firmware has neither");
}

/* True if @value, a list with commas, has @word in it. */
static bool list_has(const char *value, const char *word)
{
	size_t len = strlen(word);

	for (; value; value = strchr(value, ',') ? strchr(value, ',') + 1 : NULL)
		if (strncmp(value, word, len) == 0 && (value[len] == ',' || value[len] == '\0'))
			return true;
	return false;
}

/* What one parameter of the kernel command line does to the IOMMU. */
static void check_parameter(struct ctx *ctx, enum iommu_kind kind, const char *param)
{
	static const struct {
		const char *name;
		enum iommu_kind not_for; /* the vendor on whose machines it has no effect */
	} switches[] = { { "intel_iommu=", IOMMU_AMD },
			 { "amd_iommu=", IOMMU_INTEL },
			 { "iommu=", IOMMU_NONE } };
	static const char *const noted[] = {
		"intel_iommu=", "amd_iommu=", "iommu=",	  "iommu.", "intremap=",
		"nointremap",	"pci=",	      "nox2apic", "noapic", "vfio_iommu_type1."
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(noted); i++)
		if (strncmp(param, noted[i], strlen(noted[i])) == 0)
			ctx_evidence(ctx, "parameter", "%s", param);
	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		size_t len = strlen(switches[i].name);

		if (strncmp(param, switches[i].name, len) != 0 ||
		    (kind != IOMMU_NONE && kind == switches[i].not_for) ||
		    !list_has(param + len, "off"))
			continue;
		ctx_fail_absent(ctx, "iommu_cmdline_off", "no parameter turns the IOMMU off",
				"the kernel was started with %s", param);
	}
}

static int run_iommu_cmdline(struct ctx *ctx)
{
	char cmdline[MAX_CMDLINE], *param, *state = NULL;
	struct iommu_info iommu;
	int ret = sysroot_read(ctx->root, cmdline, sizeof(cmdline), "proc/cmdline");

	if (ret < 0)
		return ctx_error(ctx, ret, "cannot read the kernel command line: %s",
				 strerror(-ret));
	inventory_scan_iommu(ctx->root, &iommu);
	ctx_evidence(ctx, "cmdline", "%s", cmdline);
	for (param = strtok_r(cmdline, " \n", &state); param; param = strtok_r(NULL, " \n", &state))
		check_parameter(ctx, iommu.kind, param);
	if (ctx_failed(ctx))
		return 0;
	return ctx_pass(ctx, "no parameter turns the IOMMU off", "none does");
}

/* The default domain of each NIC has to translate: "identity" would let it reach all memory. */
static void check_domains(struct ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < ctx->inv->n_nics; i++) {
		const struct nic *n = &ctx->inv->nics[i];
		int group = driver_iommu_group(ctx->root, &n->addr);
		char a[PCI_ADDR_STRLEN], type[32];

		pci_addr_format(&n->addr, a);
		if (group < 0) {
			if (inventory_nic_is_pf(n))
				ctx_fail_absent(ctx, "iommu_off",
						"every SR-IOV NIC is behind an IOMMU",
						"%s (%s) has no IOMMU group", a, n->name);
			continue;
		}
		if (sysroot_read(ctx->root, type, sizeof(type), "sys/kernel/iommu_groups/%d/type",
				 group) < 0)
			continue;
		ctx_evidence(ctx, "domain", "%s: group %d, %s", a, group, type);
		if (strcmp(type, "identity") == 0)
			ctx_warn(ctx, "iommu_identity", "the NICs' default domain translates",
				 "group %d of %s has an identity domain (iommu=pt)", group, a);
	}
}

static int run_iommu_on(struct ctx *ctx)
{
	static const char expected[] = "IOMMU units and groups exist and translate for the NICs";
	struct iommu_info iommu;
	char line[256];

	inventory_scan_iommu(ctx->root, &iommu);
	ctx_evidence(ctx, "iommu", "%u units, %u groups", iommu.units, iommu.groups);
	if (iommu.groups == 0) {
		if (kmsg_find(ctx->root, "DMAR: IOMMU disabled", line, sizeof(line)))
			ctx_evidence(ctx, "kernel", "%s", line);
		return ctx_fail_absent(ctx, "iommu_off", expected, "%u units, no groups",
				       iommu.units);
	}
	check_domains(ctx);
	if (ctx_failed(ctx))
		return 0;
	return ctx_pass(ctx, expected, "%u units, %u groups", iommu.units, iommu.groups);
}

static int run_irq_remap(struct ctx *ctx)
{
	/* Why it is off, and what is worth knowing while it is on. */
	static const char *const erratum[] = { "on a chipset that contains an erratum", NULL };
	static const char *const off[] = { "Failed to enable irq remapping",
					   "interrupt remapping will be disabled",
					   "Disabling interrupt remapping",
					   "Not enabling interrupt remapping", NULL };
	static const char *const opt_out[] = { "BIOS sets x2apic opt out bit", NULL };
	static const char expected[] = "interrupt remapping is in force (IR- chips in use)";
	unsigned int remapped, plain;
	const char *label = "irq_remap_off";
	char line[256] = "";

	inventory_count_irqs(ctx->root, &remapped, &plain);
	ctx_evidence(ctx, "irq_chips", "%u interrupts through IR- chips, %u not", remapped, plain);
	if (find_message(ctx, opt_out, line, sizeof(line)))
		ctx_evidence(ctx, "x2apic", "%s", line);
	if (remapped > 0)
		return ctx_pass(ctx, expected, "%u interrupts through IR- chips", remapped);
	if (find_message(ctx, erratum, line, sizeof(line)))
		label = "irq_remap_erratum";
	else if (!find_message(ctx, off, line, sizeof(line)))
		line[0] = '\0';
	if (ctx->settings->unsafe_interrupts)
		return ctx_warn(ctx, label, expected, "none is remapped, allowed by setting%s%s",
				line[0] ? ": " : "", line);
	return ctx_fail(ctx, label, expected, "none is remapped%s%s", line[0] ? ": " : "", line);
}

/*
 * True if a group's member takes the PF's isolation away. A VF of this PF has its own finding, and
 * a PCIe port (pcieport binds to nothing else) does no DMA of its own: VFIO does not count it.
 */
static bool is_sharer(const struct ctx *ctx, const struct nic *n, const char *member,
		      char driver[64])
{
	char pf[PCI_ADDR_STRLEN], physfn[PCI_ADDR_STRLEN];
	struct pci_addr addr;

	if (pci_addr_parse(member, &addr) < 0 || pci_addr_cmp(&addr, &n->addr) == 0)
		return false;
	if (sysroot_link_name(ctx->root, physfn, sizeof(physfn), "sys/bus/pci/devices/%s/physfn",
			      member) == 0 &&
	    strcmp(physfn, pci_addr_format(&n->addr, pf)) == 0)
		return false;
	if (driver_get(ctx->root, &addr, driver, 64) < 0)
		driver[0] = '\0';
	return strcmp(driver, "pcieport") != 0;
}

static void check_group(struct ctx *ctx, const struct nic *n, int group)
{
	_cleanup_closedir_ DIR *dir =
		sysroot_opendir(ctx->root, "sys/kernel/iommu_groups/%d/devices", group);
	char a[PCI_ADDR_STRLEN], driver[64], sharers[256] = "";
	unsigned int count = 0;
	struct dirent *entry;

	pci_addr_format(&n->addr, a);
	while (dir && (entry = readdir(dir))) {
		size_t used = strlen(sharers);

		if (!is_sharer(ctx, n, entry->d_name, driver))
			continue;
		count++;
		util_format(sharers + used, sizeof(sharers) - used, "%s%s (%s)", used ? ", " : "",
			    entry->d_name, driver[0] ? driver : "no driver");
	}
	ctx_evidence(ctx, "group", "%s: group %d, %s", a, group, count ? sharers : "alone");
	if (count)
		ctx_warn(ctx, "group_shared", "each SR-IOV NIC is alone in its IOMMU group",
			 "%s shares group %d with %s", a, group, sharers);
}

static int run_iommu_group(struct ctx *ctx)
{
	const struct nic *n;
	unsigned int checked = 0;

	inventory_for_each_pf (ctx->inv, n) {
		int group = driver_iommu_group(ctx->root, &n->addr);

		if (group < 0)
			continue; /* host_iommu_on says so */
		check_group(ctx, n, group);
		checked++;
	}
	if (checked == 0)
		return ctx_skip(ctx, "no SR-IOV NIC in an IOMMU group");
	return ctx_pass(ctx, "each SR-IOV NIC is alone in its IOMMU group",
			"%u groups looked at; PCIe ports on the way do not count", checked);
}

static const char *sriov_state(const struct nic *n)
{
	if (inventory_nic_is_pf(n))
		return "SR-IOV";
	if (n->config_truncated)
		return "configuration space not readable: cannot tell";
	return n->sriov_cap ? "SR-IOV with TotalVFs 0 (turned off in the adapter)" : "no SR-IOV";
}

static int run_nic_supported(struct ctx *ctx)
{
	static const char expected[] = "at least one network controller with SR-IOV";
	const struct inventory *inv = ctx->inv;
	unsigned int i, pfs = 0;

	for (i = 0; i < inv->n_nics; i++) {
		const struct nic *n = &inv->nics[i];
		char a[PCI_ADDR_STRLEN];

		pfs += inventory_nic_is_pf(n);
		ctx_evidence(ctx, "nic",
			     "%s %04x:%04x %s, %s, driver %s, firmware %s, slot %s, "
			     "%u MT/s x%u, VFs %u of %u",
			     pci_addr_format(&n->addr, a), n->vendor, n->device, n->name,
			     sriov_state(n), n->driver[0] ? n->driver : "none",
			     n->firmware_version[0] ? n->firmware_version : "?",
			     n->slot[0] ? n->slot : "?", n->link.speed_mtps, n->link.width,
			     inventory_max_vfs(n), n->cap_total_vfs);
	}
	if (inv->n_nics == 0)
		return ctx_fail_absent(ctx, "nic_none", expected, "no network controller");
	if (pfs == 0)
		return ctx_fail_absent(ctx, "nic_no_sriov", expected,
				       "%u network controllers, none with VFs to offer",
				       inv->n_nics);
	return ctx_pass(ctx, expected, "%u of %u network controllers", pfs, inv->n_nics);
}

const struct case_def host_cases[] = {
	{ .id = "host_cpu_virt",
	  .quick = true,
	  .title = "The CPU virtualizes and KVM creates a virtual machine",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_cpu_virt },
	{ .id = "host_iommu_firmware",
	  .quick = true,
	  .title = "Firmware describes the IOMMU in a well formed ACPI table",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_iommu_firmware },
	{ .id = "host_iommu_cmdline",
	  .quick = true,
	  .title = "The kernel command line does not turn the IOMMU off",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_iommu_cmdline },
	{ .id = "host_iommu_on",
	  .quick = true,
	  .title = "The IOMMU is on and translates for the NICs",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_iommu_on },
	{ .id = "host_irq_remap",
	  .quick = true,
	  .title = "Interrupt remapping is in force",
	  .subject = SUBJECT_HOST,
	  .requires = { &req_iommu_on },
	  .timeout_s = 60,
	  .run = run_irq_remap },
	{ .id = "host_iommu_group",
	  .quick = true,
	  .title = "Each SR-IOV NIC is alone in its IOMMU group",
	  .subject = SUBJECT_HOST,
	  .requires = { &req_iommu_on },
	  .timeout_s = 60,
	  .run = run_iommu_group },
	{ .id = "host_nic_supported",
	  .quick = true,
	  .title = "A network controller with SR-IOV is there",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_nic_supported },
	{ .id = NULL },
};
