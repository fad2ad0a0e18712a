/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the host and of each port, with the tables of their items.
 */
#include "report/html.h"

#include <stdarg.h>
#include <string.h>
#include "journal/member.h"
#include "report/forms.h"
#include "report/levels.h"
#include "report/markup.h"
#include "report/subjects.h"

#define HOST "host"

void html_fact(FILE *f, const char *name, const char *value)
{
	if (!value[0])
		return;
	markup_element(f, "dt", strlen(value) > 60 ? "wide" : NULL, name);
	markup_element(f, "dd", NULL, value);
	fputc('\n', f);
}

static void printf_like(3, 4) fact(FILE *f, const char *name, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	html_fact(f, name, util_trim(text));
}

static void put_iommu(FILE *f, const json_t *iommu)
{
	const char *kind = member_text(iommu, "kind");

	if (!kind[0])
		return;
	if (strcmp(kind, "none") == 0)
		html_fact(f, "IOMMU", "none");
	else
		fact(f, "IOMMU", "%s, %d units, %d groups", kind,
		     (int)member_number(iommu, "units"), (int)member_number(iommu, "groups"));
	html_fact(f, "Interrupt remapping", member_flag(iommu, "irq_remap") ? "on" : "OFF");
	fact(f, "ACPI tables", "%s%s", member_flag(iommu, "table_dmar") ? "DMAR " : "",
	     member_flag(iommu, "table_ivrs") ? "IVRS" : "");
}

static void put_boot_fact(const char *name, const char *text, void *arg)
{
	html_fact(arg, name, text);
}

void html_host(FILE *f, const json_t *report, const json_t *subjects)
{
	const json_t *host = json_object_get(report, "host");

	fputs("<h2>Host</h2>\n<dl class=\"facts\">\n", f);
	fact(f, "System", "%s %s", member_text(host, "vendor"), member_text(host, "product"));
	html_fact(f, "Serial", member_text(host, "serial"));
	html_fact(f, "Board", member_text(host, "board"));
	fact(f, "BIOS", "%s %s %s", member_text(host, "bios_vendor"),
	     member_text(host, "bios_version"), member_text(host, "bios_date"));
	fact(f, "Processors", "%d, %s", (int)member_number(host, "cpus"),
	     member_text(host, "cpu_model"));
	fact(f, "Memory", "%d MiB", (int)(member_number(host, "memory_kb") / 1024));
	html_fact(f, "Kernel", member_text(host, "kernel"));
	fact(f, "Virtualization", "%s%s%s", member_flag(host, "cpu_vmx") ? "VT-x " : "",
	     member_flag(host, "cpu_svm") ? "SVM " : "",
	     member_flag(host, "kvm") ? "with KVM" : "without KVM");
	put_iommu(f, json_object_get(report, "iommu"));
	html_fact(f, "Command line", member_text(host, "cmdline"));
	report_each_boot_fact(report, put_boot_fact, f);
	fputs("</dl>\n", f);
	if (json_object_get(subjects, HOST))
		html_items(f, json_object_get(subjects, HOST));
}

static void put_link(FILE *f, const json_t *nic)
{
	const json_t *link = json_object_get(nic, "link"), *max = json_object_get(nic, "link_max");
	const json_t *port = json_object_get(nic, "port");

	if (member_number(link, "width"))
		fact(f, "PCIe", "%d MT/s x%d of %d MT/s x%d",
		     (int)member_number(link, "speed_mtps"), (int)member_number(link, "width"),
		     (int)member_number(max, "speed_mtps"), (int)member_number(max, "width"));
	if (member_number(port, "speed_mbps") > 0)
		fact(f, "Link", "%d Mb/s", (int)member_number(port, "speed_mbps"));
	else if (json_is_object(port))
		html_fact(f, "Link", member_flag(port, "carrier") ? "up" : "no carrier");
}

/* Where its traffic went. */
static void put_wire(FILE *f, const json_t *nic)
{
	const char *peer = member_text(nic, "peer"), *wire = member_text(nic, "wire");

	if (peer[0])
		fact(f, "Wire", "to %s", peer);
	else if (json_object_get(nic, "peer"))
		fact(f, "Wire", "not tested: it reaches no other port%s%s", wire[0] ? ": " : "",
		     wire);
}

static void put_port_facts(FILE *f, const json_t *report, const json_t *nic)
{
	const char *firmware = member_text(nic, "firmware_version");
	char levels[400];

	fputs("<dl class=\"facts\">\n", f);
	fact(f, "Device", "%s:%s, subsystem %s:%s", member_text(nic, "vendor"),
	     member_text(nic, "device"), member_text(nic, "subvendor"),
	     member_text(nic, "subdevice"));
	fact(f, "Driver", "%s %s", member_text(nic, "driver"), member_text(nic, "driver_version"));
	html_fact(f, "Firmware", firmware[0] ? firmware : "unknown");
	fact(f, "Interface", "%s %s", member_text(nic, "ifname"), member_text(nic, "mac"));
	html_fact(f, "Permanent MAC", member_text(nic, "permanent_mac"));
	html_fact(f, "Place", member_text(nic, "place"));
	html_fact(f, "Slot", member_text(nic, "slot"));
	put_link(f, nic);
	if (json_is_integer(json_object_get(nic, "total_vfs")))
		fact(f, "VFs", "%d of %d", (int)member_number(nic, "total_vfs"),
		     (int)member_number(nic, "total_vfs_capability"));
	if (json_is_integer(json_object_get(nic, "iommu_group")))
		fact(f, "IOMMU group", "%d", (int)member_number(nic, "iommu_group"));
	html_fact(f, "Profile", member_text(nic, "profile"));
	put_wire(f, nic);
	if (levels_text(report, member_text(nic, "address"), levels, sizeof(levels)))
		html_fact(f, "Levels", levels);
	fputs("</dl>\n", f);
}

/* @nic: NULL if it is not known. */
static void put_heading(FILE *f, const char *address, const json_t *nic)
{
	fputs("<h2>Port ", f);
	markup_element(f, "code", NULL, address);
	html_place(f, nic);
	if (nic) {
		fputc(' ', f);
		markup_text(f, member_text(nic, "name"));
	}
	fputs("</h2>\n", f);
}

/* @items: NULL if there are none. */
static void put_port(FILE *f, const json_t *report, const json_t *nic, const json_t *items)
{
	char why[120];

	put_heading(f, member_text(nic, "address"), nic);
	put_port_facts(f, report, nic);
	if (items) {
		html_items(f, items);
		return;
	}
	fputs("<p class=\"none\">Not tested: ", f);
	if (!report_untested_text(nic, why, sizeof(why)))
		util_strlcpy(why, sizeof(why), "no SR-IOV, or not in the plan");
	markup_text(f, why);
	fputs(".</p>\n", f);
}

void html_ports(FILE *f, const json_t *report, json_t *subjects)
{
	json_t *nics = subjects_of_nics(report), *nic, *items;
	const char *subject;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic)
		put_port(f, report, nic, json_object_get(subjects, member_text(nic, "address")));
	/* Neither a known port nor the host: a damaged report has such. */
	json_object_foreach (subjects, subject, items) {
		if (strcmp(subject, HOST) == 0 || json_object_get(nics, subject))
			continue;
		put_heading(f, subject, NULL);
		html_items(f, items);
	}
	json_decref(nics);
}
