/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of the report, on two recorded ones: tests/fixtures/forms/all.json has an item of every
 * verdict, hostile.json the same with markup, control characters and forged lines in every text.
 */
#include "core_fake.h"

#include <string.h>
#include "journal/member.h"
#include "model/settings.h"
#include "base/clock.h"
#include "report/figure_list.h"
#include "report/figures.h"
#include "report/forms.h"
#include "report/markup.h"

#define FIXTURE "tests/fixtures/forms/"

static json_t *load(const char *name)
{
	json_t *report = report_load(name);

	assert_non_null(report);
	return report;
}

static char *render(const json_t *report, const char *form)
{
	char *text = form_print(form_find(form)->put, report);

	assert_non_null(text);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
}

/* Every form has a name and a file of its own; those of the setting come first. */
static void table(void **state)
{
	const struct form *form, *other;
	size_t i, k;

	(void)state;
	for (i = 0; (form = form_get(i)); i++) {
		assert_ptr_equal(form_find(form->name), form);
		assert_int_equal(form->file != NULL, i < FORM_FILES);
		for (k = 0; k < i; k++) {
			other = form_get(k);
			assert_string_not_equal(other->name, form->name);
			if (form->file)
				assert_string_not_equal(other->file, form->file);
		}
	}
	assert_true(i > FORM_FILES);
	assert_null(form_find("pdf"));
	assert_null(form_find(""));
}

/* No form changes the report. */
static void unchanged(void **state)
{
	json_t *report = load(FIXTURE "all.json"), *before = json_deep_copy(report);
	const struct form *form;
	size_t i;

	(void)state;
	for (i = 0; (form = form_get(i)); i++) {
		_cleanup_free_ char *text = render(report, form->name);

		assert_true(json_equal(report, before));
	}
	json_decref(before);
	json_decref(report);
}

/*
 * Each form names the port that was left out, and the reason; LAVA has no place for that, and the
 * result line only for the number of such ports.
 */
static void not_certified(void **state)
{
	json_t *report = load(FIXTURE "all.json");
	const struct form *form;
	size_t i;

	(void)state;
	for (i = 0; (form = form_get(i)); i++) {
		_cleanup_free_ char *text = render(report, form->name);

		if (strcmp(form->name, "lava") == 0) {
			assert_has(text, "TEST_CASE_ID=not_certified_0000_04_00_0 RESULT=skip ");
			continue;
		}
		if (strstr(text, "VFPROOF-RESULT:") == text) {
			assert_has(text, " notrun=1 not_certified=2");
			continue;
		}
		assert_has(text, "0000:04:00.0");
		assert_has(text, "no link");
	}
	json_decref(report);
}

static void junit(void **state)
{
	json_t *report = load(FIXTURE "all.json");
	_cleanup_free_ char *text = render(report, "junit");

	(void)state;
	assert_has(text, "<testsuites name=\"vfproof\" tests=\"13\" failures=\"4\" errors=\"2\"");
	assert_has(text, "<failure type=\"NOT QUALIFIED\" message=\"NOT QUALIFIED\">reason: ");
	assert_has(text, "<testcase classname=\"vfproof.0000_01_00_0\" name=\"example_vfs\"");
	assert_has(text, "<failure type=\"FAIL\" message=\"write: Cannot allocate memory; 0 VFs");
	assert_has(text, ">expected: 7 VFs on the bus after sriov_numvfs was written\nmeasured: ");
	assert_has(text, "\nfix: BIOS setup: enable &quot;SR-IOV&quot;");
	assert_has(text, "<failure type=\"TIMEOUT\"");
	assert_has(text, "<failure type=\"CRASHED\"");
	assert_has(text, "<error type=\"ERROR\" message=\"QEMU cannot be started");
	assert_has(text, "<error type=\"NOTRUN\" message=\"the run ended before it began\">");
	assert_has(text, "<skipped type=\"SKIP\" message=\"no link: the port has no cable\">");
	assert_has(text, "<skipped type=\"FAIL\" message=\"not required, FAIL: none\">");
	assert_int_equal(count(text, "<testcase "), 13);
	assert_int_equal(count(text, "<failure "), 4);
	assert_int_equal(count(text, "<error "), 2);
	assert_int_equal(count(text, "<skipped "), 2);
	json_decref(report);
}

static void ktap(void **state)
{
	static const char *const lines[] = {
		"\nok 1 example_cpu host\n",
		"\nok 2 example_table host # WARN a checksum that is off by one\n",
		"\nnot ok 4 example_vfs 0000:01:00.0 # FAIL write: Cannot allocate memory",
		"\nnot ok 5 example_guest 0000:01:00.0 # TIMEOUT it did not end and was killed\n",
		"\nnot ok 6 example_crash 0000:01:00.0 # CRASHED the host or the runner died",
		"\nnot ok 7 example_error 0000:01:00.0 # ERROR QEMU cannot be started",
		"\nok 10 example_vfs 0000:01:00.1 # SKIP no link: the port has no cable\n",
		"\nnot ok 11 example_last 0000:01:00.1 # ERROR the run ended before it began\n",
		"\nnot ok 12 example_info 0000:01:00.1 # TODO not required: none\n",
		"\nnot ok 13 verdict run # verdict NOT QUALIFIED\n",
	};
	json_t *report = load(FIXTURE "all.json");
	_cleanup_free_ char *text = render(report, "ktap");
	size_t i;

	(void)state;
	assert_int_equal(strncmp(text, "KTAP version 1\n1..13\n", 21), 0);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		assert_has(text, lines[i]);
	json_decref(report);
}

static void lava(void **state)
{
	json_t *report = load(FIXTURE "all.json");
	_cleanup_free_ char *text = render(report, "lava");

	(void)state;
	assert_has(text, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=example_vfs_0000_01_00_0 RESULT=fail "
			 "MEASUREMENT=2.250 UNITS=s>\n");
	assert_has(text, "=example_table_host RESULT=pass ");
	assert_has(text, "=example_guest_0000_01_00_0 RESULT=fail ");
	assert_has(text, "=example_crash_0000_01_00_0 RESULT=fail ");
	assert_has(text, "=example_error_0000_01_00_0 RESULT=unknown ");
	assert_has(text, "=example_last_0000_01_00_1 RESULT=unknown ");
	assert_has(text, "=example_vfs_0000_01_00_1 RESULT=skip ");
	assert_has(text, "=example_info_0000_01_00_1 RESULT=skip ");
	assert_has(text, "TEST_CASE_ID=verdict_run RESULT=fail MEASUREMENT=183.000 UNITS=s>\n");
	assert_has(text, "TEST_CASE_ID=count_timeout RESULT=pass MEASUREMENT=1.000 UNITS=items>\n");
	assert_int_equal(count(text, "\n"), 23);
	json_decref(report);
}

/* The artifact of @line with the member @kind, NULL if it has none. */
static const json_t *artifact(const json_t *line, const char *kind)
{
	const json_t *run = json_object_get(json_object_get(line, "testRunArtifact"), kind);

	return run ? run : json_object_get(json_object_get(line, "testStepArtifact"), kind);
}

/* Lines numbered from 0 whose times do not go back. Caller owns the result. */
static json_t *ocp_lines(const json_t *report)
{
	_cleanup_free_ char *text = render(report, "ocp");
	json_t *lines = json_array();
	char *rest, *line;
	int64_t last = 0;

	for (rest = text; (line = strsep(&rest, "\n")) && rest;) {
		json_t *obj = json_loads(line, 0, NULL);
		int64_t ms = clock_parse(member_text(obj, "timestamp"));

		assert_non_null(obj);
		assert_int_equal(member_number(obj, "sequenceNumber"), json_array_size(lines));
		assert_true(ms >= last);
		last = ms;
		json_array_append_new(lines, obj);
	}
	return lines;
}

static void ocp(void **state)
{
	static const char *const statuses[] = { "COMPLETE", "COMPLETE", "COMPLETE", "COMPLETE",
						"ERROR",    "ERROR",	"ERROR",    "COMPLETE",
						"COMPLETE", "SKIP",	"ERROR",    "COMPLETE" };
	json_t *report = load(FIXTURE "all.json"), *lines = ocp_lines(report), *line;
	size_t i, ends = 0, diagnoses = 0;
	const json_t *end;

	(void)state;
	json_array_foreach (lines, i, line) {
		const json_t *step = json_object_get(line, "testStepArtifact");
		const json_t *measurement = artifact(line, "measurement");
		size_t id = strtoul(member_text(step, "testStepId"), NULL, 10);

		end = artifact(line, "testStepEnd");
		if (end) {
			assert_string_equal(member_text(end, "status"), statuses[id]);
			ends++;
		}
		diagnoses += artifact(line, "diagnosis") != NULL;
		if (strcmp(member_text(measurement, "name"), "vf.created") == 0) {
			assert_float_equal(json_number_value(json_object_get(measurement, "value")),
					   2569, 0.1);
			assert_string_equal(member_text(measurement, "unit"), "ms");
			assert_string_equal(member_text(measurement, "hardwareInfoId"), "nic0");
			assert_string_equal(member_text(line, "timestamp"),
					    "2025-01-02T03:04:10.850Z");
		}
	}
	assert_int_equal(ends, ARRAY_SIZE(statuses));
	assert_int_equal(diagnoses, ARRAY_SIZE(statuses));
	end = artifact(json_array_get(lines, i - 1), "testRunEnd");
	assert_string_equal(member_text(end, "status"), "COMPLETE");
	assert_string_equal(member_text(end, "result"), "FAIL");
	json_decref(lines);
	json_decref(report);
}

static void html(void **state)
{
	json_t *report = load(FIXTURE "all.json");
	_cleanup_free_ char *text = render(report, "html");
	const char *verdict = strstr(text, "<h1>NOT QUALIFIED</h1>");
	const char *failures = strstr(text, "<h2>Failures: ");
	const char *fix = strstr(text, "<dd class=\"fix\">BIOS setup: enable &quot;SR-IOV&quot;");
	const char *port = strstr(text, "<h2>Port <code>0000:01:00.0</code>");

	(void)state;
	assert_true(verdict && failures > verdict && fix > failures && port > fix);
	assert_has(text, "<li><b>1</b>TIMEOUT</li>");
	assert_has(text, "Not tested: SR-IOV is off in it.");
	assert_int_equal(count(text, "<h2>Port "), 4);
	assert_int_equal(count(text, "<article "), 6);
	assert_int_equal(count(text, "<tr><td>"), 12);
	/* A plot for each kind of figure, and in it a dot for each case and port. */
	assert_int_equal(count(text, "<svg "), 7);
	assert_int_equal(count(text, "<circle "), 9);
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "http:"));
	assert_null(strstr(text, "https:"));
	assert_null(strstr(text, "src="));
	json_decref(report);
}

static void html_without_figures(void **state)
{
	json_t *report = json_loads("{\"items\":[]}", 0, NULL);
	_cleanup_free_ char *text = render(report, "html");

	(void)state;
	assert_has(text, "No item of this run has measured a time or a rate.");
	assert_has(text, "<h1>NO VERDICT</h1>");
	assert_null(strstr(text, "<svg"));
	json_decref(report);
}

static void assert_lacks(const struct form *form, const char *text, const char *const *parts)
{
	for (; *parts; parts++)
		if (strstr(text, *parts))
			fail_msg("%s: %s", form->name, *parts);
}

/* Whatever a text says, it stays text: no markup, and where lines count, no line of its own. */
static void hostile(void **state)
{
	static const char *const markup[] = { "<script", "</pre></style>", "]]>", NULL };
	static const char *const lines[] = { "\nnot ok 1 forged",
					     "\n<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=forged",
					     "\nVFPROOF-RESULT:", NULL };
	static const char *const marks[] = { "<LAVA_", "VFPROOF-RESULT:", NULL };
	json_t *report = load(FIXTURE "hostile.json");
	_cleanup_free_ char *result = render(report, "result");
	size_t i;

	(void)state;
	assert_ptr_equal(strchr(result, '\n'), result + strlen(result) - 1);
	assert_null(strstr(result + 1, "VFPROOF-RESULT:"));
	assert_lacks(form_find("result"), result, lines + 1);
	for (i = 0; i < FORM_FILES; i++) {
		const struct form *form = form_get(i);
		_cleanup_free_ char *text = render(report, form->name);
		const char *p;

		for (p = text; *p; p++)
			if ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t')
				fail_msg("%s: byte %#x", form->name, *p);
		if (i != FORM_JSON && i != FORM_OCP) /* JSON does not escape it */
			assert_null(strchr(text, 0x7f));
		if (i == FORM_HTML || i == FORM_JUNIT || i == FORM_LAVA)
			assert_lacks(form, text, markup);
		if (i != FORM_HTML && i != FORM_JUNIT)
			assert_lacks(form, text, lines);
		if (i == FORM_TEXT || i == FORM_KTAP)
			assert_lacks(form, text, marks);
		if (i == FORM_KTAP)
			assert_int_equal(count(text, "\nok ") + count(text, "\nnot ok "), 13);
		if (i == FORM_LAVA)
			assert_int_equal(count(text, "\n"), 22);
	}
	json_decref(ocp_lines(report));
	json_decref(report);
}

/* What no file can hold, but a string of the program can. */
static void invalid_utf8(void **state)
{
	static const char bad[] = "\xff\xc0\x80\xed\xa0\x80 cut \xe2\x82";
	json_t *report = json_pack("{s:[{s:s, s:s, s:s, s:o, s:o}]}", "items", "case", "a",
				   "subject", "host", "verdict", "FAIL", "measured",
				   json_stringn_nocheck(bad, sizeof(bad) - 1), "fix",
				   json_stringn_nocheck(bad, sizeof(bad) - 1));
	_cleanup_free_ char *page = render(report, "html"), *junit_text = render(report, "junit");

	(void)state;
	json_decref(ocp_lines(report));
	assert_null(strchr(page, '\xff'));
	assert_null(strchr(junit_text, '\xff'));
	assert_has(junit_text, "\xef\xbf\xbd cut \xef\xbf\xbd");
	json_decref(report);
}

static void markup(void **state)
{
	static const char *const rows[][2] = {
		{ "plain", "plain" },
		{ "<a href=\"x\">'&", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;" },
		{ "a\nb\tc", "a\nb\tc" },
		{ "a\rb\x1b", "a\xef\xbf\xbd"
			      "b\xef\xbf\xbd" },
		{ "\xc3\xa9 \xf0\x9f\x98\x80", "\xc3\xa9 \xf0\x9f\x98\x80" },
		{ "\xc2\x85", "\xef\xbf\xbd" },
		{ "\xe2\x80\xae", "\xef\xbf\xbd" }, /* right to left */
		{ "\xef\xbf\xbf", "\xef\xbf\xbd" }, /* no character of XML */
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" }, /* too long for "/" */
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	};
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = NULL;
		FILE *f = open_memstream(&text, &size);

		markup_text(f, rows[i][0]);
		fclose(f);
		assert_string_equal(text, rows[i][1]);
		free(text);
	}
}

static void figures(void **state)
{
	static const struct {
		const char *key, *value;
		size_t n;
		double first; /* in s, bits/s or frames/s */
		enum figure_kind kind;
	} rows[] = {
		{ "guest.hello_ms", "13614, QEMU ready after 2436, kernel 6.12", 1, 13.614,
		  FIGURE_TIME },
		{ "guest.hello_ms", "guest 1: 800, QEMU ready after 2", 1, 0.8, FIGURE_TIME },
		{ "guest.hello_ms", "never", 0, 0, 0 },
		{ "vf.created", "7 in 2569 ms, 0000:02:10.0 to 0000:02:11.4", 1, 2.569,
		  FIGURE_TIME },
		{ "vf.write", "4 VFs: 2239 ms", 1, 2.239, FIGURE_TIME },
		{ "vf.bound", "8 of 63 VFs: 3596 ms", 1, 3.596, FIGURE_TIME },
		{ "vf.flr", "VF 2: mean 127.8 ms, at most 144.1 ms, 9 samples", 1, 0.1278,
		  FIGURE_TIME },
		{ "vf.flr_parallel", "4 VFs: 3 resets each in 425.6 ms", 1, 0.4256, FIGURE_TIME },
		{ "vf.stress", "a round: 1830 ms", 1, 1.83, FIGURE_TIME },
		{ "vf.pf_down", "frames pass again after 3813 ms", 1, 3.813, FIGURE_TIME },
		{ "vf.pf_reset", "ethtool --reset: frames pass again after 90 ms", 1, 0.09,
		  FIGURE_TIME },
		{ "fixture", "all, set up in 33.4 s", 1, 33.4, FIGURE_TIME },
		{ "guest.restart",
		  "guest 1: rebooting (guest-reset): agent answers in 900 ms, NICs work in 1200 ms",
		  1, 1.2, FIGURE_TIME },
		{ "vf.taken_back",
		  "VF 3, QEMU killed: QEMU gone in 5 ms, free in 9 ms, bound and reset in 130 ms",
		  1, 0.13, FIGURE_TIME },
		{ "vf.handed_on", "VF 3, guest panicked: next guest works in 2500 ms", 1, 2.5,
		  FIGURE_TIME },
		{ "dma.map",
		  "pages of 2 MiB, 192 MiB: mapped in 5 ms (device_add 12 ms with that, 7 ms "
		  "without)",
		  1, 0.005, FIGURE_TIME },
		{ "many.start", "guest 3 beside 2 others: works in 1800 ms", 1, 1.8, FIGURE_TIME },
		{ "link", "eth0: 1000 Mb/s full duplex", 0, 0, 0 },
		{ "guest.link", "VF 0: up, 1000 Mb/s", 0, 0, 0 },
		{ "perf.tcp", "VF 0 to PF: 9.41 Gb/s, PF to VF 1: 8 Gb/s", 2, 9.41e9, FIGURE_BITS },
		{ "perf.udp64", "1.5 Mpps", 1, 1.5e6, FIGURE_FRAMES },
		{ "perf.udp", "VF 0 to PF: 51000 packets/s", 1, 51000, FIGURE_FRAMES },
		{ "soak.hour.2", "plug: mean 0.31 s, 0.2 to 0.5 s, 40 samples", 1, 0.31,
		  FIGURE_TIME },
		{ "latency", "PF - VF 0: mean 0.02 ms, at most 0.2 ms, 30 samples", 1, 2e-5,
		  FIGURE_TIME },
		{ "rate", "0000:01:00.0 has 5 frames and 7 misses", 0, 0, 0 },
		{ "rate", "99999999999999999999999999999999999999999 Mb/s", 0, 0, 0 },
		{ "rate", "-1 Mb/s", 0, 0, 0 },
		{ "rate", "", 0, 0, 0 },
	};
	struct figure out[FIGURES_MAX];
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = figures_measured(rows[i].key, rows[i].value, out);

		if (n != rows[i].n)
			fail_msg("%s: %zu figures", rows[i].value, n);
		if (n == 0)
			continue;
		assert_float_equal(figure_base(&out[0]), rows[i].first, 1e-9);
		assert_int_equal(out[0].unit->kind, rows[i].kind);
	}
	figures_format(FIGURE_TIME, 2.569, text, sizeof(text));
	assert_string_equal(text, "2.57 s");
	figures_format(FIGURE_TIME, 21.4e-6, text, sizeof(text));
	assert_string_equal(text, "21.4 us");
	figures_format(FIGURE_BITS, 200e6, text, sizeof(text));
	assert_string_equal(text, "200 Mb/s");
	figures_format(FIGURE_FRAMES, 412000, text, sizeof(text));
	assert_string_equal(text, "412 kframes/s");
}

/* The entry of that name and number in the list of figures, NULL if there is none. */
static const json_t *entry_of(const json_t *list, const char *name, double at)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (strcmp(member_text(entry, "name"), name) == 0 && member_real(entry, "at") == at)
			return entry;
	return NULL;
}

/* Entry @name at @at of the list sums up so many samples. */
static void assert_entry(const json_t *list, const char *name, double at, int samples, double least,
			 double median, double most)
{
	const json_t *entry = entry_of(list, name, at);

	if (!entry)
		fail_msg("%s at %g is not in the list", name, at);
	assert_int_equal(member_number(entry, "samples"), samples);
	assert_float_equal(member_real(entry, "least"), least, 1e-9);
	assert_float_equal(member_real(entry, "median"), median, 1e-9);
	assert_float_equal(member_real(entry, "most"), most, 1e-9);
	assert_string_equal(member_text(entry, "subject"), "0000:01:00.0");
}

/* Lines that tell of the same thing are one entry, and those of another number another. */
static void figure_lists(void **state)
{
	static const char *const lines[][2] = {
		{ "vf.write", "1 VF: 1000 ms" },
		{ "vf.write", "8 VFs: 2000 ms" },
		{ "vf.write", "8 VFs: 3000 ms" },
		{ "vf.bound", "8 of 63 VFs: 4000 ms" },
		{ "vf.flr", "VF 0: mean 120 ms, at most 200 ms, 10 samples" },
		{ "vf.flr", "VF 1: mean 100 ms, at most 110 ms, 5 samples" },
		{ "dma.map",
		  "pages of 2 MiB, 192 MiB: mapped in 5 ms (device_add 12 ms with that)" },
		{ "link", "eth0: 1000 Mb/s" },
	};
	json_t *report = json_pack("{s:[{s:s, s:s, s:[]}]}", "items", "case", "a", "subject",
				   "0000:01:00.0", "evidence");
	json_t *evidence =
		json_object_get(json_array_get(json_object_get(report, "items"), 0), "evidence");
	const json_t *list, *entry;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		json_array_append_new(evidence, json_pack("{s:s, s:s}", "key", lines[i][0], "value",
							  lines[i][1]));
	assert_int_equal(figure_list_add(report), 0);
	list = json_object_get(report, "figures");
	assert_int_equal(json_array_size(list), 5);
	assert_entry(list, "vf.write", 1, 1, 1, 1, 1);
	assert_entry(list, "vf.write", 8, 2, 2, 2.5, 3);
	/* Of 63 VFs, 8 were bound. */
	assert_entry(list, "vf.bound", 63, 1, 4, 4, 4);
	/* The least and the most are of all samples, as far as lines tell them. */
	assert_entry(list, "vf.flr mean", 0, 15, 0.1, 0.11, 0.2);
	entry = entry_of(list, "dma.map mapped in", 192);
	assert_non_null(entry);
	assert_string_equal(member_text(entry, "by"), "MiB");
	assert_string_equal(member_text(entry, "unit"), "s");
	/* What only a plot needs is not in the report. */
	assert_null(json_object_get(entry, "plot"));
	assert_null(json_object_get(entry, "series"));
	json_decref(report);
}

static void moments(void **state)
{
	static const char *const bad[] = { "",
					   "now",
					   "2025-01-02",
					   "2025-01-02T03:04:05",
					   "2025-01-02T03:04:05.1Z",
					   "2025-01-02T03:04:05.123",
					   "2025-01-02T03:04:05Zx",
					   "1025-01-02T03:04:05Z" };
	char text[CLOCK_STRLEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (clock_parse(bad[i]) != -1)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(clock_parse("1970-01-01T00:00:01Z"), 1000);
	assert_false(clock_is_plausible(clock_parse("2010-01-01T00:00:00Z")));
	assert_true(clock_is_plausible(clock_parse("2026-01-01T00:00:00Z")));
	assert_false(clock_is_plausible(clock_parse("2099-01-01T00:00:00Z")));
	assert_int_equal(clock_parse("2025-01-02T03:04:05.678Z"), 1735787045678);
	clock_format(1735787045678, text);
	assert_string_equal(text, "2025-01-02T03:04:05.678Z");
	clock_format(-5, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	clock_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

/* By the clock of the start or resume before it, whose time since boot is another one. */
static void begun(void **state)
{
	static const char json[] =
		"[{\"ev\":\"start\",\"time\":\"2025-01-02T03:04:05Z\",\"t_ms\":1000},"
		"{\"ev\":\"begin\",\"case\":\"a\",\"subject\":\"host\",\"t_ms\":2500},"
		"{\"ev\":\"resume\",\"time\":\"2025-01-02T04:00:00Z\",\"t_ms\":900},"
		"{\"ev\":\"begin\",\"case\":\"b\",\"subject\":\"host\",\"t_ms\":901},"
		"{\"ev\":\"begin\",\"case\":\"c\",\"subject\":\"host\"}]";
	json_t *events = json_loads(json, 0, NULL), *report = core_report(events, 0);
	json_t *items = json_object_get(report, "items");

	(void)state;
	assert_int_equal(json_array_size(items), 3);
	assert_string_equal(member_text(json_array_get(items, 0), "begun"),
			    "2025-01-02T03:04:06.500Z");
	assert_string_equal(member_text(json_array_get(items, 1), "begun"),
			    "2025-01-02T04:00:00.001Z");
	assert_null(json_object_get(json_array_get(items, 2), "begun"));
	json_decref(report);
	json_decref(events);
}

static void setting(void **state)
{
	static const char *const bad[] = { "",	       "pdf",  "text,", ",text",   "text,,json",
					   "all,text", "TEXT", "texts", "summary", "result" };
	const unsigned int initial = FORM_BIT(FORM_TEXT) | FORM_BIT(FORM_JSON) |
				     FORM_BIT(FORM_HTML) | FORM_BIT(FORM_JUNIT);
	struct settings s;
	char line[80];
	size_t i;

	(void)state;
	settings_init(&s);
	assert_int_equal(s.reports, initial);
	settings_parse_cmdline(&s, "vfproof.reports=all");
	assert_int_equal(s.reports, FORM_ALL);
	settings_parse_cmdline(&s, "vfproof.reports=lava,json,lava");
	assert_int_equal(s.reports, FORM_BIT(FORM_LAVA) | FORM_BIT(FORM_JSON));
	assert_int_equal(s.n_problems, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		settings_init(&s);
		util_format(line, sizeof(line), "vfproof.reports=%s", bad[i]);
		settings_parse_cmdline(&s, line);
		assert_int_equal(s.n_problems, 1);
		assert_int_equal(s.reports, initial);
	}
	assert_has(s.problems[0], "text, json, html, junit, ktap, ocp, lava, separated by commas");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(unchanged),
		cmocka_unit_test(not_certified),
		cmocka_unit_test(junit),
		cmocka_unit_test(ktap),
		cmocka_unit_test(lava),
		cmocka_unit_test(ocp),
		cmocka_unit_test(html),
		cmocka_unit_test(html_without_figures),
		cmocka_unit_test(hostile),
		cmocka_unit_test(invalid_utf8),
		cmocka_unit_test(markup),
		cmocka_unit_test(figures),
		cmocka_unit_test(figure_lists),
		cmocka_unit_test(moments),
		cmocka_unit_test(begun),
		cmocka_unit_test(setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
