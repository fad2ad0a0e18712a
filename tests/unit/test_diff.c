/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison of two reports: recorded ones in tests/fixtures/diff/ against recorded results
 * (made anew there by: vfproof diff old.json new.json [--form json]), and rule by rule.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include "journal/member.h"
#include "model/advice.h"
#include "report/diff.h"
#include "report/figure.h"
#include "report/forms.h"
#include "report/report.h"

#define FIXTURE "tests/fixtures/diff/"
#define A "0000:01:00.0"
#define B "0000:02:00.0"

static char *slurp(const char *path)
{
	char *text = NULL;
	size_t len;
	int ret = util_read_file(AT_FDCWD, path, 1 << 20, &text, &len);

	if (ret < 0)
		fail_msg("%s: %s", path, strerror(-ret));
	return text;
}

static json_t *load(const char *path)
{
	json_t *report = report_load(path);

	assert_non_null(report);
	return report;
}

/* Compares and lets go of the reports. */
static json_t *compare(json_t *o, json_t *n, bool strict)
{
	const struct diff_options options = { .threshold = DIFF_THRESHOLD, .strict = strict };
	json_t *diff = diff_compare(o, n, "old.json", "new.json", &options);

	assert_non_null(diff);
	json_decref(o);
	json_decref(n);
	return diff;
}

static void golden(void **state)
{
	json_t *diff = compare(load(FIXTURE "old.json"), load(FIXTURE "new.json"), false);
	_cleanup_free_ char *text = form_print(diff_put_text, diff),
			    *json = form_print(report_put_json, diff);
	_cleanup_free_ char *golden_text = slurp(FIXTURE "diff.txt");
	_cleanup_free_ char *golden_json = slurp(FIXTURE "diff.json");

	(void)state;
	assert_string_equal(text, golden_text);
	assert_string_equal(json, golden_json);
	assert_int_equal(diff_get_result(diff), DIFF_REGRESSED);
	json_decref(diff);
}

/* A report compared with itself, and a journal with the report that was made from it. */
static void same(void **state)
{
	static const char *const files[][2] = {
		{ FIXTURE "old.json", FIXTURE "old.json" },
		{ "tests/fixtures/journal.jsonl", "tests/fixtures/report.json" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		json_t *diff = compare(load(files[i][0]), load(files[i][1]), true);
		_cleanup_free_ char *text = form_print(diff_put_text, diff);

		assert_int_equal(diff_get_result(diff), DIFF_SAME);
		assert_non_null(strstr(text, "vfproof diff: SAME\n"));
		json_decref(diff);
	}
}

/* A report of "CASE SUBJECT VERDICT[ optional]" items, a port at each of @macs' addresses. */
static json_t *make(const char *verdict, const char *serial, const char *const *items,
		    const char *const (*nics)[3])
{
	json_t *report = json_pack("{s:s, s:s, s:{s:s}, s:[], s:[]}", "schema", REPORT_SCHEMA,
				   "verdict", verdict, "host", "serial", serial, "items", "nics");

	for (; items && *items; items++) {
		char id[32], subject[32], v[32], flag[32] = "";

		assert_true(sscanf(*items, "%31s %31s %31s %31s", id, subject, v, flag) >= 3);
		json_array_append_new(json_object_get(report, "items"),
				      json_pack("{s:s, s:s, s:s, s:b}", "case", id, "subject",
						subject, "verdict", v, "required",
						flag[0] == '\0'));
	}
	for (; nics && (*nics)[0]; nics++)
		json_array_append_new(json_object_get(report, "nics"),
				      json_pack("{s:s, s:s, s:s}", "address", (*nics)[0], "mac",
						(*nics)[1], "device", (*nics)[2]));
	return report;
}

struct rule {
	const char *what;
	const char *old_verdict, *new_verdict;
	const char *old_items[3], *new_items[3];
	enum diff_result result, strict;
};

#define Q "QUALIFIED"
#define U "QUALIFIED (UNSAFE INTERRUPTS)"
#define N "NOT QUALIFIED"
#define I "INCOMPLETE"

static const struct rule rules_table[] = {
	{ "nothing", Q, Q, { "a host PASS" }, { "a host PASS" }, DIFF_SAME, DIFF_SAME },
	{ "run worse", Q, I, { "a host PASS" }, { "a host PASS" }, DIFF_REGRESSED, DIFF_REGRESSED },
	{ "run unsafe",
	  Q,
	  U,
	  { "a host PASS" },
	  { "a host PASS" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "run disproved",
	  I,
	  N,
	  { "a host PASS" },
	  { "a host PASS" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "run better", N, Q, { "a host PASS" }, { "a host PASS" }, DIFF_CHANGED, DIFF_CHANGED },
	{ "run open", N, I, { "a host PASS" }, { "a host PASS" }, DIFF_CHANGED, DIFF_CHANGED },
	{ "item warns",
	  Q,
	  Q,
	  { "a host PASS" },
	  { "a host WARN" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "item fails",
	  N,
	  N,
	  { "a host PASS" },
	  { "a host FAIL" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "item open",
	  I,
	  I,
	  { "a host WARN" },
	  { "a host ERROR" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "item disproved",
	  N,
	  N,
	  { "a host NOTRUN" },
	  { "a host CRASHED" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "item better", N, N, { "a host FAIL" }, { "a host PASS" }, DIFF_CHANGED, DIFF_CHANGED },
	{ "still bad", N, N, { "a host FAIL" }, { "a host TIMEOUT" }, DIFF_CHANGED, DIFF_CHANGED },
	{ "bad, not tried again",
	  N,
	  N,
	  { "a host FAIL" },
	  { "a host SKIP" },
	  DIFF_CHANGED,
	  DIFF_CHANGED },
	{ "not required",
	  Q,
	  Q,
	  { "a host PASS optional" },
	  { "a host FAIL optional" },
	  DIFF_CHANGED,
	  DIFF_CHANGED },
	{ "not required any more",
	  Q,
	  Q,
	  { "a host PASS" },
	  { "a host SKIP optional" },
	  DIFF_REGRESSED,
	  DIFF_REGRESSED },
	{ "gone",
	  Q,
	  Q,
	  { "a host PASS", "b host PASS" },
	  { "a host PASS" },
	  DIFF_CHANGED,
	  DIFF_REGRESSED },
	{ "gone, not required",
	  Q,
	  Q,
	  { "a host PASS", "b host PASS optional" },
	  { "a host PASS" },
	  DIFF_CHANGED,
	  DIFF_CHANGED },
	{ "new",
	  N,
	  N,
	  { "a host PASS" },
	  { "a host PASS", "b host FAIL" },
	  DIFF_CHANGED,
	  DIFF_CHANGED },
	{ "nothing in common",
	  Q,
	  Q,
	  { "a host PASS" },
	  { "b host PASS" },
	  DIFF_INCOMPARABLE,
	  DIFF_INCOMPARABLE },
	{ "no items", I, I, { NULL }, { NULL }, DIFF_INCOMPARABLE, DIFF_INCOMPARABLE },
	{ "an unknown verdict",
	  Q,
	  Q,
	  { "a host PASS" },
	  { "a host FINE" },
	  DIFF_INCOMPARABLE,
	  DIFF_INCOMPARABLE },
	{ "an item twice",
	  Q,
	  Q,
	  { "a host PASS", "a host FAIL" },
	  { "a host PASS" },
	  DIFF_INCOMPARABLE,
	  DIFF_INCOMPARABLE },
};

static void rules(void **state)
{
	size_t i, strict;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rules_table); i++)
		for (strict = 0; strict < 2; strict++) {
			const struct rule *r = &rules_table[i];
			json_t *o = make(r->old_verdict, "1", r->old_items, NULL);
			json_t *n = make(r->new_verdict, "1", r->new_items, NULL);
			json_t *diff = compare(o, n, strict);
			enum diff_result want = strict ? r->strict : r->result;

			if (diff_get_result(diff) != want)
				fail_msg("%s: %s", r->what, member_text(diff, "result"));
			json_decref(diff);
		}
}

struct move {
	const char *what;
	const char *const old_nics[3][3], *const new_nics[3][3]; /* address, MAC, device */
	bool other_host;
	const char *remark; /* "CHANGE OLD NEW" of the first, NULL: there is none */
	const char *subject; /* of the new report that the old one's A is compared with; "": none */
};

static const struct move moves[] = {
	{ "stays", { { A, "m1", "x" } }, { { A, "m1", "x" } }, false, NULL, A },
	{ "moves", { { A, "m1", "x" } }, { { B, "m1", "x" } }, false, "moved " A " " B, B },
	{ "change places",
	  { { A, "m1", "x" }, { B, "m2", "x" } },
	  { { A, "m2", "x" }, { B, "m1", "x" } },
	  false,
	  "moved " A " " B,
	  B },
	{ "another of its kind",
	  { { A, "m1", "x" } },
	  { { A, "m2", "x" } },
	  false,
	  "replaced " A " " A,
	  A },
	{ "another model",
	  { { A, "m1", "x" } },
	  { { A, "m2", "y" } },
	  false,
	  "replaced " A " " A,
	  A },
	{ "no MAC", { { A, "", "x" } }, { { A, "m1", "x" } }, false, NULL, A },
	{ "gone", { { A, "m1", "x" } }, { { B, "m2", "x" } }, false, "gone " A " -", "" },
	{ "gone, and its place is taken",
	  { { A, "m1", "x" }, { B, "m2", "x" } },
	  { { A, "m2", "x" } },
	  false,
	  "gone " A " -",
	  "" },
	{ "other host, same place", { { A, "m1", "x" } }, { { A, "m2", "x" } }, true, NULL, A },
	{ "other host, other place",
	  { { A, "m1", "x" } },
	  { { B, "m2", "x" } },
	  true,
	  "matched by model " A " " B,
	  B },
	{ "other host, other order",
	  { { A, "m1", "x" }, { B, "m2", "y" } },
	  { { A, "m3", "y" }, { B, "m4", "x" } },
	  true,
	  "matched by model " A " " B,
	  B },
};

static void cards(void **state)
{
	static const char *const items_old[] = { "h host PASS", "a " A " FAIL", NULL };
	static const char *const items_new[] = { "h host PASS", "a " A " PASS", "a " B " WARN",
						 NULL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		const struct move *m = &moves[i];
		json_t *o = make(N, "1", items_old, m->old_nics);
		json_t *n = make(N, m->other_host ? "2" : "1", items_new, m->new_nics);
		json_t *diff = compare(o, n, false), *remark, *item;
		const char *subject = "", *new_address;
		char text[128] = "";
		size_t k;

		remark = json_array_get(json_object_get(diff, "nics"), 0);
		new_address = member_text(remark, "new");
		if (remark)
			util_format(text, sizeof(text), "%s %s %s", member_text(remark, "change"),
				    member_text(remark, "old"), new_address[0] ? new_address : "-");
		json_array_foreach (json_object_get(diff, "items"), k, item)
			if (strcmp(member_text(item, "change"), "better") == 0)
				subject = member_text(item, "subject");
		if (strcmp(text, m->remark ? m->remark : "") != 0)
			fail_msg("%s: \"%s\"", m->what, text);
		if (strcmp(subject, m->subject) != 0)
			fail_msg("%s: compared with \"%s\"", m->what, subject);
		json_decref(diff);
	}
}

struct figure_case {
	const char *key, *value;
	const char *found; /* "WHAT|LABEL|VALUE UNIT;..." */
};

static const struct figure_case figure_cases[] = {
	{ "guest.hello_ms", "53428", "guest.hello_ms||53428 ms;" },
	{ "guest.hello_ms", "left: 53, QEMU ready after 2, kernel 6.12.1",
	  "guest.hello_ms|left|53 ms;" },
	{ "vf.created", "7 in 1200 ms, 0000:02:10.0 to 0000:02:11.4", "vf.created 7 in||1200 ms;" },
	{ "plug.round", "VF 1 with QMP: ready in 20 ms, used 31 ms, gone in 5 ms",
	  "plug.round ready in|VF 1 with QMP|20 ms;plug.round used|VF 1 with QMP|31 ms;"
	  "plug.round gone in|VF 1 with QMP|5 ms;" },
	{ "plug.removed", "VF 2 of guest 1 (plug2) with QMP in 418 ms: DEVICE_DELETED",
	  "plug.removed VF 2 of guest 1 (plug2) with QMP in||418 ms;" },
	{ "link", "eth0: 1000 Mb/s full duplex, supported 2500 Mb/s, MTU 1500",
	  "link|eth0|1000 Mb/s;link supported|eth0|2500 Mb/s;" },
	{ "stream", "0.94 Gb/s (41 us)", "stream||0.94 Gb/s;stream 0.94 Gb/s (||41 us;" },
	{ "fixture", "pair, set up in 12.5 s.", "fixture set up in||12.5 s;" },
	{ "traffic", "sent 200 (8 broadcast), VF got 200", "" },
	{ "table", "DMAR, 128 bytes, 1 units", "" },
	{ "x", "-5 ms, 1e9 ms, 1.2.3 ms, 5 msec, 0x5 ms, a5 ms", "" },
	{ "x", "9999999999999999999 ms", "" },
	{ "x_ms", "none", "" },
	{ "x_ms", "", "" },
	{ "", ": 5 ms", "||5 ms;" },
};

static void figures(void **state)
{
	struct figure f[8];
	size_t i, k, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(figure_cases); i++) {
		const struct figure_case *c = &figure_cases[i];
		char text[400] = "";

		n = figure_find(c->key, c->value, f, ARRAY_SIZE(f));
		for (k = 0; k < n; k++)
			util_format(text + strlen(text), sizeof(text) - strlen(text),
				    "%s|%s|%g %s;", f[k].what, f[k].label, f[k].value,
				    f[k].unit->name);
		if (strcmp(text, c->found) != 0)
			fail_msg("%s = %s: %s", c->key, c->value, text);
	}
	assert_int_equal(figure_find("x", "1 ms, 2 ms, 3 ms", f, 2), 2);
}

/* One passed item with that evidence. */
static json_t *with_evidence(double duration_s, const char *const (*evidence)[2], size_t n)
{
	json_t *report = make(Q, "1", NULL, NULL), *lines = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(lines, json_pack("{s:s, s:s}", "key", evidence[i][0], "value",
						       evidence[i][1]));
	json_array_append_new(json_object_get(report, "items"),
			      json_pack("{s:s, s:s, s:s, s:f, s:o}", "case", "a", "subject", "host",
					"verdict", "PASS", "duration_s", duration_s, "evidence",
					lines));
	return report;
}

/* Figures that vary by chance have a threshold of their own, unless one is given for all. */
static void own_thresholds(void **state)
{
	static const char *const before[][2] = { { "dma.map", "192 MiB: mapped in 100 ms" },
						 { "vf.flr", "VF 0: mean 20 ms" },
						 { "plug", "VF 0 added in 100 ms" },
						 { "t_ms", "100" } };
	static const char *const after[][2] = { { "dma.map", "192 MiB: mapped in 120 ms" },
						{ "vf.flr", "VF 0: mean 28 ms" },
						{ "plug", "VF 0 added in 130 ms" },
						{ "t_ms", "112" } };
	struct diff_options options = { .threshold = DIFF_THRESHOLD };
	json_t *old_report = with_evidence(1, before, ARRAY_SIZE(before));
	json_t *new_report = with_evidence(1, after, ARRAY_SIZE(after));
	json_t *diff = diff_compare(old_report, new_report, "old", "new", &options), *list;

	(void)state;
	/* 20 of 25 percent; 40 percent, but 8 ms of 10; 30 of 25 percent; 12 of 10. */
	list = json_object_get(diff, "figures");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(member_text(json_array_get(list, 0), "what"), "plug VF 0 added in");
	assert_string_equal(member_text(json_array_get(list, 1), "what"), "t_ms");
	json_decref(diff);
	options = (struct diff_options){ .threshold = 15, .one_threshold = true };
	diff = diff_compare(old_report, new_report, "old", "new", &options);
	assert_int_equal(json_array_size(json_object_get(diff, "figures")), 3);
	json_decref(diff);
	json_decref(old_report);
	json_decref(new_report);
}

/* Figures decide only if that is asked for, and the smaller changes not at all. */
static void figures_decide(void **state)
{
	static const char *const before[][2] = { { "t_ms", "100" },	  { "u_ms", "100" },
						 { "r", "VF 0: 1 Gb/s" }, { "s", "eth0: 900 Mb/s" },
						 { "zero_ms", "0" },	  { "lost_ms", "5" } };
	static const char *const after[][2] = {
		{ "t_ms", "110" },	   { "u_ms", "50" },   { "r", "VF 0: 1000 Mb/s" },
		{ "s", "eth7: 300 Mb/s" }, { "zero_ms", "7" }, { "got_ms", "5" }
	};
	json_t *diff, *list;
	int strict;

	(void)state;
	for (strict = 0; strict < 2; strict++) {
		/* A duration of less than a second more is no news. */
		diff = compare(with_evidence(0.1, before, ARRAY_SIZE(before)),
			       with_evidence(1.0, after, ARRAY_SIZE(after)), strict);
		assert_int_equal(diff_get_result(diff), strict ? DIFF_REGRESSED : DIFF_CHANGED);
		assert_int_equal(member_number(diff, "figures_compared"), 6);
		list = json_object_get(diff, "figures");
		assert_int_equal(json_array_size(list), 3);
		assert_string_equal(member_text(json_array_get(list, 0), "what"), "u_ms");
		assert_string_equal(member_text(json_array_get(list, 0), "change"), "better");
		assert_string_equal(member_text(json_array_get(list, 1), "what"), "s");
		assert_string_equal(member_text(json_array_get(list, 1), "change"), "worse");
		assert_true(json_is_null(json_object_get(json_array_get(list, 2), "percent")));
		json_decref(diff);
	}
	diff = compare(with_evidence(10, NULL, 0), with_evidence(12, NULL, 0), false);
	list = json_object_get(diff, "figures");
	assert_int_equal(json_array_size(list), 1);
	assert_true(fabs(json_number_value(json_object_get(json_array_get(list, 0), "percent")) -
			 20) < 0.001);
	json_decref(diff);
}

/* "vfproof diff" with these words, in a child. */
static int run(const char *const *words)
{
	char *argv[10] = { (char *)"vfproof", (char *)"diff" };
	int argc = 2, status;
	pid_t pid;

	for (; *words; words++)
		argv[argc++] = (char *)*words;
	pid = fork();
	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), ret;

		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		ret = diff_main(argc, argv);
		_exit(ret < 0 ? 99 : ret);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void command(void **state)
{
	struct core_fake *f = *state;
	char other[128], bad[128], none[128], cut[128];
	const char *const old_json = FIXTURE "old.json", *const new_json = FIXTURE "new.json";
	const struct {
		const char *words[8];
		int status;
	} calls[] = {
		{ { old_json, old_json }, 0 },
		{ { new_json, old_json }, 1 }, /* a warning is back */
		{ { old_json, new_json }, 1 },
		{ { old_json, new_json, "--form", "json" }, 1 },
		{ { "--strict", old_json, "--threshold", "0", old_json }, 0 },
		{ { old_json, other }, 2 },
		{ { other, old_json }, 2 },
		{ { old_json, bad }, 3 },
		{ { none, old_json }, 3 },
		{ { old_json, cut }, 2 },
		{ { NULL }, 99 },
		{ { old_json }, 99 },
		{ { old_json, old_json, old_json }, 99 },
		{ { old_json, old_json, "--form" }, 99 },
		{ { old_json, old_json, "--form", "xml" }, 99 },
		{ { old_json, old_json, "--threshold", "-1" }, 99 },
		{ { old_json, old_json, "--threshold", "many" }, 99 },
		{ { old_json, old_json, "--what", "1" }, 99 },
	};
	size_t i;

	util_format(other, sizeof(other), "%s/other.json", f->path);
	util_format(bad, sizeof(bad), "%s/bad.json", f->path);
	util_format(none, sizeof(none), "%s/none.json", f->path);
	util_format(cut, sizeof(cut), "%s/journal.jsonl", f->path);
	core_fake_write(f, "other.json", "{\"schema\":\"vfproof-report/2\",\"items\":[]}");
	core_fake_write(f, "bad.json", "{\"schema\":");
	core_fake_write(f, "journal.jsonl", "{\"ev\":\"sta");
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		int status = run(calls[i].words);

		if (status != calls[i].status)
			fail_msg("call %zu: %d", i, status);
	}
}

/* docs/diff.schema.json describes what is written. */
static void schema(void **state)
{
	struct core_fake *f = *state;
	char path[128];
	json_t *diff = compare(json_object(), load(FIXTURE "new.json"), false);
	_cleanup_free_ char *json = form_print(report_put_json, diff);
	const char *const files[] = { FIXTURE "diff.json", path };
	size_t i;

	assert_int_equal(diff_get_result(diff), DIFF_INCOMPARABLE);
	core_fake_write(f, "diff.json", json);
	util_format(path, sizeof(path), "%s/diff.json", f->path);
	json_decref(diff);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		assert_true(core_is_valid_json(files[i], "docs/diff.schema.json"));
}

static int load_tables(void **state)
{
	(void)state;
	return advice_load();
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),	  cmocka_unit_test(same),
		cmocka_unit_test(rules),	  cmocka_unit_test(cards),
		cmocka_unit_test(figures),	  cmocka_unit_test(figures_decide),
		cmocka_unit_test(own_thresholds), test_with_fake(command),
		test_with_fake(schema),
	};

	return cmocka_run_group_tests(tests, load_tables, NULL);
}
