/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report for people: a summary that fits a screen, then every item.
 */
#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "report/levels.h"
#include "report/page.h"
#include "report/readiness.h"
#include "report/report.h"
#include "report/subjects.h"
#include "report/text_causes.h"
#include "report/text_rules.h"

#define MAX_PORTS 4
#define LABEL_WIDTH 10

/* "3 PASS, 1 FAIL" of an array of items. Returns their number. */
static unsigned int count_text(const json_t *items, char *buf, size_t size)
{
	unsigned int counts[VERDICT_COUNT] = { 0 };
	json_t *item;
	enum verdict v;
	size_t i;

	json_array_foreach (items, i, item)
		counts[report_item_verdict(item)]++;
	buf[0] = '\0';
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		size_t len = strlen(buf);

		if (counts[v])
			util_format(buf + len, size - len, "%s%u %s", len ? ", " : "", counts[v],
				    verdict_name(v));
	}
	return (unsigned int)json_array_size(items);
}

static void put_host(struct page *p, const json_t *report)
{
	const json_t *host = json_object_get(report, "host");
	const json_t *iommu = json_object_get(report, "iommu");
	const char *kind = member_text(iommu, "kind"), *serial = member_text(host, "serial");

	page_put_line(p, "%-*s%s %s, serial %s, BIOS %s %s", LABEL_WIDTH, "Host",
		      member_text(host, "vendor"), member_text(host, "product"),
		      serial[0] ? serial : "unknown", member_text(host, "bios_version"),
		      member_text(host, "bios_date"));
	if (strcmp(kind, "none") == 0 || !kind[0])
		page_put_line(p, "%-*snone; interrupt remapping %s", LABEL_WIDTH, "IOMMU",
			      member_flag(iommu, "irq_remap") ? "on" : "OFF");
	else
		page_put_line(p, "%-*s%s, %d units, %d groups; interrupt remapping %s", LABEL_WIDTH,
			      "IOMMU", kind, (int)member_number(iommu, "units"),
			      (int)member_number(iommu, "groups"),
			      member_flag(iommu, "irq_remap") ? "on" : "OFF");
}

/* @subjects: of subjects_of_items(). */
static void put_ports(struct page *p, const json_t *report, const json_t *subjects)
{
	unsigned int shown = 0, more = 0;
	char counts[128], why[100];
	json_t *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		const char *addr = member_text(nic, "address"), *wire = "";

		if (count_text(json_object_get(subjects, addr), counts, sizeof(counts)) == 0) {
			if (!report_untested_text(nic, why, sizeof(why)))
				continue;
			util_format(counts, sizeof(counts), "NOT TESTED, %s", why);
		} else if (json_is_null(json_object_get(nic, "peer"))) {
			wire = "; wire not tested";
		}
		if (shown++ < MAX_PORTS)
			page_put_line(p, "%-*s%s %.30s: %s%s", LABEL_WIDTH,
				      shown == 1 ? "Ports" : "", addr, member_text(nic, "name"),
				      counts, wire);
		else
			more++;
	}
	if (more)
		page_put_line(p, "%-*s... and %u more", LABEL_WIDTH, "", more);
}

bool report_is_failure(const json_t *item)
{
	enum verdict v = report_item_verdict(item);

	return v == VERDICT_FAIL || v == VERDICT_TIMEOUT || v == VERDICT_CRASHED;
}

/* Why it is not QUALIFIED: what the failures below do not say themselves. */
static void put_reasons(struct page *p, const json_t *report, unsigned int max)
{
	const json_t *reasons = json_object_get(report, "verdict_reasons");
	size_t n = json_array_size(reasons), i;

	for (i = 0; i < n && i < max; i++) {
		const char *text = json_string_value(json_array_get(reasons, i));

		if (i + 1 == max && n > max)
			page_put_line(p, "   ... and %zu more reasons", n - i);
		else
			page_put_line(p, " - %s", text ? text : "");
	}
}

bool report_is_quick(const json_t *report)
{
	return strcmp(member_text(json_object_get(report, "settings"), "plan"), "quick") == 0;
}

/* An appliance with other files is not the one that was built. */
static void put_overlay(struct page *p, const json_t *report)
{
	size_t n = json_array_size(json_object_get(report, "overlay"));

	if (n > 0)
		page_put_line(p, "%-*sthe appliance was changed by %zu files: see the details",
			      LABEL_WIDTH, "Overlay", n);
}

static void put_summary(struct page *p, const json_t *report, const json_t *subjects)
{
	const char *verdict = member_text(report, "verdict");
	static const char rule[] = "########################################"
				   "########################################";
	bool unsafe, disproved = report_verdict(report, &unsafe) == RUN_NOT_QUALIFIED;
	char counts[128], levels[200];
	unsigned int total;

	page_put_line(p, "vfproof %s: SR-IOV validation report",
		      member_text(json_object_get(report, "build"), "revision"));
	put_host(p, report);
	put_ports(p, report, subjects);
	put_overlay(p, report);
	total = count_text(json_object_get(report, "items"), counts, sizeof(counts));
	page_put_line(p, "%-*s%u: %s", LABEL_WIDTH, "Items", total, counts);
	if (levels_text(report, "run", levels, sizeof(levels)))
		page_put_line(p, "%-*s%s", LABEL_WIDTH, "Levels", levels);
	if (readiness_text(report, levels, sizeof(levels)))
		page_put_line(p, "%-*s%s", LABEL_WIDTH, "Rules", levels);
	page_put_line(p, "%s", rule);
	page_put_line(p, "####  %s%s", verdict[0] ? verdict : "NO VERDICT",
		      report_is_quick(report) ? " (QUICK PLAN)" : "");
	page_put_line(p, "%s", rule);
	if (!disproved)
		put_reasons(p, report, json_array_size(json_object_get(report, "causes")) ? 2 : 6);
	text_causes_brief(p, report, 1);
	page_put_line(p, "%-*s%s", LABEL_WIDTH, "Report",
		      member_text(report, "stored")[0] ? member_text(report, "stored")
						       : "not stored");
}

/* Gives @put the items by their subjects, which it needs. */
static int put_page(FILE *f, const json_t *report, unsigned int max_lines,
		    void (*put)(struct page *p, const json_t *report, const json_t *subjects))
{
	struct page p = { .f = f, .max_lines = max_lines };
	json_t *subjects = subjects_of_items(report);

	if (!subjects)
		return -ENOMEM;
	put(&p, report, subjects);
	json_decref(subjects);
	return 0;
}

int report_put_summary(FILE *f, const json_t *report)
{
	return put_page(f, report, REPORT_SUMMARY_LINES, put_summary);
}

static void put_array(struct page *p, const char *label, const json_t *array)
{
	json_t *value;
	size_t i;

	json_array_foreach (array, i, value) {
		const char *text = json_string_value(value);
		char line[400];

		if (json_is_object(value)) {
			util_format(line, sizeof(line), "%s = %s", member_text(value, "key"),
				    member_text(value, "value"));
			text = line;
		}
		page_put_all(p, i == 0 ? label : "", text ? text : "");
	}
}

/* The further causes, in the order of their likelihood. */
static void put_also(struct page *p, const json_t *also)
{
	json_t *cause;
	size_t i;

	json_array_foreach (also, i, cause) {
		page_put_all(p, "  or cause", member_text(cause, "cause"));
		page_put_all(p, "    seen", member_text(cause, "seen"));
		page_put_all(p, "    fix", member_text(cause, "fix"));
	}
}

/* @cause: number of the cause that another item stands for, 0: none. */
static void put_item(struct page *p, const json_t *item, unsigned int cause)
{
	const char *label = member_text(item, "label");
	char number[48];

	page_put_line(p, "%s", "");
	page_put_line(p, "%-8s %s %s (%.1f s)%s", member_text(item, "verdict"),
		      member_text(item, "case"), member_text(item, "subject"),
		      member_real(item, "duration_s"),
		      !member_not_false(item, "required") ? " not required" : "");
	page_put_all(p, "  what", member_text(item, "title"));
	page_put_all(p, "  where", member_text(item, "place"));
	page_put_all(p, "  expected", member_text(item, "expected"));
	page_put_all(p, "  measured", member_text(item, "measured"));
	page_put_all(p, "  reason", member_text(item, "reason"));
	if (label[0])
		page_put_all(p, "  label", label);
	page_put_all(p, "  waived", member_text(item, "waived"));
	if (cause > 0) {
		util_format(number, sizeof(number), "number %u of the causes above", cause);
		page_put_all(p, "  cause", number);
	} else {
		page_put_all(p, "  cause", member_text(item, "cause"));
		page_put_all(p, "  fix", member_text(item, "fix"));
	}
	put_also(p, json_object_get(item, "also"));
	put_array(p, "  evidence", json_object_get(item, "evidence"));
	put_array(p, "  kernel", json_object_get(item, "kernel_log"));
	put_array(p, "  console", json_object_get(item, "console"));
}

/* Which ports reach each other, of those that were tested. */
static void put_wires(struct page *p, const json_t *report, const json_t *subjects)
{
	const json_t *nic, *other;
	const char *label = "Wire";
	size_t i, k;

	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		const char *addr = member_text(nic, "address"), *peer = member_text(nic, "peer");
		char line[400];

		if (!json_object_get(nic, "peer") || !json_object_get(subjects, addr))
			continue;
		if (peer[0])
			util_format(line, sizeof(line), "%s has the peer %s and reaches", addr,
				    peer);
		else
			util_format(line, sizeof(line),
				    "%s has no peer: the wire was not tested, traffic went through "
				    "the NIC's own switch between PF and VFs; it reaches",
				    addr);
		json_array_foreach (json_object_get(nic, "reaches"), k, other) {
			size_t len = strlen(line);

			util_format(line + len, sizeof(line) - len, " %s",
				    json_string_value(other) ? json_string_value(other) : "");
		}
		if (json_array_size(json_object_get(nic, "reaches")) == 0)
			strncat(line, " none", sizeof(line) - strlen(line) - 1);
		page_put_all(p, label, line);
		if (member_text(nic, "wire")[0])
			page_put_all(p, "", member_text(nic, "wire"));
		label = "";
	}
}

/* How a hand finds the ports: place, addresses and name, of those for which there is more to say.
 */
static void put_places(struct page *p, const json_t *report)
{
	const char *label = "Ports";
	const json_t *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		const char *mac = member_text(nic, "permanent_mac"),
			   *name = member_text(nic, "ifname");
		char line[400], text[SUBJECT_TEXT];

		if (!member_text(nic, "place")[0] && !mac[0])
			continue;
		util_format(line, sizeof(line), "%s%s%s%s%s", subject_text(nic, text),
			    name[0] ? ", " : "", name, mac[0] ? ", permanent MAC " : "", mac);
		page_put_all(p, label, line);
		label = "";
	}
}

/* What each port is good for; all that is missing is in the JSON form. */
static void put_levels(struct page *p, const json_t *report)
{
	json_t *levels = json_object_get(report, "levels"), *level;
	const char *subject;
	char text[400], line[500];

	json_object_foreach (levels, subject, level) {
		if (strcmp(subject, "run") == 0 ||
		    !levels_text(report, subject, text, sizeof(text)))
			continue;
		util_format(line, sizeof(line), "%s reaches %s", subject, text);
		page_put_all(p, "Levels", line);
	}
}

static void put_overlay_files(struct page *p, const json_t *report)
{
	const char *label = "Overlay";
	const json_t *file;
	char line[400];
	size_t i;

	json_array_foreach (json_object_get(report, "overlay"), i, file) {
		if (i == 0)
			page_put_all(p, label, "the appliance was changed by these files:");
		util_format(line, sizeof(line), "%s (%lld bytes, from the %s) SHA-256 %s",
			    member_text(file, "path"), (long long)member_number(file, "size"),
			    member_text(file, "origin"), member_text(file, "sha256"));
		page_put_all(p, "", line);
	}
}

static void put_fact(const char *name, const char *text, void *arg)
{
	const bool is_hash = strlen(text) == 64; /* which has room on a line of its own */
	char line[400];

	if (!text[0])
		return;
	util_format(line, sizeof(line), "%s: %s", name, is_hash ? "" : text);
	page_put_all(arg, "", line);
	if (is_hash)
		page_put_all(arg, "", text);
}

static void put_boot(struct page *p, const json_t *report)
{
	if (!json_is_object(json_object_get(report, "boot")) &&
	    !json_is_object(json_object_get(report, "signer")))
		return;
	page_put_all(p, "Booted", "what of it is proved: docs/signatures.md");
	report_each_boot_fact(report, put_fact, p);
}

static void put_details(struct page *p, const json_t *report, const json_t *subjects)
{
	const json_t *host = json_object_get(report, "host");
	_cleanup_free_ unsigned int *numbers = NULL;
	json_t *item;
	size_t i;

	page_put_line(p, "DETAILS");
	page_put_all(p, "Started", member_text(report, "started"));
	page_put_all(p, "Finished", member_text(report, "finished"));
	page_put_all(p, "Kernel", member_text(host, "kernel"));
	page_put_all(p, "Command line", member_text(host, "cmdline"));
	put_boot(p, report);
	put_overlay_files(p, report);
	put_places(p, report);
	put_wires(p, report, subjects);
	put_array(p, "Reasons", json_object_get(report, "verdict_reasons"));
	put_array(p, "Not certified", json_object_get(report, "not_certified"));
	put_levels(p, report);
	text_rules(p, report);
	text_waivers(p, report);
	text_causes(p, report);
	put_array(p, "Notes", json_object_get(report, "notes"));
	numbers = text_causes_number(report);
	json_array_foreach (json_object_get(report, "items"), i, item)
		put_item(p, item, numbers ? numbers[i] : 0);
}

int report_put_details(FILE *f, const json_t *report)
{
	return put_page(f, report, UINT32_MAX, put_details);
}

int report_put_text(FILE *f, const json_t *report)
{
	int ret = report_put_summary(f, report);

	fputc('\n', f);
	return ret < 0 ? ret : report_put_details(f, report);
}

void report_to_result_line(const json_t *report, char *buf, size_t size)
{
	static const char *const keys[VERDICT_COUNT] = {
		[VERDICT_PASS] = "pass",       [VERDICT_WARN] = "warn",
		[VERDICT_FAIL] = "fail",       [VERDICT_SKIP] = "skip",
		[VERDICT_ERROR] = "error",     [VERDICT_TIMEOUT] = "timeout",
		[VERDICT_CRASHED] = "crashed", [VERDICT_NOTRUN] = "notrun",
	};
	const json_t *counts = json_object_get(report, "counts");
	const size_t untested = json_array_size(json_object_get(report, "not_certified"));
	const char *level = levels_highest(report);
	char verdict[80];
	enum verdict v;

	util_strlcpy(verdict, sizeof(verdict), member_text(report, "verdict"));
	util_sanitise(verdict);
	util_break_marks(verdict);
	util_format(buf, size, "VFPROOF-RESULT: %s%s", verdict,
		    report_is_quick(report) ? " plan=quick" : "");
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		size_t len = strlen(buf);

		util_format(buf + len, size - len, " %s=%d", keys[v],
			    (int)member_number(counts, verdict_name(v)));
	}
	if (untested > 0)
		util_format(buf + strlen(buf), size - strlen(buf), " not_certified=%zu", untested);
	if (level)
		util_format(buf + strlen(buf), size - strlen(buf), " level=%s", level);
}
