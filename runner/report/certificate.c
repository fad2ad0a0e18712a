/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the certificate says. */
#include "report/certificate.h"

#include <string.h>
#include "journal/member.h"
#include "report/levels.h"
#include "report/readiness.h"
#include "report/report.h"
#include "report/waiver.h"
#include "version.h"

#define TEXT_SIZE 1200

struct page_of {
	json_t *sections, *rows; /* rows: of the last section */
	const json_t *report;
};

static void section(struct page_of *p, const char *title)
{
	p->rows = json_array();
	json_array_append_new(p->sections,
			      json_pack("{s:s, s:o}", "title", title, "rows", p->rows));
}

static void printf_like(3, 4) row(struct page_of *p, const char *name, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_sanitise(text); /* a character may have been cut in two */
	if (util_trim(text)[0])
		json_array_append_new(p->rows, json_pack("[s, s]", name, util_trim(text)));
}

static void texts(struct page_of *p, const char *name, const json_t *array)
{
	const json_t *text;
	size_t i;

	json_array_foreach (array, i, text)
		if (json_is_string(text))
			row(p, i == 0 ? name : "", "%s", json_string_value(text));
}

static void put_counts(struct page_of *p)
{
	const json_t *counts = json_object_get(p->report, "counts");
	char text[200] = "";
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		const int n = (int)member_number(counts, verdict_name(v));
		const size_t len = strlen(text);

		if (n > 0)
			util_format(text + len, sizeof(text) - len, "%s%d %s", len ? ", " : "", n,
				    verdict_name(v));
	}
	row(p, "Items", "%s", text);
}

/* A setting, if it leaves anything out. */
static void put_narrowing(struct page_of *p, const char *name, const char *value, const char *all)
{
	if (strcmp(value, all) != 0)
		row(p, name, "%s", value);
}

static void put_run(struct page_of *p)
{
	const json_t *settings = json_object_get(p->report, "settings");
	char text[400];

	section(p, "Result");
	row(p, "Verdict", "%s", member_text(p->report, "verdict"));
	if (levels_text(p->report, "run", text, sizeof(text)))
		row(p, "Levels", "%s", text);
	if (readiness_text(p->report, text, sizeof(text)))
		row(p, "Rules", "%s", text);
	put_counts(p);
	row(p, "Plan", "%s", member_text(settings, "plan"));
	put_narrowing(p, "Only the cases", member_text(settings, "cases"), "*");
	put_narrowing(p, "Only the ports", member_text(settings, "ports"), "all");
	row(p, "Run", "from %s to %s by the host's clock%s", member_text(p->report, "started"),
	    member_text(p->report, "finished"),
	    member_number(p->report, "resumed") > 0 ? ", cut off and gone on with" : "");
	if (member_flag(p->report, "unsafe_interrupts"))
		row(p, "Unsafe", "interrupts of devices are not remapped, which was allowed");
	texts(p, "Why", json_object_get(p->report, "verdict_reasons"));
	texts(p, "Not certified", json_object_get(p->report, "not_certified"));
}

static void put_waivers(struct page_of *p)
{
	const json_t *waiver, *item;
	size_t i, k;

	if (json_array_size(json_object_get(p->report, "waivers")) == 0)
		return;
	section(p, "Waivers");
	json_array_foreach (json_object_get(p->report, "waivers"), i, waiver) {
		json_t *text = waiver_text(waiver);

		row(p, member_text(waiver, "state"), "%s", text ? json_string_value(text) : "");
		json_decref(text);
		json_array_foreach (json_object_get(waiver, "items"), k, item)
			if (json_is_string(item))
				row(p, "", "covers: %s FAIL", json_string_value(item));
	}
}

static void put_host(struct page_of *p)
{
	const json_t *host = json_object_get(p->report, "host");
	const json_t *iommu = json_object_get(p->report, "iommu");

	section(p, "Host");
	row(p, "System", "%s %s", member_text(host, "vendor"), member_text(host, "product"));
	row(p, "Serial", "%s", member_text(host, "serial"));
	row(p, "UUID", "%s", member_text(host, "uuid"));
	row(p, "Board", "%s %s", member_text(host, "board"), member_text(host, "board_serial"));
	row(p, "BIOS", "%s %s %s", member_text(host, "bios_vendor"),
	    member_text(host, "bios_version"), member_text(host, "bios_date"));
	row(p, "Processors", "%d, %s", (int)member_number(host, "cpus"),
	    member_text(host, "cpu_model"));
	row(p, "Memory", "%d MiB", (int)(member_number(host, "memory_kb") / 1024));
	row(p, "IOMMU", "%s; interrupt remapping %s", member_text(iommu, "kind"),
	    member_flag(iommu, "irq_remap") ? "on" : "OFF");
}

static void put_port(struct page_of *p, const json_t *nic)
{
	const char *address = member_text(nic, "address"), *peer = member_text(nic, "peer");
	const json_t *link = json_object_get(nic, "link");
	char text[400];

	row(p, address, "%s", member_text(nic, "name"));
	row(p, "Driver", "%s %s, firmware %s", member_text(nic, "driver"),
	    member_text(nic, "driver_version"),
	    member_text(nic, "firmware_version")[0] ? member_text(nic, "firmware_version")
						    : "unknown");
	row(p, "MAC", "%s", member_text(nic, "mac"));
	row(p, "Slot", "%s", member_text(nic, "slot"));
	if (member_number(link, "width"))
		row(p, "PCIe", "%d MT/s x%d", (int)member_number(link, "speed_mtps"),
		    (int)member_number(link, "width"));
	if (json_is_integer(json_object_get(nic, "total_vfs")))
		row(p, "VFs", "%d", (int)member_number(nic, "total_vfs"));
	if (json_object_get(nic, "peer"))
		row(p, "Wire", "%s%s", peer[0] ? "tested, to " : "not tested", peer);
	if (report_untested_text(nic, text, sizeof(text)))
		row(p, "NOT TESTED", "%s", text);
	if (levels_text(p->report, address, text, sizeof(text)))
		row(p, "Levels", "%s", text);
}

static void put_ports(struct page_of *p)
{
	const json_t *nic;
	size_t i;

	section(p, "Ports");
	json_array_foreach (json_object_get(p->report, "nics"), i, nic)
		put_port(p, nic);
	if (json_array_size(p->rows) == 0)
		row(p, "Ports", "none");
}

/* Ids alone of those that are met; titles of the others. */
static void put_rules(struct page_of *p, const char *state, bool titles)
{
	const json_t *rule;
	char ids[TEXT_SIZE] = "";
	bool first = true;
	size_t i;

	json_array_foreach (json_object_get(p->report, "rules"), i, rule) {
		const size_t len = strlen(ids);

		if (strcmp(member_text(rule, "state"), state) != 0)
			continue;
		if (titles)
			row(p, first ? state : "", "%s: %s", member_text(rule, "id"),
			    member_text(rule, "title"));
		else
			util_format(ids + len, sizeof(ids) - len, "%s%s", len ? ", " : "",
				    member_text(rule, "id"));
		first = false;
	}
	if (ids[0])
		row(p, state, "%s", ids);
}

static void put_all_rules(struct page_of *p)
{
	section(p, "Readiness rules");
	put_rules(p, "met", false);
	put_rules(p, "failed", true);
	put_rules(p, "not tried", false);
	put_rules(p, "not applicable", false);
	if (json_array_size(p->rows) == 0)
		row(p, "Rules", "this report is older than they are");
}

static void put_fact(const char *name, const char *text, void *arg)
{
	if (strncmp(name, "TPM PCR", 7) != 0 && strcmp(name, "Image, changed") != 0)
		row(arg, name, "%s", text[0] ? text : "not known");
}

static void put_image(struct page_of *p)
{
	json_t *deviations = certificate_deviations(p->report);

	section(p, "What it was shown with");
	row(p, "Program", "vfproof %s",
	    member_text(json_object_get(p->report, "build"), "revision"));
	if (json_array_size(deviations) > 0)
		texts(p, "NOT the plain released image", deviations);
	else
		row(p, "Appliance", "the plain released image");
	json_decref(deviations);
	row(p, "Kernel", "%s", member_text(json_object_get(p->report, "host"), "kernel"));
	row(p, "Command line", "%s", member_text(json_object_get(p->report, "host"), "cmdline"));
	report_each_boot_fact(p->report, put_fact, p);
}

static void put_source(struct page_of *p, const struct certificate_source *source)
{
	section(p, "What it is made from");
	row(p, "Report", "%s, %llu bytes", source->name, (unsigned long long)source->size);
	row(p, "Report SHA-256", "%s", source->sha256);
	row(p, "Signature of the report", "%s", source->signature);
	row(p, "Certificate", "made by vfproof %s%s", VFPROOF_REVISION,
	    source->anonymous ? "; serial numbers, UUIDs and MAC addresses are salted hashes" : "");
}

json_t *certificate_make(const json_t *report, const struct certificate_source *source)
{
	static const char *const classes[RUN_COUNT] = { [RUN_QUALIFIED] = "pass",
							[RUN_WAIVED] = "open",
							[RUN_NOT_QUALIFIED] = "fail",
							[RUN_INCOMPLETE] = "open" };
	const json_t *host = json_object_get(report, "host");
	struct page_of p = { .sections = json_array(), .report = report };
	bool unsafe;

	put_run(&p);
	put_waivers(&p);
	put_image(&p);
	put_host(&p);
	put_ports(&p);
	put_all_rules(&p);
	put_source(&p, source);
	return json_pack("{s:s, s:s, s:o, s:o}", "verdict", member_text(report, "verdict"), "class",
			 classes[report_verdict(report, &unsafe)], "machine",
			 json_sprintf("%s %s%s%s", member_text(host, "vendor"),
				      member_text(host, "product"),
				      member_text(host, "serial")[0] ? ", serial " : "",
				      member_text(host, "serial")),
			 "sections", p.sections);
}
