/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report: the rules of the run's verdict, and its forms against recorded ones in
 * tests/fixtures/ (made anew by: vfproof report tests/fixtures/journal.jsonl --form text|json).
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "journal/member.h"
#include "model/advice.h"
#include "journal/journal.h"
#include "report/forms.h"
#include "report/blame.h"
#include "report/report.h"
#include "report/subjects.h"

#define PF "0000:01:00.0"
#define XHCI "0000:00:14.0"
#define FIXTURE "tests/fixtures/"

/* A finished run; @items as "case subject VERDICT" with flags, see add_item(). */
struct scenario {
	const char *what;
	const char *items[6];
	const char *verdict;
	const char *reason; /* in one of the reasons, NULL: there are none */
	const char *not_reason; /* in none of them */
	/* What is wrong with the run. */
	const char *fault, *problem, *note;
	bool unsafe, cut, narrowed;
	unsigned int damaged;
};

/*
 * "CASE SUBJECT VERDICT[ soft|optional|LABEL[ CONTROLLER]]": a USB controller that the item found
 * dead; verdict "begun" or "planned": without an end.
 */
static void add_item(json_t *events, json_t *plan, const char *text)
{
	char id[32], subject[32], verdict[32], flag[32] = "", dead[32] = "";
	json_t *end;

	assert_true(sscanf(text, "%31s %31s %31s %31s %31s", id, subject, verdict, flag, dead) >=
		    3);
	json_array_append_new(plan, json_pack("{s:s, s:s}", "case", id, "subject", subject));
	if (strcmp(verdict, "planned") == 0)
		return;
	json_array_append_new(events, json_pack("{s:s, s:s, s:s}", "ev", "begin", "case", id,
						"subject", subject));
	if (strcmp(verdict, "begun") == 0)
		return;
	end = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "ev", "end", "case", id, "subject",
			subject, "verdict", verdict, "label", flag, "prerequisite",
			strcmp(flag, "soft") == 0, "required", strcmp(flag, "optional") != 0);
	if (dead[0])
		json_object_set_new(end, "evidence",
				    json_pack("[{s:s, s:s+}]", "key", "controller_dead", "value",
					      dead, ", a USB controller: HC died"));
	json_array_append_new(events, end);
}

static json_t *build(const struct scenario *sc)
{
	json_t *events = json_array(), *plan = json_array(), *problems = json_array(), *report;
	json_t *start = json_object(), *run = json_object();
	size_t i;

	json_array_append(events, start);
	json_array_append(events, run);
	for (i = 0; i < ARRAY_SIZE(sc->items) && sc->items[i]; i++)
		add_item(events, plan, sc->items[i]);
	if (sc->problem)
		json_array_append_new(problems, json_string(sc->problem));
	json_object_set_new(run, "ev", json_string("run"));
	json_object_set_new(run, "plan", plan);
	json_object_set_new(run, "left_out", json_integer(sc->narrowed ? 7 : 0));
	json_object_set_new(start, "ev", json_string("start"));
	json_object_set_new(start, "unsafe_interrupts", json_boolean(sc->unsafe));
	json_object_set_new(start, "settings",
			    json_pack("{s:s, s:o}", "fault", sc->fault ? sc->fault : "none",
				      "problems", problems));
	json_decref(start);
	json_decref(run);
	if (sc->note)
		json_array_append_new(events, json_pack("{s:s, s:s, s:b}", "ev", "note", "text",
							sc->note, "incomplete", 1));
	if (!sc->cut)
		json_array_append_new(events, json_pack("{s:s}", "ev", "finish"));
	report = core_report(events, sc->damaged);
	json_decref(events);
	assert_non_null(report);
	return report;
}

static const struct scenario scenarios[] = {
	{ .what = "all pass", .items = { "a host PASS", "b " PF " PASS" }, .verdict = "QUALIFIED" },
	{ .what = "a warning counts as passed",
	  .items = { "a host PASS", "b " PF " WARN" },
	  .verdict = "QUALIFIED" },
	{ .what = "unsafe",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "QUALIFIED (UNSAFE INTERRUPTS)",
	  .unsafe = true },
	{ .what = "not applicable",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " SKIP optional" },
	  .verdict = "QUALIFIED" },
	{ .what = "informative failure",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " FAIL optional" },
	  .verdict = "QUALIFIED" },
	{ .what = "failure",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " FAIL" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "c " PF " failed" },
	{ .what = "no DMA of any port",
	  .items = { "nic_traffic " PF " FAIL pf_no_dma",
		     "nic_traffic 0000:02:00.0 FAIL pf_no_dma" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "the platform: what devices read and write does not get through (IOMMU, BIOS); "
		    "all "
		    "ports suffer from it: " PF ", 0000:02:00.0" },
	{ .what = "no DMA of one port",
	  .items = { "nic_traffic " PF " FAIL pf_no_dma", "nic_traffic 0000:02:00.0 PASS" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "nic_traffic " PF " failed" },
	{ .what = "no DMA of the only port, nor of USB",
	  .items = { "nic_traffic " PF " FAIL pf_no_dma " XHCI },
	  .verdict = "NOT QUALIFIED",
	  .reason = "does not get through (IOMMU, BIOS); all ports suffer from it: " PF
		    "; and so do USB controllers: " XHCI },
	{ .what = "no DMA of the only port, and USB has died of something else",
	  .items = { "nic_traffic " PF " FAIL link_down", "a host PASS x " XHCI },
	  .verdict = "NOT QUALIFIED",
	  .reason = "nic_traffic " PF " failed",
	  .not_reason = "the platform" },
	{ .what = "a port works, USB does not",
	  .items = { "nic_traffic " PF " FAIL pf_no_dma " XHCI, "nic_traffic 0000:02:00.0 PASS" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "nic_traffic " PF " failed",
	  .not_reason = "the platform" },
	{ .what = "a driver that hangs, beside a dead USB controller",
	  .items = { "nic_driver " PF " FAIL driver_hangs " XHCI, "nic_traffic " PF " SKIP" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "all ports suffer from it: " PF "; and so do USB controllers: " XHCI },
	{ .what = "drivers that hang need not be the platform's",
	  .items = { "nic_driver " PF " FAIL driver_hangs",
		     "nic_driver 0000:02:00.0 FAIL driver_hangs" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "nic_driver " PF " failed",
	  .not_reason = "the platform" },
	{ .what = "timeout",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " TIMEOUT" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "did not end in time" },
	{ .what = "crash recorded",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " CRASHED" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "crashed" },
	{ .what = "crash not recorded",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " begun" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "crashed" },
	{ .what = "crash of something informative is not known to be",
	  .items = { "a host PASS", "c " PF " begun" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "crashed" },
	{ .what = "prerequisite",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " FAIL soft" },
	  .verdict = "INCOMPLETE",
	  .reason = "missing altogether" },
	{ .what = "a failure outweighs a prerequisite",
	  .items = { "a host PASS", "b " PF " FAIL soft", "c " PF " FAIL" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "c " PF " failed" },
	{ .what = "a timeout is never soft",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " TIMEOUT soft" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "time" },
	{ .what = "skip",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " SKIP" },
	  .verdict = "INCOMPLETE",
	  .reason = "skipped" },
	{ .what = "a port without a link",
	  .items = { "a host PASS", "b 0000:02:00.0 PASS", "nic_link " PF " SKIP no_link",
		     "c " PF " SKIP no_link" },
	  .verdict = "INCOMPLETE",
	  .reason = "port " PF " has no link, and 2 items need one" },
	{ .what = "error",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " ERROR" },
	  .verdict = "INCOMPLETE",
	  .reason = "could not be carried out" },
	{ .what = "not run",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " planned" },
	  .verdict = "INCOMPLETE",
	  .reason = "was not run" },
	{ .what = "an unknown verdict",
	  .items = { "a host PASS", "b " PF " PASS", "c " PF " FINE" },
	  .verdict = "INCOMPLETE",
	  .reason = "could not be carried out" },
	{ .what = "empty plan",
	  .items = { NULL },
	  .verdict = "INCOMPLETE",
	  .reason = "plan is empty" },
	{ .what = "all skipped",
	  .items = { "a host SKIP optional", "b " PF " SKIP optional" },
	  .verdict = "INCOMPLETE",
	  .reason = "nothing passed" },
	{ .what = "only warnings",
	  .items = { "a host WARN", "b " PF " WARN" },
	  .verdict = "INCOMPLETE",
	  .reason = "nothing passed" },
	{ .what = "no port",
	  .items = { "a host PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "no SR-IOV network port" },
	{ .what = "port not applicable",
	  .items = { "a host PASS", "b " PF " SKIP optional" },
	  .verdict = "INCOMPLETE",
	  .reason = "no SR-IOV network port" },
	{ .what = "setting",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "settings: vfproof.x",
	  .problem = "vfproof.x: unknown" },
	{ .what = "fault",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "deliberate fault in force",
	  .fault = "no_link:*" },
	{ .what = "fault and failure",
	  .items = { "a host PASS", "b " PF " FAIL" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "failed",
	  .fault = "no_link:*" },
	{ .what = "narrowed",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "leaves out 7",
	  .narrowed = true },
	{ .what = "note",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "kmsg is away",
	  .note = "kmsg is away" },
	{ .what = "cut off",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "did not finish",
	  .cut = true },
	{ .what = "damaged",
	  .items = { "a host PASS", "b " PF " PASS" },
	  .verdict = "INCOMPLETE",
	  .reason = "damaged",
	  .damaged = 1 },
	{ .what = "unsafe failure",
	  .items = { "a host PASS", "b " PF " FAIL" },
	  .verdict = "NOT QUALIFIED",
	  .reason = "failed",
	  .unsafe = true },
};

static bool has_reason(const json_t *report, const char *part)
{
	json_t *reason;
	size_t i;

	json_array_foreach (json_object_get(report, "verdict_reasons"), i, reason)
		if (strstr(json_string_value(reason), part))
			return true;
	return false;
}

static void rules(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(scenarios); i++) {
		const struct scenario *sc = &scenarios[i];
		json_t *report = build(sc);
		const char *verdict = member_text(report, "verdict");
		size_t n = json_array_size(json_object_get(report, "verdict_reasons"));
		enum run_verdict v;
		bool unsafe;

		if (strcmp(verdict, sc->verdict) != 0)
			fail_msg("%s: %s", sc->what, verdict);
		if (sc->reason ? !has_reason(report, sc->reason) : n != 0)
			fail_msg("%s: %zu reasons, not \"%s\"", sc->what, n,
				 sc->reason ? sc->reason : "none");
		if (sc->not_reason && has_reason(report, sc->not_reason))
			fail_msg("%s: %s", sc->what, sc->not_reason);
		v = report_verdict(report, &unsafe);
		assert_string_equal(run_verdict_name(v, unsafe), sc->verdict);
		json_decref(report);
	}
}

/* A fault of one part of a resumed run counts for the whole. */
static void resumed_settings(void **state)
{
	json_t *events = json_array(), *plan = json_array(), *report;

	(void)state;
	json_array_append_new(events, json_pack("{s:s, s:o, s:{s:s, s:[]}}", "ev", "run", "plan",
						plan, "settings", "fault", "none", "problems"));
	add_item(events, plan, "a host PASS");
	add_item(events, plan, "b " PF " PASS");
	json_array_append_new(events, json_pack("{s:s, s:b, s:{s:s, s:[]}}", "ev", "resume",
						"unsafe_interrupts", 1, "settings", "fault",
						"agent_mute:*", "problems"));
	json_array_append_new(events, json_pack("{s:s}", "ev", "finish"));
	report = core_report(events, 0);
	assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
	assert_true(has_reason(report, "agent_mute"));
	assert_true(member_flag(report, "unsafe_interrupts"));
	assert_int_equal(member_number(report, "resumed"), 1);
	json_decref(report);
	json_decref(events);
}

/* A verdict of a report that says something else is no QUALIFIED. */
static void foreign_verdict(void **state)
{
	json_t *report = json_pack("{s:s}", "verdict", "QUALIFIED!");
	bool unsafe;

	(void)state;
	assert_int_equal(report_verdict(report, &unsafe), RUN_INCOMPLETE);
	json_decref(report);
}

static char *slurp(const char *path)
{
	char *text = NULL;
	size_t len;
	int ret = util_read_file(AT_FDCWD, path, 1 << 20, &text, &len);

	if (ret < 0)
		fail_msg("%s: %s", path, strerror(-ret));
	return text;
}

static void golden(void **state)
{
	json_t *report = report_load(FIXTURE "journal.jsonl"), *again;
	_cleanup_free_ char *text = form_print(report_put_text, report),
			    *json = form_print(report_put_json, report);
	_cleanup_free_ char *golden_text = slurp(FIXTURE "report.txt");
	_cleanup_free_ char *golden_json = slurp(FIXTURE "report.json");
	_cleanup_free_ char *text_again = NULL;
	char line[256];

	(void)state;
	assert_string_equal(text, golden_text);
	assert_string_equal(json, golden_json);
	report_to_result_line(report, line, sizeof(line));
	assert_string_equal(line, "VFPROOF-RESULT: NOT QUALIFIED pass=3 warn=1 fail=1 skip=1 "
				  "error=0 timeout=1 crashed=1 notrun=0");
	/* A report.json gives the same text as the journal that it was made from. */
	again = report_load(FIXTURE "report.json");
	assert_non_null(again);
	text_again = form_print(report_put_text, again);
	assert_string_equal(text_again, golden_text);
	json_decref(again);
	json_decref(report);
}

static void load_refuses(void **state)
{
	struct core_fake *f = *state;
	static const char *const texts[] = { "", "hello\n", "{}\n", "{\"schema\":\"other/1\"}",
					     "[]" };
	char path[128];
	json_t *report;
	size_t i;

	util_format(path, sizeof(path), "%s/x", f->path);
	assert_null(report_load(path));
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		core_fake_write(f, "x", texts[i]);
		if (report_load(path))
			fail_msg("%s was taken", texts[i]);
	}
	/* But of a journal there is always a report. */
	core_fake_write(f, JOURNAL_NAME, "{\"ev\":\"ru");
	util_format(path, sizeof(path), "%s/" JOURNAL_NAME, f->path);
	report = report_load(path);
	assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
	json_decref(report);
}

/* However much there is to say, the summary fits the screen and says where the report is. */
static void summary_fits(void **state)
{
	json_t *items = json_array(), *nics = json_array(), *reasons = json_array(), *report;
	_cleanup_free_ char *text = NULL, *huge = malloc(3000);
	char *rest, *line;
	unsigned int lines = 0, i;

	(void)state;
	for (i = 0; i < 2999; i++)
		huge[i] = i % 7 ? 'w' : ' ';
	huge[2999] = '\0';
	for (i = 0; i < 30; i++) {
		char addr[PCI_ADDR_STRLEN];

		util_format(addr, sizeof(addr), "0000:%02x:00.0", i);
		json_array_append_new(nics, json_pack("{s:s, s:s}", "address", addr, "name", huge));
		json_array_append_new(items,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "case", "a",
						"subject", addr, "verdict", "FAIL", "measured",
						huge, "cause", huge, "fix", huge));
		json_array_append_new(reasons, json_string(huge));
	}
	report = json_pack("{s:o, s:o, s:o, s:s, s:s, s:{s:s, s:s}}", "items", items, "nics", nics,
			   "verdict_reasons", reasons, "verdict", "INCOMPLETE", "stored", "here",
			   "host", "vendor", huge, "serial", huge);
	assert_int_equal(blame_add(report), 0);
	text = form_print(report_put_summary, report);
	for (rest = text; (line = strsep(&rest, "\n")) && rest;) {
		assert_true(strlen(line) <= REPORT_COLUMNS);
		lines++;
		if (!*rest)
			assert_string_equal(line, "Report    here");
	}
	assert_true(lines <= REPORT_SUMMARY_LINES);
	assert_true(lines >= REPORT_SUMMARY_LINES - 2);
	json_decref(report);
}

/* Traffic that never left the NIC must not be taken for a test of the wire. */
static void wire_is_told(void **state)
{
	static const char json[] =
		"{\"nics\":[{\"address\":\"0000:01:00.0\",\"name\":\"A\",\"peer\":\"0000:02:00.0\","
		"\"reaches\":[\"0000:02:00.0\",\"0000:03:00.0\"]},"
		"{\"address\":\"0000:04:00.0\",\"name\":\"B\",\"peer\":null,\"reaches\":[]},"
		"{\"address\":\"0000:05:00.0\",\"name\":\"C\"},"
		"{\"address\":\"0000:06:00.0\",\"name\":\"no SR-IOV\",\"peer\":null}],\"items\":["
		"{\"case\":\"a\",\"subject\":\"0000:01:00.0\",\"verdict\":\"PASS\"},"
		"{\"case\":\"a\",\"subject\":\"0000:04:00.0\",\"verdict\":\"PASS\"},"
		"{\"case\":\"a\",\"subject\":\"0000:05:00.0\",\"verdict\":\"PASS\"}]}";
	json_t *report = json_loads(json, 0, NULL);
	_cleanup_free_ char *summary = form_print(report_put_summary, report);
	_cleanup_free_ char *details = form_print(report_put_details, report);

	(void)state;
	assert_non_null(strstr(summary, "0000:01:00.0 A: 1 PASS\n"));
	assert_non_null(strstr(summary, "0000:04:00.0 B: 1 PASS; wire not tested\n"));
	/* Of a report that does not know, nothing is said. */
	assert_non_null(strstr(summary, "0000:05:00.0 C: 1 PASS\n"));
	assert_non_null(strstr(details, "0000:01:00.0 has the peer 0000:02:00.0"));
	assert_non_null(strstr(details, "0000:03:00.0"));
	assert_non_null(strstr(details, "0000:04:00.0 has no peer: the wire was not tested"));
	assert_null(strstr(details, "0000:05:00.0 has"));
	assert_null(strstr(details, "0000:06:00.0"));
	json_decref(report);
}

/* A port whose SR-IOV is off has no items, and is named all the same. */
static void summary_names_untested(void **state)
{
	static const char json[] =
		"{\"verdict\":\"INCOMPLETE\",\"items\":[],\"nics\":["
		"{\"address\":\"0000:02:00.0\",\"name\":\"A\",\"sriov_state\":\"off\","
		"\"peer\":null},"
		"{\"address\":\"0000:03:00.0\",\"name\":\"B\",\"sriov_state\":\"none\"},"
		"{\"address\":\"0000:04:00.0\",\"name\":\"C\",\"sriov_state\":\"unknown\"},"
		"{\"address\":\"0000:05:00.0\",\"name\":\"D\",\"sriov_state\":\"on\","
		"\"class\":\"020700\"},"
		"{\"address\":\"0000:06:00.0\",\"name\":\"E\"}]}";
	json_t *report = json_loads(json, 0, NULL);
	_cleanup_free_ char *text = form_print(report_put_summary, report);

	(void)state;
	assert_non_null(strstr(text, "0000:02:00.0 A: NOT TESTED, SR-IOV is off in it\n"));
	assert_non_null(strstr(text, "0000:04:00.0 C: NOT TESTED, cannot be read"));
	assert_non_null(strstr(text, "0000:05:00.0 D: NOT TESTED, set to InfiniBand"));
	assert_null(strstr(text, "0000:03:00.0"));
	assert_null(strstr(text, "0000:06:00.0"));
	json_decref(report);
}

/* Members that are missing or of another type do not harm. */
static void strange_reports(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"items\":7,\"nics\":{},\"host\":[],\"verdict\":1,\"counts\":\"x\"}",
		"{\"items\":[1,null,{\"verdict\":\"FAIL\",\"evidence\":[1,{}],\"kernel_log\":{}}]}",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *report = json_loads(texts[i], 0, NULL);
		_cleanup_free_ char *text = form_print(report_put_text, report);

		assert_non_null(text);
		json_decref(report);
	}
}

/* docs/report.schema.json describes the recorded report, and what an empty journal gives. */
static void schema(void **state)
{
	struct core_fake *f = *state;
	char path[128];
	json_t *events = json_array(), *report = core_report(events, 0);
	_cleanup_free_ char *json = form_print(report_put_json, report);
	const char *const files[] = { FIXTURE "report.json", path };
	size_t i;

	core_fake_write(f, "report.json", json);
	util_format(path, sizeof(path), "%s/report.json", f->path);
	json_decref(report);
	json_decref(events);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		assert_true(core_is_valid_json(files[i], "docs/report.schema.json"));
}

static int load_tables(void **state)
{
	(void)state;
	return advice_load();
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

/* What ports are found to reach after the run began stands in the report's ports. */
static void wires_found_late(void **state)
{
	json_t *events = json_pack("[{s:s, s:[{s:s, s:n, s:s, s:[]}, {s:s, s:n}]}, {s:s, s:[{s:s, "
				   "s:s, s:s, s:[s, i]}]}]",
				   "ev", "run", "nics", "address", PF, "peer", "wire", "",
				   "reaches", "address", "0000:02:00.0", "peer", "ev", "wire",
				   "nics", "address", PF, "peer", "0000:02:00.0", "wire",
				   "another card", "reaches", "0000:02:00.0", 7);
	json_t *report = core_report(events, 0), *nic;

	(void)state;
	nic = json_array_get(json_object_get(report, "nics"), 0);
	assert_string_equal(member_text(nic, "peer"), "0000:02:00.0");
	assert_string_equal(member_text(nic, "wire"), "another card");
	assert_int_equal(json_array_size(json_object_get(nic, "reaches")), 1);
	nic = json_array_get(json_object_get(report, "nics"), 1);
	assert_true(json_is_null(json_object_get(nic, "peer")));
	json_decref(report);
	json_decref(events);
}

/* A failure says where its port is, in every form that people read. */
static void places(void **state)
{
	static const struct scenario sc = { .items = { "a host PASS", "b " PF " FAIL" } };
	static const char *const forms[] = { "text", "html", "summary" };
	json_t *report = build(&sc), *nics;
	size_t i;

	(void)state;
	nics = json_pack("[{s:s, s:s, s:s, s:s}]", "address", PF, "place", "slot <3>, port p0",
			 "sriov_state", "off", "permanent_mac", "52:54:00:76:66:01");
	json_object_set_new(report, "nics", nics);
	subjects_add_places(report);
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		_cleanup_free_ char *text = form_print(form_find(forms[i])->put, report);
		const bool html = strcmp(forms[i], "html") == 0;

		assert_non_null(text);
		if (!strstr(text, html ? "<code>" PF "</code> (slot &lt;3&gt;, port p0)"
				       : "FAIL b " PF " (slot <3>, port p0):"))
			fail_msg("%s:\n%s", forms[i], text);
		if (i < 2 && !strstr(text, "52:54:00:76:66:01"))
			fail_msg("%s:\n%s", forms[i], text);
	}
	assert_string_equal(
		member_text(json_array_get(json_object_get(report, "items"), 1), "place"),
		"slot <3>, port p0");
	assert_null(json_object_get(json_array_get(json_object_get(report, "items"), 0), "place"));
	json_decref(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wires_found_late),
		cmocka_unit_test(rules),
		cmocka_unit_test(resumed_settings),
		cmocka_unit_test(foreign_verdict),
		cmocka_unit_test(golden),
		test_with_fake(load_refuses),
		cmocka_unit_test(summary_fits),
		cmocka_unit_test(wire_is_told),
		cmocka_unit_test(summary_names_untested),
		cmocka_unit_test(strange_reports),
		cmocka_unit_test(places),
		test_with_fake(schema),
	};

	return cmocka_run_group_tests(tests, load_tables, NULL);
}
