/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fleet's reports: which are read, which is a host's newest, what they come to, and that no text
 * of a report gets out of hand in any form.
 */
#include "core_fake.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include "fuzz.h"
#include "journal/member.h"
#include "report/fleet.h"
#include "report/fleet_parts.h"
#include "report/forms.h"
#include "report/report.h"

#define A "0000:01:00.0"
#define B "0000:02:00.0"
#define JAN "2026-01-02T03:04:05Z"
#define FEB "2026-02-02T03:04:05Z"

/* A report of that host with a port for each of @macs (NULL: none). */
static json_t *make(const char *serial, const char *started, const char *verdict,
		    const char *const *macs)
{
	static const char *const addresses[] = { A, B };
	json_t *report = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:[], s:[]}", "schema",
				   REPORT_SCHEMA, "verdict", verdict, "started", started, "host",
				   "serial", serial, "product", "Server", "items", "nics");
	size_t i;

	for (i = 0; macs && i < ARRAY_SIZE(addresses) && macs[i]; i++)
		json_array_append_new(json_object_get(report, "nics"),
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "address",
						addresses[i], "mac", macs[i], "name", "Card",
						"device", "10c9", "driver", "igb",
						"firmware_version", "1.0"));
	return report;
}

/* "CASE SUBJECT VERDICT [LABEL]". Returns the item. */
static json_t *add_item(json_t *report, const char *text)
{
	char id[40], subject[40], verdict[40], label[40] = "";
	json_t *item;

	assert_true(sscanf(text, "%39s %39s %39s %39s", id, subject, verdict, label) >= 3);
	item = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:[]}", "case", id, "subject",
			 subject, "verdict", verdict, "label", label, "required", 1, "measured",
			 "what was measured", "cause", label[0] ? "a cause" : "", "fix",
			 label[0] ? "a fix" : "", "evidence");
	json_array_append_new(json_object_get(report, "items"), item);
	return item;
}

static void add_evidence(json_t *item, const char *key, const char *value)
{
	json_array_append_new(json_object_get(item, "evidence"),
			      json_pack("{s:s, s:s}", "key", key, "value", value));
}

/* Writes a report, which it lets go of. */
static void put(const struct core_fake *f, const char *name, json_t *report)
{
	_cleanup_free_ char *text = json_dumps(report, 0);

	assert_non_null(text);
	core_fake_write(f, name, text);
	json_decref(report);
}

/* Of the fake's folder "now"; "then" is the one before, if @since. */
static json_t *build(const struct core_fake *f, bool since)
{
	char now[100], before[100];
	json_t *fleet;

	util_format(now, sizeof(now), "%s/now", f->path);
	util_format(before, sizeof(before), "%s/then", f->path);
	assert_int_equal(fleet_build(now, since ? before : NULL, &fleet), 0);
	return fleet;
}

static const json_t *list(const json_t *fleet, const char *key)
{
	return json_object_get(fleet, key);
}

static const json_t *host_of(const json_t *fleet, const char *name)
{
	const json_t *host;
	size_t i;

	json_array_foreach (list(fleet, "hosts"), i, host)
		if (strcmp(member_text(host, "name"), name) == 0)
			return host;
	fail_msg("there is no host %s", name);
	return NULL;
}

static const json_t *bad_of(const json_t *fleet, const char *file)
{
	const json_t *bad;
	size_t i;

	json_array_foreach (list(list(fleet, "files"), "bad"), i, bad)
		if (strcmp(member_text(bad, "file"), file) == 0)
			return bad;
	return NULL;
}

/* Whatever is no report is named, and each file is counted once. */
static void files(void **state)
{
	struct core_fake *f = *state;
	json_t *fleet, *other = make("X", JAN, "QUALIFIED", NULL);

	put(f, "now/a/report.json", make("A", JAN, "QUALIFIED", NULL));
	put(f, "now/a/b/c/SN-20260102-report.json", make("B", JAN, "INCOMPLETE", NULL));
	core_fake_write(f, "now/empty/report.json", "");
	core_fake_write(f, "now/cut/report.json", "{\"schema\": \"vfproof-rep");
	core_fake_write(f, "now/list/report.json", "[1, 2]");
	core_fake_write(f, "now/a/report.txt", "not looked at");
	core_fake_write(f, "now/folder/report.json/inner", "");
	core_fake_symlink(f, "a/report.json", "now/report.json");
	member_set_text(other, "schema", "vfproof-report/9");
	put(f, "now/new/report.json", other);
	fleet = build(f, false);
	assert_int_equal(member_number(list(fleet, "files"), "read"), 2);
	assert_int_equal(json_array_size(list(fleet, "hosts")), 2);
	assert_int_equal(json_array_size(list(list(fleet, "files"), "bad")), 5);
	assert_non_null(strstr(member_text(bad_of(fleet, "cut/report.json"), "why"), "no JSON"));
	assert_non_null(strstr(member_text(bad_of(fleet, "empty/report.json"), "why"), "no JSON"));
	assert_non_null(strstr(member_text(bad_of(fleet, "list/report.json"), "why"), "schema"));
	assert_non_null(strstr(member_text(bad_of(fleet, "new/report.json"), "why"), "report/9"));
	assert_non_null(strstr(member_text(bad_of(fleet, "report.json"), "why"), "link"));
	assert_string_equal(member_text(host_of(fleet, "B"), "file"),
			    "a/b/c/SN-20260102-report.json");
	json_decref(fleet);
}

static void no_folder(void **state)
{
	json_t *fleet;

	(void)state;
	assert_int_equal(fleet_build("/no/such/folder", NULL, &fleet), -ENOENT);
	assert_int_equal(fleet_build("/proc/version", NULL, &fleet), -ENOTDIR);
}

/* Two reports, and whether they are of one host. */
struct identity {
	const char *what;
	const char *serials[2], *uuids[2];
	const char *macs[2][3];
	bool same;
};

static const struct identity identities[] = {
	{ "serial and MAC", { "S", "S" }, { "u", "u" }, { { "02::1" }, { "02::1" } }, true },
	{ "a MAC in common", { "S", "S" }, { "", "" }, { { "1", "2" }, { "2", "3" } }, true },
	{ "MACs in capitals", { "S", "S" }, { "", "" }, { { "0a:0b" }, { "0A:0B" } }, true },
	{ "other cards", { "S", "S" }, { "", "" }, { { "1" }, { "2" } }, false },
	{ "a card that moved", { "S", "T" }, { "", "" }, { { "1" }, { "1" } }, false },
	{ "another UUID", { "S", "S" }, { "u", "v" }, { { "1" }, { "1" } }, false },
	{ "a UUID not told then", { "S", "S" }, { "", "v" }, { { "1" }, { "1" } }, true },
	{ "no MAC in one", { "S", "S" }, { "", "" }, { { NULL }, { "1" } }, true },
	{ "nothing known but a MAC", { "", "" }, { "", "" }, { { "1" }, { "1" } }, true },
	{ "nothing known at all", { "", "" }, { "", "" }, { { NULL }, { NULL } }, false },
	{ "zeroes for a MAC",
	  { "", "" },
	  { "", "" },
	  { { "00:00:00:00:00:00" }, { "00:00:00:00:00:00" } },
	  false },
};

static void identity(void **state)
{
	struct core_fake *f = *state;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(identities); i++) {
		const struct identity *id = &identities[i];
		json_t *fleet;

		for (k = 0; k < 2; k++) {
			json_t *report =
				make(id->serials[k], k ? FEB : JAN, "QUALIFIED", id->macs[k]);

			member_set_text(json_object_get(report, "host"), "uuid", id->uuids[k]);
			put(f, k ? "now/1/report.json" : "now/2/report.json", report);
		}
		fleet = build(f, false);
		if (json_array_size(list(fleet, "hosts")) != (id->same ? 1 : 2))
			fail_msg("%s: %zu hosts", id->what, json_array_size(list(fleet, "hosts")));
		json_decref(fleet);
	}
}

/* By the time of the run, not by names; a clock at 1970 does not win, nor one of the far future. */
static void newest(void **state)
{
	static const char *const macs[] = { "1", NULL };
	struct core_fake *f = *state;
	const json_t *host;
	json_t *fleet;

	put(f, "now/9/report.json", make("S", JAN, "NOT QUALIFIED", macs));
	put(f, "now/1/report.json", make("S", FEB, "QUALIFIED", macs));
	put(f, "now/5/report.json", make("S", "1970-01-01T00:00:09Z", "INCOMPLETE", macs));
	put(f, "now/6/report.json", make("S", "9026-01-01T00:00:09Z", "INCOMPLETE", macs));
	put(f, "now/7/report.json", make("S", "", "INCOMPLETE", macs));
	fleet = build(f, false);
	assert_int_equal(json_array_size(list(fleet, "hosts")), 1);
	host = host_of(fleet, "S");
	assert_string_equal(member_text(host, "verdict"), "QUALIFIED");
	assert_string_equal(member_text(host, "file"), "1/report.json");
	assert_int_equal(member_number(host, "older"), 4);
	assert_int_equal(member_number(list(fleet, "files"), "read"), 5);
	assert_int_equal(member_number(list(fleet, "files"), "older"), 4);
	json_decref(fleet);
}

/* The worst first; what is waived is between what is open and what is well. */
static void verdicts(void **state)
{
	static const char *const order[] = { "NOT QUALIFIED", "INCOMPLETE",
					     "QUALIFIED WITH WAIVERS", "QUALIFIED" };
	struct core_fake *f = *state;
	const json_t *host;
	json_t *fleet;
	size_t i;

	put(f, "now/1/report.json", make("A", JAN, "QUALIFIED", NULL));
	put(f, "now/2/report.json", make("B", JAN, "QUALIFIED WITH WAIVERS", NULL));
	put(f, "now/3/report.json", make("C", JAN, "NOT QUALIFIED", NULL));
	put(f, "now/4/report.json", make("D", JAN, "anything", NULL));
	fleet = build(f, false);
	json_array_foreach (list(fleet, "hosts"), i, host)
		assert_string_equal(member_text(host, "verdict"), order[i]);
	assert_int_equal(json_array_size(list(fleet, "standing")), ARRAY_SIZE(order));
	json_decref(fleet);
}

/* Hosts of one serial number that are not the same have names of their own. */
static void names(void **state)
{
	static const char *const macs[][2] = { { "1", NULL }, { "2", NULL } };
	struct core_fake *f = *state;
	json_t *fleet;

	put(f, "now/1/report.json", make("S", JAN, "QUALIFIED", macs[0]));
	put(f, "now/2/report.json", make("S", JAN, "QUALIFIED", macs[1]));
	put(f, "now/3/report.json", make("", JAN, "QUALIFIED", NULL));
	fleet = build(f, false);
	host_of(fleet, "S");
	host_of(fleet, "S (2)");
	host_of(fleet, "3/report.json");
	json_decref(fleet);
}

static json_t *with_items(const char *serial, const char *started, const char *verdict,
			  const char *mac, const char *const *items)
{
	const char *const macs[] = { mac, NULL };
	json_t *report = make(serial, started, verdict, macs);

	for (; *items; items++)
		add_item(report, *items);
	return report;
}

static void assert_area(const json_t *of, const char *name, const char *state, int passed,
			int failed, int open)
{
	const json_t *area = list(list(of, "areas"), name);

	assert_string_equal(member_text(area, "state"), state);
	assert_int_equal(member_number(area, "passed"), passed);
	assert_int_equal(member_number(area, "failed"), failed);
	assert_int_equal(member_number(area, "open"), open);
}

static void areas(void **state)
{
	static const char *const items[] = { "host_acs host PASS",   "vf_one " A " PASS",
					     "vf_two " A " WARN w",  "vf_three " A " SKIP",
					     "vf_four " A " FAIL f", "vf_five " A " TIMEOUT t",
					     "soak_x " A " PASS",    NULL };
	struct core_fake *f = *state;
	json_t *report = with_items("S", JAN, "NOT QUALIFIED", "1", items), *item, *fleet;
	const json_t *host, *first;

	/* What is not required does not count; what is only absent is open, and not the card's. */
	item = add_item(report, "net_ip " A " FAIL n");
	member_set_flag(item, "required", false);
	item = add_item(report, "iso_x " A " FAIL absent");
	member_set_flag(item, "prerequisite", true);
	put(f, "now/report.json", report);
	fleet = build(f, false);
	host = host_of(fleet, "S");
	assert_area(host, "host", "pass", 1, 0, 0);
	assert_area(host, "vf", "fail", 2, 2, 1);
	assert_area(host, "iso", "open", 0, 0, 1);
	assert_area(host, "other", "pass", 1, 0, 0);
	assert_null(list(list(host, "areas"), "net"));
	first = list(list(list(host, "areas"), "vf"), "first");
	assert_string_equal(member_text(first, "case"), "vf_four");
	assert_string_equal(member_text(first, "label"), "f");
	assert_string_equal(member_text(first, "text"), "what was measured");
	assert_area(json_array_get(list(host, "ports"), 0), "vf", "fail", 2, 2, 1);
	assert_null(list(list(json_array_get(list(host, "ports"), 0), "areas"), "host"));
	assert_area(json_array_get(list(fleet, "nics"), 0), "vf", "", 2, 2, 1);
	assert_int_equal(json_array_size(list(fleet, "areas")), 4);
	json_decref(fleet);
}

/* By hosts where it fails, each with how many there are; not by items. */
static void causes(void **state)
{
	static const char *const items[][5] = {
		{ "vf_a " A " FAIL often", "vf_b " A " WARN warned", NULL },
		{ "vf_a " A " FAIL often", "vf_b " A " WARN warned", NULL },
		{ "vf_a " A " PASS", "vf_b " A " WARN warned", "vf_c " A " SKIP", NULL },
		{ "vf_a " A " FAIL once", "vf_b " A " FAIL once", "vf_c " A " FAIL once",
		  "vf_d " A " ERROR", NULL },
	};
	static const char *const serials[] = { "S1", "S2", "S3", "S4" };
	static const char *const order[] = { "often", "once", "warned", "" };
	struct core_fake *f = *state;
	const json_t *cause;
	json_t *fleet;
	char name[40];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(serials); i++) {
		util_format(name, sizeof(name), "now/%zu/report.json", i);
		put(f, name, with_items(serials[i], JAN, "NOT QUALIFIED", serials[i], items[i]));
	}
	fleet = build(f, false);
	assert_int_equal(json_array_size(list(fleet, "causes")), ARRAY_SIZE(order));
	json_array_foreach (list(fleet, "causes"), i, cause)
		assert_string_equal(member_text(cause, "label"), order[i]);
	cause = json_array_get(list(fleet, "causes"), 1);
	assert_int_equal(member_number(cause, "hosts"), 1);
	assert_int_equal(member_number(cause, "items"), 3);
	assert_string_equal(member_text(cause, "fix"), "a fix");
	cause = json_array_get(list(fleet, "causes"), 2);
	assert_int_equal(member_number(cause, "hosts"), 3);
	assert_int_equal(member_number(cause, "failing"), 0);
	assert_int_equal(json_array_size(list(cause, "on")), 3);
	/* One without a label is told by its case. */
	assert_string_equal(member_text(json_array_get(list(fleet, "causes"), 3), "case"), "vf_d");
	json_decref(fleet);
}

/* Ten cards of a firmware, one of them slow; five with another firmware are not compared to it. */
static void outliers(void **state)
{
	struct core_fake *f = *state;
	const json_t *port, *figure;
	json_t *fleet;
	size_t i;

	for (i = 0; i < 15; i++) {
		char serial[16], mac[16], name[40], value[80];
		const char *const macs[] = { mac, NULL };
		json_t *report, *item;

		util_format(serial, sizeof(serial), "S%zu", i);
		util_format(mac, sizeof(mac), "m%zu", i);
		util_format(name, sizeof(name), "now/%zu/report.json", i);
		report = make(serial, JAN, "QUALIFIED", macs);
		if (i >= 10)
			member_set_text(json_array_get(json_object_get(report, "nics"), 0),
					"firmware_version", "2.0");
		item = add_item(report, "assign_vf " A " PASS");
		util_format(value, sizeof(value), "VF 0: mean %zu us, at most 2 ms",
			    i == 3   ? 900
			    : i < 10 ? 100 + i
				     : 400 + i);
		add_evidence(item, "latency", value);
		util_format(value, sizeof(value), "VF 0: %zu Mb/s", i == 4 ? 300 : 940 + i % 3);
		add_evidence(item, "throughput", value);
		/* Of an item that failed nothing is taken. */
		item = add_item(report, "assign_pf " A " FAIL x");
		add_evidence(item, "latency", i == 5 ? "VF 0: mean 9 s" : "VF 0: mean 1 ms");
		put(f, name, report);
	}
	fleet = build(f, false);
	assert_int_equal(json_array_size(list(fleet, "outliers")), 2);
	port = json_array_get(list(fleet, "outliers"), 0);
	assert_string_equal(member_text(port, "host"), "S3");
	assert_string_equal(member_text(port, "pci_addr"), A);
	assert_int_equal(member_number(port, "worse"), 1);
	figure = json_array_get(list(port, "figures"), 0);
	assert_string_equal(member_text(figure, "what"), "latency mean");
	assert_true(fabs(member_real(figure, "value") - 900e-6) < 1e-9);
	assert_true(fabs(member_real(figure, "median") - 105.5e-6) < 1e-9);
	assert_true(fabs(member_real(figure, "mad") - 3e-6) < 1e-9);
	assert_int_equal(member_number(figure, "ports"), 10);
	port = json_array_get(list(fleet, "outliers"), 1);
	assert_string_equal(member_text(port, "host"), "S4");
	assert_string_equal(member_text(json_array_get(list(port, "figures"), 0), "change"),
			    "worse");
	json_decref(fleet);
}

/* Four ports are too few, and a few percent are nothing however alike the others are. */
static void no_outliers(void **state)
{
	struct core_fake *f = *state;
	json_t *fleet;
	size_t i;

	for (i = 0; i < 12; i++) {
		char serial[16], name[40];
		const char *const macs[] = { serial, NULL };
		json_t *report, *item;

		util_format(serial, sizeof(serial), "S%zu", i);
		util_format(name, sizeof(name), "now/%zu/report.json", i);
		report = make(serial, JAN, "QUALIFIED", macs);
		member_set_text(json_array_get(json_object_get(report, "nics"), 0), "device",
				i < 4 ? "few" : "many");
		item = add_item(report, "assign_vf " A " PASS");
		add_evidence(item, "latency",
			     i == 0   ? "VF 0: mean 9 s"
			     : i == 5 ? "VF 0: mean 104 us"
				      : "VF 0: mean 100 us");
		put(f, name, report);
	}
	fleet = build(f, false);
	assert_int_equal(json_array_size(list(fleet, "outliers")), 0);
	assert_int_equal(json_array_size(list(fleet, "figures")), 1);
	json_decref(fleet);
}

static void since(void **state)
{
	static const char *const good[] = { "vf_a " A " PASS", NULL };
	static const char *const ill[] = { "vf_a " A " FAIL ill", NULL };
	struct core_fake *f = *state;
	const json_t *s, *change;
	json_t *fleet, *report;

	put(f, "then/1/report.json", with_items("worse", JAN, "QUALIFIED", "1", good));
	put(f, "then/2/report.json", with_items("better", JAN, "NOT QUALIFIED", "2", ill));
	put(f, "then/3/report.json", with_items("open", JAN, "NOT QUALIFIED", "3", ill));
	put(f, "then/4/report.json", with_items("same", JAN, "QUALIFIED", "4", good));
	put(f, "then/5/report.json", with_items("gone", JAN, "QUALIFIED", "5", good));
	put(f, "now/1/report.json", with_items("worse", FEB, "NOT QUALIFIED", "1", ill));
	report = with_items("better", FEB, "QUALIFIED", "2", good);
	member_set_text(json_array_get(json_object_get(report, "nics"), 0), "firmware_version",
			"1.1");
	put(f, "now/2/report.json", report);
	put(f, "now/3/report.json", with_items("open", FEB, "INCOMPLETE", "3", good));
	put(f, "now/4/report.json", with_items("same", FEB, "QUALIFIED", "4", good));
	put(f, "now/6/report.json", with_items("new", FEB, "QUALIFIED", "6", good));
	fleet = build(f, true);
	s = list(fleet, "since");
	assert_int_equal(json_array_size(list(s, "changed")), 3);
	assert_int_equal(member_number(s, "same"), 1);
	change = json_array_get(list(s, "changed"), 0);
	assert_string_equal(member_text(change, "host"), "worse");
	assert_string_equal(member_text(change, "change"), "worse");
	assert_string_equal(json_string_value(json_array_get(list(change, "findings_new"), 0)),
			    "ill");
	assert_string_equal(member_text(json_array_get(list(change, "areas"), 0), "new"), "fail");
	change = json_array_get(list(s, "changed"), 1);
	assert_string_equal(member_text(change, "host"), "better");
	assert_string_equal(json_string_value(json_array_get(list(change, "findings_gone"), 0)),
			    "ill");
	assert_string_equal(member_text(json_array_get(list(change, "versions"), 0), "new"), "1.1");
	assert_string_equal(member_text(json_array_get(list(s, "changed"), 2), "change"),
			    "changed");
	assert_string_equal(json_string_value(json_array_get(list(s, "hosts_new"), 0)), "new");
	assert_string_equal(member_text(json_array_get(list(s, "hosts_gone"), 0), "serial"),
			    "gone");
	json_decref(fleet);
}

/* A JSON text, of depth @n; the caller frees it. */
static char *nested(size_t n)
{
	char *text = malloc(2 * n + 1);

	assert_non_null(text);
	memset(text, '[', n);
	memset(text + n, ']', n);
	text[2 * n] = '\0';
	return text;
}

static char *long_text(size_t n)
{
	char *text = malloc(n + 1);
	size_t i;

	assert_non_null(text);
	for (i = 0; i + 1 < n; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[i] = '\0';
	return text;
}

#define EVIL "</script><script>alert(1)</script>'\"\n=2+2,\\ "

/* A report whose every text is hostile, which is still a report. */
static json_t *hostile(const char *text)
{
	static const char *const of_host[] = { "serial",  "uuid",   "vendor",
					       "product", "kernel", "bios_version" };
	static const char *const of_nic[] = { "mac",	"name",	  "driver", "firmware_version",
					      "ifname", "device", "slot" };
	static const char *const of_item[] = { "label", "cause", "fix", "measured", "reason" };
	json_t *report = make("", JAN, "NOT QUALIFIED", NULL), *nic = json_object(), *item;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_host); i++)
		member_set_text(json_object_get(report, "host"), of_host[i], text);
	for (i = 0; i < ARRAY_SIZE(of_nic); i++)
		member_set_text(nic, of_nic[i], text);
	member_set_text(nic, "address", A);
	json_array_append_new(json_object_get(report, "nics"), nic);
	item = add_item(report, "vf_a " A " FAIL");
	for (i = 0; i < ARRAY_SIZE(of_item); i++)
		member_set_text(item, of_item[i], text);
	add_evidence(item, text, text);
	item = add_item(report, "vf_b " A " WARN");
	member_set_text(item, "case", text);
	member_set_text(report, "started", text);
	json_object_set_new(report, "verdict_reasons", json_pack("[s]", text));
	json_object_set_new(report, "build", json_pack("{s:s}", "revision", text));
	return report;
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		text++;
		n++;
	}
	return n;
}

static void assert_forms_are_safe(const json_t *fleet)
{
	_cleanup_free_ char *html = form_print(fleet_put_html, fleet),
			    *csv = form_print(fleet_put_csv, fleet),
			    *metrics = form_print(fleet_put_metrics, fleet),
			    *text = form_print(fleet_put_text, fleet);
	char *line, *rest;

	assert_non_null(html);
	assert_non_null(text);
	assert_int_equal(count(html, "<script"), 1);
	assert_int_equal(count(html, "</script"), 1);
	assert_true(strlen(html) < 100000);
	/* No cell is a formula, none ends early. */
	assert_null(strstr(csv, "\"=2"));
	assert_null(strstr(csv, ",=2"));
	for (line = strtok_r(metrics, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(strncmp(line, "vfproof_", 8) == 0 || strncmp(line, "# ", 2) == 0);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(strlen(line) <= REPORT_COLUMNS);
}

static void hostile_texts(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *deep = nested(100000), *longer = long_text(1 << 20);
	json_t *fleet;

	core_fake_write(f, "now/deep/report.json", deep);
	put(f, "now/evil/report.json", hostile(EVIL));
	put(f, "then/evil/report.json", hostile("=" EVIL));
	put(f, "now/formula/report.json", hostile("=2+2"));
	put(f, "now/long/report.json", hostile(longer));
	put(f, "now/<b>&\"'/report.json", hostile("x"));
	fleet = build(f, true);
	assert_int_equal(json_array_size(list(fleet, "hosts")), 4);
	assert_non_null(bad_of(fleet, "deep/report.json"));
	assert_forms_are_safe(fleet);
	json_decref(fleet);
}

/* Numbers where texts belong, and the reverse. */
static void wrong_types(void **state)
{
	static const char *const keys[] = { "host",    "counts",	  "levels",  "build",
					    "started", "verdict_reasons", "settings" };
	struct core_fake *f = *state;
	json_t *report, *fleet;
	char name[60];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		report = hostile("x");
		json_object_set_new(report, keys[i], i % 2 ? json_integer(7) : json_array());
		json_object_set_new(json_array_get(json_object_get(report, "items"), 0), "evidence",
				    json_pack("[i, {s:i}, [], n]", 1, "key", 7));
		util_format(name, sizeof(name), "now/%zu/report.json", i);
		put(f, name, report);
	}
	report = hostile("x");
	json_object_set_new(
		report, "levels",
		json_pack("{s:{s:[i, s, s]}}", "run", "reached", 1, "<script>", "base"));
	put(f, "now/levels/report.json", report);
	fleet = build(f, false);
	assert_int_equal(member_number(list(fleet, "files"), "read"), ARRAY_SIZE(keys) + 1);
	assert_forms_are_safe(fleet);
	json_decref(fleet);
}

/* What is written is what the schema says, whatever was read. */
static void schema(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *json = NULL;
	json_t *fleet;
	char path[100];
	size_t i;

	for (i = 0; i < 6; i++) {
		json_t *report = hostile(i ? "x" : EVIL);
		char name[40], serial[20];

		util_format(serial, sizeof(serial), "S%zu", i);
		util_format(name, sizeof(name), "now/%zu/report.json", i);
		member_set_text(json_object_get(report, "host"), "serial", serial);
		member_set_text(json_array_get(json_object_get(report, "nics"), 0), "mac", serial);
		member_set_text(json_object_get(report, "host"), "uuid", serial);
		add_evidence(add_item(report, "net_x " A " PASS"), "latency",
			     i == 1 ? "mean 7 ms" : "mean 1 ms");
		put(f, name, report);
	}
	put(f, "now/recorded/report.json", report_load("tests/fixtures/report.json"));
	put(f, "then/old/report.json", report_load("tests/fixtures/diff/old.json"));
	put(f, "then/0/report.json", hostile("y"));
	core_fake_write(f, "now/bad/report.json", "{");
	fleet = build(f, true);
	assert_int_equal(json_array_size(list(fleet, "outliers")), 1);
	json = form_print(report_put_json, fleet);
	json_decref(fleet);
	core_fake_write(f, "fleet.json", json);
	util_format(path, sizeof(path), "%s/fleet.json", f->path);
	assert_true(core_is_valid_json(path, "docs/fleet.schema.json"));
	core_fake_write(f, "fleet.json", "{\"schema\": \"vfproof-fleet/1\"}");
	assert_false(core_is_valid_json(path, "docs/fleet.schema.json"));
}

static void run_fuzz(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct core_fake *f = arg;
	json_t *report = json_loadb((const char *)data, len, 0, NULL), *fleet;

	(void)r;
	assert_true(!seed || report);
	if (!report)
		return;
	put(f, "now/1/report.json", json_incref(report));
	put(f, "then/1/report.json", report);
	put(f, "now/2/report.json", hostile(EVIL));
	fleet = build(f, true);
	assert_int_equal(member_number(list(fleet, "files"), "read") +
				 (json_int_t)json_array_size(list(list(fleet, "files"), "bad")),
			 2);
	assert_forms_are_safe(fleet);
	json_decref(fleet);
}

static void fuzz_fleet(void **state)
{
	json_t *good = report_load("tests/fixtures/diff/new.json");
	_cleanup_free_ char *text = json_dumps(good, 0);
	const struct fuzz_target target = {
		.seeds = { { text, strlen(text) } },
		.words = { "\"levels\":{\"run\":{\"reached\":[\"base\"]}}", "\"label\":\"a\"",
			   "\"latency\"", "mean 7 ms", "null", "\"0000:01:00.0\"", "<script>" },
		.rounds = 150,
		.run = run_fuzz,
		.arg = *state,
	};

	json_decref(good);
	fuzz_run(&target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_FAKE(test) cmocka_unit_test_setup_teardown(test, core_fake_setup, core_fake_teardown)
		ON_FAKE(files),	      cmocka_unit_test(no_folder),
		ON_FAKE(identity),    ON_FAKE(newest),
		ON_FAKE(verdicts),    ON_FAKE(names),
		ON_FAKE(areas),	      ON_FAKE(causes),
		ON_FAKE(outliers),    ON_FAKE(no_outliers),
		ON_FAKE(since),	      ON_FAKE(hostile_texts),
		ON_FAKE(wrong_types), ON_FAKE(schema),
		ON_FAKE(fuzz_fleet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
