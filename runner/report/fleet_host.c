/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fleet keeps of a report: the host, its ports, how each area of cases went, and what was
 * found. Every text is bounded, since a report may come from anywhere.
 */
#include <string.h>
#include "journal/member.h"
#include "model/level.h"
#include "report/fleet_parts.h"
#include "report/forms.h"
#include "report/levels.h"
#include "report/report.h"

#define TEXT 80 /* of a name, a version or a number */
#define LONG_TEXT 220 /* of a sentence */
#define ADVICE_TEXT 600
#define MAX_REASONS 4
#define MAX_FINDINGS 200 /* labels of a host */

static const char *const state_names[FLEET_STATES] = { "none", "pass", "warn", "open", "fail" };

const char *fleet_state_name(enum fleet_state state)
{
	return state_names[state];
}

enum fleet_state fleet_state_parse(const char *name)
{
	enum fleet_state s;

	for (s = FLEET_NONE; s < FLEET_STATES; s++)
		if (strcmp(state_names[s], name) == 0)
			return s;
	return FLEET_NONE;
}

void fleet_set_text(json_t *obj, const char *key, const char *text, size_t max)
{
	size_t len = strlen(text), cut = max - 3;
	_cleanup_free_ char *buf = NULL;

	if (len <= max) {
		member_set_text(obj, key, text);
		return;
	}
	while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
		cut--; /* within a character of UTF-8 */
	if (asprintf(&buf, "%.*s...", (int)cut, text) >= 0)
		member_set_text(obj, key, buf);
	else
		buf = NULL;
}

const char *fleet_get_area(size_t i)
{
	const char *area = level_area(i);

	return area || (i > 0 && !level_area(i - 1)) ? area : FLEET_OTHER;
}

const char *fleet_area(const char *case_id)
{
	const size_t len = strcspn(case_id, "_");
	const char *area;
	size_t i;

	for (i = 0; (area = level_area(i)); i++)
		if (strlen(area) == len && strncmp(area, case_id, len) == 0)
			return area;
	return FLEET_OTHER;
}

enum fleet_state fleet_item_state(const json_t *item)
{
	const enum verdict v = report_item_verdict(item);

	if (v == VERDICT_PASS)
		return FLEET_PASS;
	if (v == VERDICT_WARN)
		return FLEET_WARN;
	if (!member_not_false(item, "required"))
		return FLEET_NONE;
	return report_is_failure(item) && !member_flag(item, "prerequisite") ? FLEET_FAIL
									     : FLEET_OPEN;
}

static void copy(json_t *to, const char *key, const json_t *from)
{
	fleet_set_text(to, key, member_text(from, key), TEXT);
}

static void count_up(json_t *obj, const char *key)
{
	member_set_number(obj, key, member_number(obj, key) + 1);
}

/* The first item that is as bad as the area. */
static json_t *first_of(const json_t *item)
{
	json_t *obj = json_object();

	copy(obj, "case", item);
	copy(obj, "subject", item);
	copy(obj, "label", item);
	member_set_text(obj, "verdict", verdict_name(report_item_verdict(item)));
	fleet_set_text(obj, "text", form_finding(item), LONG_TEXT);
	return obj;
}

/* Adds an item to its area's member of @areas. */
static void tally(json_t *areas, const json_t *item, enum fleet_state state)
{
	static const char *const counters[FLEET_STATES] = { NULL, "passed", "passed", "open",
							    "failed" };
	const char *name = fleet_area(member_text(item, "case"));
	json_t *area = json_object_get(areas, name);

	if (state == FLEET_NONE)
		return;
	if (!area) {
		area = json_pack("{s:s, s:i, s:i, s:i}", "state", fleet_state_name(FLEET_NONE),
				 "passed", 0, "failed", 0, "open", 0);
		json_object_set_new(areas, name, area);
	}
	count_up(area, counters[state]);
	if (state <= fleet_state_parse(member_text(area, "state")))
		return;
	member_set_text(area, "state", fleet_state_name(state));
	if (state > FLEET_PASS)
		json_object_set_new(area, "first", first_of(item));
}

/* By its label; one without is told by its case. */
static void add_finding(json_t *findings, const json_t *item, enum fleet_state state)
{
	const char *label = member_text(item, "label"), *id = member_text(item, "case");
	char key[2 * TEXT];
	json_t *finding;

	if (state < FLEET_WARN || (!label[0] && report_item_verdict(item) == VERDICT_SKIP))
		return; /* what was skipped follows from something else */
	util_format(key, sizeof(key), "%s%.70s", label[0] ? "" : "case ", label[0] ? label : id);
	finding = json_object_get(findings, key);
	if (!finding && json_object_size(findings) < MAX_FINDINGS) {
		finding = json_object();
		copy(finding, "label", item);
		fleet_set_text(finding, "case", label[0] ? "" : id, TEXT);
		member_set_text(finding, "state", fleet_state_name(state));
		fleet_set_text(finding, "cause",
			       member_text(item, "cause")[0] ? member_text(item, "cause")
							     : form_finding(item),
			       ADVICE_TEXT);
		fleet_set_text(finding, "fix", member_text(item, "fix"), ADVICE_TEXT);
		json_object_set_new(findings, key, finding);
	}
	count_up(finding, "items");
	if (state > fleet_state_parse(member_text(finding, "state")))
		member_set_text(finding, "state", fleet_state_name(state));
}

/* "base" ...; "none" has none, "unknown" is of a report that does not say. */
static const char *highest_level(const json_t *report, const char *subject)
{
	const json_t *obj = json_object_get(json_object_get(report, "levels"), subject);
	const json_t *reached = json_object_get(obj, "reached"), *name;
	enum level highest = LEVEL_COUNT;
	size_t i;

	if (!json_is_object(obj))
		return "unknown";
	json_array_foreach (reached, i, name)
		if (json_is_string(name) && level_parse(json_string_value(name)) < LEVEL_COUNT)
			highest = level_parse(json_string_value(name));
	return highest < LEVEL_COUNT ? level_name(highest) : "none";
}

static json_t *make_port(const json_t *report, const json_t *nic)
{
	static const char *const texts[] = { "ifname",		 "mac",	   "name",
					     "vendor",		 "device", "subvendor",
					     "subdevice",	 "driver", "driver_version",
					     "firmware_version", "slot" };
	json_t *port = json_object();
	size_t i;

	fleet_set_text(port, "pci_addr", member_text(nic, "address"), TEXT);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		copy(port, texts[i], nic);
	member_set_number(port, "total_vfs", member_number(nic, "total_vfs"));
	member_set_text(port, "level", highest_level(report, member_text(nic, "address")));
	json_object_set_new(port, "counts", json_object());
	json_object_set_new(port, "areas", json_object());
	return port;
}

/* The ports that were tested, from their addresses. */
static json_t *make_ports(const json_t *report, json_t *list)
{
	json_t *by_address = json_object(), *tested = json_object(), *item, *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item)
		json_object_set_new(tested, member_text(item, "subject"), json_true());
	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		const char *address = member_text(nic, "address");
		json_t *port;

		if (!json_object_get(tested, address) || json_object_get(by_address, address))
			continue;
		port = make_port(report, nic);
		json_array_append(list, port);
		json_object_set_new(by_address, address, port);
	}
	json_decref(tested);
	return by_address;
}

static void take_items(json_t *host, const json_t *report, const json_t *ports)
{
	json_t *areas = json_object(), *findings = json_object(), *item;
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item) {
		const enum fleet_state state = fleet_item_state(item);
		json_t *port = json_object_get(ports, member_text(item, "subject"));

		tally(areas, item, state);
		add_finding(findings, item, state);
		if (!port)
			continue;
		tally(json_object_get(port, "areas"), item, state);
		count_up(json_object_get(port, "counts"), verdict_name(report_item_verdict(item)));
	}
	json_object_set_new(host, "areas", areas);
	json_object_set_new(host, "findings", findings);
}

static void take_counts(json_t *host, const json_t *report)
{
	const json_t *counts = json_object_get(report, "counts");
	json_t *all = json_object();
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		const json_int_t n = member_number(counts, verdict_name(v));

		member_set_number(all, verdict_name(v), n > 0 ? n : 0);
	}
	json_object_set_new(host, "counts", all);
}

static void take_reasons(json_t *host, const json_t *report)
{
	json_t *list = json_array(), *obj = json_object(), *text;
	size_t i;

	json_array_foreach (json_object_get(report, "verdict_reasons"), i, text) {
		if (!json_is_string(text) || json_array_size(list) == MAX_REASONS)
			continue;
		fleet_set_text(obj, "text", json_string_value(text), LONG_TEXT);
		json_array_append(list, json_object_get(obj, "text"));
	}
	json_decref(obj);
	json_object_set_new(host, "reasons", list);
}

/* Those that tell ports apart. */
static void take_macs(json_t *host, const json_t *report)
{
	json_t *macs = json_array(), *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		char mac[24], *p;

		util_strlcpy(mac, sizeof(mac), member_text(nic, "mac"));
		for (p = mac; *p; p++)
			*p |= *p >= 'A' && *p <= 'F' ? 0x20 : 0;
		util_sanitise(mac);
		if (mac[0] && strcmp(mac, "00:00:00:00:00:00") != 0)
			json_array_append_new(macs, json_string(mac));
	}
	json_object_set_new(host, "macs", macs);
}

json_t *fleet_host(const json_t *report, const char *file)
{
	static const char *const texts[] = { "vendor",	     "product",	     "serial",
					     "uuid",	     "board_serial", "bios_vendor",
					     "bios_version", "cpu_model",    "kernel" };
	const json_t *from = json_object_get(report, "host");
	json_t *host = json_object(), *ports = json_array(), *by_address;
	bool unsafe;
	enum run_verdict v = report_verdict(report, &unsafe);
	size_t i;

	fleet_set_text(host, "file", file, 300);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		copy(host, texts[i], from);
	copy(host, "revision", json_object_get(report, "build"));
	copy(host, "plan", json_object_get(report, "settings"));
	copy(host, "started", report);
	copy(host, "finished", report);
	member_set_text(host, "verdict", run_verdict_name(v, unsafe));
	member_set_text(host, "level", highest_level(report, "run"));
	take_reasons(host, report);
	take_counts(host, report);
	take_macs(host, report);
	by_address = make_ports(report, ports);
	take_items(host, report, by_address);
	json_decref(by_address);
	json_object_set_new(host, "ports", ports);
	return host;
}
