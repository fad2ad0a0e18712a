/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases on the host: CPU, IOMMU, interrupt remapping. Those on its NICs are in host_nics.c. */
#include "model/ctx.h"
#include "base/secret.h"

#include <errno.h>
#include <string.h>

#include "cases/host.h"

#include "cases/common.h"
#include "sys/acpi.h"
#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/module.h"
#include "base/sysroot.h"
#include "sys/kernel.h"
#include "cases/requires.h"
#include "cases/areas.h"

#define MAX_DEVICES_LINE 240 /* an evidence line has room for them */

static int run_cpu_virt(struct ctx *ctx)
{
	static const char expected[] = "VT-x or SVM is usable and KVM creates a virtual machine";
	struct host_info host;
	char line[256];
	int ret = sysroot_is_real(ctx->root) ? module_load_for_kvm(ctx->root) : -ENOENT;

	if (!inventory_scan_host(ctx->root, &host))
		return ctx_error(ctx, -ETIMEDOUT, "the kernel does not answer about the host");
	ctx_evidence(ctx, "cpu", "%s, %u CPUs, vmx %d, svm %d", host.cpu_model, host.cpus,
		     host.cpu_vmx, host.cpu_svm);
	if (host.kvm)
		return ctx_pass(ctx, expected, "%s, a virtual machine could be created",
				host.cpu_vmx ? "VT-x" : "SVM");
	/* With virtualization locked off, the kernel hides the CPU flag and says why. */
	if (case_kernel_cause(ctx, "", "cpu_*", line, sizeof(line)))
		return ctx_fail(ctx, ctx_cause(ctx, "cpu_virt_missing"), expected, "%s", line);
	if (!host.cpu_vmx && !host.cpu_svm)
		return ctx_fail(ctx, "cpu_virt_missing", expected,
				"the CPU has neither flag, vmx or svm");
	return ctx_fail(ctx, "kvm_unusable", expected,
			"the CPU flag is there, but KVM creates no virtual machine (module: %s)",
			ret < 0 ? strerror(-ret) : "loaded");
}

/*
 * One region in as many lines as its devices need, each with whole paths only: the port under test
 * may be the last of them.
 */
static void list_region(struct ctx *ctx, const struct acpi_region *r)
{
	const char *at = r->devices;
	size_t len, end;

	do {
		len = strlen(at);
		end = len <= MAX_DEVICES_LINE ? len : MAX_DEVICES_LINE;
		while (end < len && end > 0 && at[end] != ' ')
			end--;
		ctx_evidence(ctx, "reserved_region", "%#llx-%#llx, segment %u, devices %.*s",
			     (unsigned long long)r->start, (unsigned long long)r->end, r->segment,
			     (int)(end ? end : len), at);
		at += end ? end + (end < len) : len;
	} while (*at);
	if (r->n_left_out)
		ctx_evidence(ctx, "reserved_region", "%#llx: and %u more devices",
			     (unsigned long long)r->start, r->n_left_out);
}

static void list_regions(struct ctx *ctx, const struct acpi_iommu *t)
{
	unsigned int i, kept = t->n_regions < ACPI_MAX_REGIONS ? t->n_regions : ACPI_MAX_REGIONS;

	for (i = 0; i < kept; i++)
		list_region(ctx, &t->regions[i]);
	if (kept < t->n_regions)
		ctx_evidence(ctx, "reserved_region", "and %u more", t->n_regions - kept);
}

/* What the table itself says against interrupt remapping; the label, NULL if nothing. */
static const char *see_irq_remap(struct ctx *ctx, const struct acpi_iommu *t)
{
	const char *why = acpi_why_no_irq_remap(t);

	if (!why)
		return NULL;
	ctx_symptom(ctx, SYMPTOM_STATE, "%s", why);
	return t->amd || t->intr_remap ? "irq_remap_ioapic" : "irq_remap_flag";
}

/* True if the firmware has the table. */
static bool check_table(struct ctx *ctx, const char *signature)
{
	static const char expected[] = "a well formed DMAR (Intel) or IVRS (AMD) table";
	struct acpi_iommu t;
	const char *label;
	int ret = acpi_read_iommu(ctx->root, signature, &t);

	if (ret == -ENOENT)
		return false;
	if (ret == -EFBIG) {
		ctx_error(ctx, ret, "%s has more than the %u bytes that are read", signature,
			  ACPI_MAX_TABLE);
		return true;
	}
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
	label = see_irq_remap(ctx, &t);
	if (label)
		ctx_warn(ctx, label, "the table provides for interrupt remapping", "%s",
			 acpi_why_no_irq_remap(&t));
	ctx_pass(ctx, expected, "%s with %u units", signature, t.units);
	return true;
}

static int run_iommu_firmware(struct ctx *ctx)
{
	const struct host_info *host = &ctx->inv->host;
	bool dmar = check_table(ctx, "DMAR");
	bool ivrs = check_table(ctx, "IVRS");
	char line[256];

	if (case_kernel_cause(ctx, "", "iommu_table_*", line, sizeof(line)))
		ctx_warn(ctx, ctx_cause(ctx, "iommu_table_malformed"),
			 "the kernel finds nothing wrong in the table", "%s", line);
	if (dmar || ivrs)
		return 0;
	ctx_symptom(ctx, SYMPTOM_STATE, "no %s",
		    host->cpu_svm && !host->cpu_vmx ? "IVRS table, CPU with SVM"
						    : "DMAR table, CPU with VT-x");
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
	if (ctx_symptom(ctx, SYMPTOM_STATE, "parameter %s", param))
		ctx_warn(ctx, ctx_cause(ctx, "acs_overridden"),
			 "no parameter lowers the isolation of PCIe devices",
			 "the kernel was started with %s", param);
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
	char cmdline[KERNEL_CMDLINE_SIZE], *param, *state = NULL;
	struct iommu_info iommu;
	int ret = kernel_read_cmdline(ctx->root, cmdline, sizeof(cmdline));

	if (ret < 0)
		return ctx_error(ctx, ret, "cannot read the kernel command line: %s",
				 strerror(-ret));
	if (!inventory_scan_iommu(ctx->root, &iommu))
		return ctx_error(ctx, -ETIMEDOUT, "the kernel does not answer about the IOMMU");
	secret_hide(cmdline, sizeof(cmdline));
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
		int group = iommu_group_of(ctx->root, &n->addr);
		char a[PCI_ADDR_STRLEN], type[32];

		pci_addr_format(&n->addr, a);
		if (group < 0) {
			if (!inventory_nic_is_pf(n))
				continue;
			ctx_symptom(ctx, SYMPTOM_STATE, "no IOMMU group for %s", a);
			ctx_fail_absent(ctx, "iommu_off", "every SR-IOV NIC is behind an IOMMU",
					"%s (%s) has no IOMMU group", a, n->name);
			continue;
		}
		if (iommu_group_type(ctx->root, group, type, sizeof(type)) < 0)
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

	if (!inventory_scan_iommu(ctx->root, &iommu))
		return ctx_error(ctx, -ETIMEDOUT, "the kernel does not answer about the IOMMU");
	ctx_evidence(ctx, "iommu", "%u units, %u groups", iommu.units, iommu.groups);
	if (iommu.groups == 0) {
		case_kernel_cause(ctx, "", "iommu_*", line, sizeof(line));
		ctx_symptom(ctx, SYMPTOM_STATE, "no IOMMU groups");
		return ctx_fail_absent(ctx, "iommu_off", expected, "%u units, no groups",
				       iommu.units);
	}
	check_domains(ctx);
	if (ctx_failed(ctx))
		return 0;
	return ctx_pass(ctx, expected, "%u units, %u groups", iommu.units, iommu.groups);
}

/* The firmware's table may say it before the kernel does. The label, NULL if it does not. */
static const char *see_tables(struct ctx *ctx)
{
	static const char *const signatures[] = { "DMAR", "IVRS" };
	const char *label = NULL, *own;
	struct acpi_iommu t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(signatures); i++) {
		if (acpi_read_iommu(ctx->root, signatures[i], &t) < 0)
			continue;
		own = see_irq_remap(ctx, &t);
		if (!own)
			continue;
		ctx_evidence(ctx, "table", "%s", acpi_why_no_irq_remap(&t));
		label = own;
	}
	return label;
}

static int run_irq_remap(struct ctx *ctx)
{
	static const char expected[] = "interrupt remapping is in force (IR- chips in use)";
	unsigned int remapped, plain;
	const char *label, *table = see_tables(ctx);
	char line[256] = "";
	int ret = inventory_count_irqs(ctx->root, &remapped, &plain);

	if (ret < 0 && remapped == 0)
		return ctx_error(ctx, ret, "/proc/interrupts cannot be read: %s", strerror(-ret));
	ctx_evidence(ctx, "irq_chips", "%u interrupts through IR- chips, %u not", remapped, plain);
	if (kmsg_find(ctx->root, "BIOS sets x2apic opt out bit", line, sizeof(line)))
		ctx_evidence(ctx, "x2apic", "%s", line);
	if (remapped > 0 && table)
		ctx_warn(ctx, table, "the firmware's table provides for it",
			 "it does not, and %u interrupts go through IR- chips all the same",
			 remapped);
	if (remapped > 0)
		return ctx_pass(ctx, expected, "%u interrupts through IR- chips", remapped);
	case_kernel_cause(ctx, "", "irq_remap_*", line, sizeof(line));
	label = ctx_cause(ctx, "irq_remap_off");
	if (ctx->settings->unsafe_interrupts)
		return ctx_warn(ctx, label, expected, "none is remapped, allowed by setting%s%s",
				line[0] ? ": " : "", line);
	return ctx_fail(ctx, label, expected, "none is remapped%s%s", line[0] ? ": " : "", line);
}

const struct case_def host_cases[] = {
	{ .id = "host_cpu_virt",
	  .set = SET_QUICK,
	  .title = "The CPU virtualizes and KVM creates a virtual machine",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_cpu_virt },
	{ .id = "host_iommu_firmware",
	  .set = SET_QUICK,
	  .title = "Firmware describes the IOMMU in a well formed ACPI table",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_iommu_firmware },
	{ .id = "host_iommu_cmdline",
	  .set = SET_QUICK,
	  .title = "The kernel command line does not turn the IOMMU off",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_iommu_cmdline },
	{ .id = "host_iommu_on",
	  .set = SET_QUICK,
	  .title = "The IOMMU is on and translates for the NICs",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = run_iommu_on },
	{ .id = "host_irq_remap",
	  .set = SET_QUICK,
	  .title = "Interrupt remapping is in force",
	  .subject = SUBJECT_HOST,
	  .needs = { &req_iommu_on },
	  .timeout_s = 60,
	  .run = run_irq_remap },
	{ .id = "host_iommu_group",
	  .set = SET_QUICK,
	  .title = "Each SR-IOV NIC is alone in its IOMMU group",
	  .subject = SUBJECT_HOST,
	  .needs = { &req_iommu_on },
	  .timeout_s = 60,
	  .run = host_run_iommu_group },
	{ .id = "host_nic_supported",
	  .set = SET_QUICK,
	  .title = "A network controller with SR-IOV is there",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = host_run_nic_supported },
	{ .id = "host_quiet",
	  .last = true,
	  .title = "No other device makes faults",
	  .subject = SUBJECT_HOST,
	  .timeout_s = 60,
	  .run = host_run_quiet },
	{ .id = NULL },
};
