/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waivers: which files are taken, which waivers count, and what becomes of the verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "fuzz.h"
#include "journal/member.h"
#include "report/blame.h"
#include "report/forms.h"
#include "report/readiness.h"
#include "report/waiver.h"

#define PF "0000:01:00.0"
#define OTHER "0000:02:00.0"
#define GOOD "[VR-112]\nreason = slot with four lanes\nwho = A. Person\nuntil = 2027-03-31\n"

struct parsed {
	json_t *list, *problems;
};

static struct parsed parse(const char *text, size_t len)
{
	struct parsed p = { json_array(), json_array() };
	json_t *rules = rules_load();

	assert_non_null(rules);
	waivers_parse(text, len, "stick", rules, p.list, p.problems);
	json_decref(rules);
	return p;
}

static void parsed_free(struct parsed *p)
{
	json_decref(p->list);
	json_decref(p->problems);
}

static bool says(const json_t *texts, const char *part)
{
	const json_t *text;
	size_t i;

	json_array_foreach (texts, i, text)
		if (strstr(json_string_value(text), part))
			return true;
	return false;
}

static void wrong_lines(void **state)
{
	static const struct {
		const char *text, *problem;
	} rows[] = {
		{ GOOD "[VR-999]\nreason=a\nwho=b\nuntil=2027-01-01\n",
		  "line 5: there is no rule VR-999" },
		{ "[VR-112]\nwho = b\nuntil = 2027-01-01\n",
		  "line 1: the waiver of VR-112 has no \"reason\"" },
		{ "[VR-112]\nreason = a\nuntil = 2027-01-01\n",
		  "line 1: the waiver of VR-112 has no \"who\"" },
		{ "[VR-112]\nreason = a\nwho = b\n",
		  "line 1: the waiver of VR-112 has no \"until\"" },
		{ "\n" GOOD "until = 2028-01-01\n", "line 6: \"until\" is there twice" },
		{ "[VR-112]\nuntil = 2027-02-30\n", "line 2: \"2027-02-30\" is no day" },
		{ "[VR-112]\nuntil = 2027-2-3\n", "line 2: \"2027-2-3\" is no day" },
		{ "[VR-112]\nuntil = for ever\n", "line 2: \"for ever\" is no day" },
		{ "[VR-112]\nreason =\n", "line 2: \"reason\" is empty" },
		{ "[VR-112]\nwho = \033[2J\n", "line 2: \"who\" is not printable" },
		{ "[VR-112]\nwho = \xff\xfe\n", "line 2: \"who\" is not printable" },
		{ GOOD "port = eth0\n", "line 5: \"eth0\" is neither host nor" },
		{ GOOD "port = 0000:1:00.0\n", "line 5: \"0000:1:00.0\" is neither" },
		{ GOOD "verdict = PASS\n", "line 5: \"verdict\" is not known" },
		{ "reason = a\n", "line 1: there is no [RULE] above it" },
		{ GOOD "and so on\n", "line 5: it is neither [RULE] nor" },
		{ "[VR-112\n", "line 1: it is neither [RULE] nor" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct parsed p = parse(rows[i].text, strlen(rows[i].text));

		if (!says(p.problems, rows[i].problem))
			fail_msg("\"%s\" does not say: %s", rows[i].text, rows[i].problem);
		/* Not even what is right in such a file counts. */
		assert_int_equal(json_array_size(p.list), 0);
		assert_true(
			says(p.problems, "no waiver of the vfproof.waivers of the stick counts"));
		parsed_free(&p);
	}
}

static void good_file(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# why\n" GOOD "port = " PF "\n\n[VR-112]\r\nlabel = x ; y\r\n"
		"who: b\r\nreason = c\r\nuntil = 2026-12-31\r\n";
	struct parsed p = parse(text, strlen(text));
	const json_t *first = json_array_get(p.list, 0), *second = json_array_get(p.list, 1);

	(void)state;
	assert_int_equal(json_array_size(p.problems), 0);
	assert_int_equal(json_array_size(p.list), 2);
	assert_string_equal(member_text(first, "rule"), "VR-112");
	assert_string_equal(member_text(first, "reason"), "slot with four lanes");
	assert_string_equal(member_text(first, "who"), "A. Person");
	assert_string_equal(member_text(first, "port"), PF);
	assert_string_equal(member_text(first, "origin"), "stick");
	assert_string_equal(member_text(second, "label"), "x");
	assert_string_equal(member_text(second, "until"), "2026-12-31");
	parsed_free(&p);
}

static void too_much(void **state)
{
	static const char one[] = "[VR-112]\nreason=a\nwho=b\nuntil=2027-01-01\n";
	_cleanup_free_ char *text = calloc(1, WAIVER_FILE_MAX + 2);
	char *p = text;
	struct parsed q;
	size_t i;

	(void)state;
	for (i = 0; i < WAIVER_MAX; i++)
		p = stpcpy(p, one);
	q = parse(text, strlen(text));
	assert_int_equal(json_array_size(q.list), WAIVER_MAX);
	parsed_free(&q);
	strcpy(p, one);
	q = parse(text, strlen(text));
	assert_int_equal(json_array_size(q.list), 0);
	assert_true(says(q.problems, "more than 64 waivers"));
	parsed_free(&q);
	memset(text, '\n', WAIVER_FILE_MAX + 1);
	q = parse(text, WAIVER_FILE_MAX + 1);
	assert_true(says(q.problems, "larger than"));
	parsed_free(&q);
	q = parse("a\0b", 3);
	assert_true(says(q.problems, "NUL"));
	parsed_free(&q);
}

static void days(void **state)
{
	(void)state;
	assert_int_equal(waiver_end_ms("1970-01-01"), 86400000);
	assert_int_equal(waiver_end_ms("2024-02-29"), 1709251200000);
	assert_int_equal(waiver_end_ms("2025-02-29"), -1);
	assert_int_equal(waiver_end_ms("2025-13-01"), -1);
	assert_int_equal(waiver_end_ms("2025-01-01Z"), -1);
	assert_int_equal(waiver_end_ms("2025-1-011"), -1);
	assert_int_equal(waiver_end_ms(""), -1);
}

struct run_row {
	const char *what;
	const char *item; /* "CASE SUBJECT VERDICT LABEL[ soft|optional]" beside those that pass */
	const char *until, *port, *label; /* of the waiver of VR-112 */
	const char *verdict, *state;
	const char *started, *finished, *clock; /* NULL: as most */
	const char *problem;
	bool unsafe;
};

#define FAIL "nic_pcie " PF " FAIL pcie_width"

static const struct run_row runs[] = {
	{ .what = "a FAIL that is waived",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "QUALIFIED WITH WAIVERS",
	  "used" },
	{ .what = "for this port", FAIL, "2027-03-31", PF, "", "QUALIFIED WITH WAIVERS", "used" },
	{ .what = "for another port",
	  FAIL,
	  "2027-03-31",
	  OTHER,
	  "",
	  "NOT QUALIFIED",
	  "not needed" },
	{ .what = "for this finding",
	  FAIL,
	  "2027-03-31",
	  PF,
	  "pcie_width",
	  "QUALIFIED WITH WAIVERS",
	  "used" },
	{ .what = "for another finding",
	  FAIL,
	  "2027-03-31",
	  "",
	  "pcie_aer",
	  "NOT QUALIFIED",
	  "not needed" },
	{ .what = "of another rule",
	  "nic_traffic " PF " FAIL pf_no_dma",
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "not needed" },
	{ .what = "of no rule",
	  "unheard_of " PF " FAIL x",
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "not needed" },
	{ .what = "nothing failed",
	  "nic_pcie " PF " WARN x",
	  "2027-03-31",
	  "",
	  "",
	  "QUALIFIED",
	  "not needed" },
	{ .what = "until the day of the run",
	  FAIL,
	  "2026-06-01",
	  "",
	  "",
	  "QUALIFIED WITH WAIVERS",
	  "used" },
	{ .what = "until the day before", FAIL, "2026-05-31", "", "", "NOT QUALIFIED", "expired" },
	{ .what = "over while the run went on",
	  FAIL,
	  "2026-06-01",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "expired",
	  NULL,
	  "2026-06-02T00:00:00Z" },
	{ .what = "a day that is none", FAIL, "2026-02-31", "", "", "NOT QUALIFIED", "damaged" },
	{ .what = "a clock that stands at its beginning",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "clock wrong",
	  "2000-01-01T00:00:00Z",
	  "2000-01-01T01:00:00Z" },
	{ .what = "a clock that was set back",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "clock wrong",
	  "2026-06-01T10:00:00Z",
	  "2026-06-01T09:00:00Z" },
	{ .what = "no time at all",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "clock wrong",
	  "" },
	{ .what = "a later run on the stick",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "clock wrong",
	  NULL,
	  NULL,
	  "there is a later run" },
	{ .what = "CRASHED is never waived",
	  "nic_pcie " PF " CRASHED crashed",
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "not needed" },
	{ .what = "nor is TIMEOUT",
	  "nic_pcie " PF " TIMEOUT timeout",
	  "2027-03-31",
	  "",
	  "",
	  "NOT QUALIFIED",
	  "not needed" },
	{ .what = "nor ERROR",
	  "nic_pcie " PF " ERROR x",
	  "2027-03-31",
	  "",
	  "",
	  "INCOMPLETE",
	  "not needed" },
	{ .what = "nor NOTRUN",
	  "nic_pcie " PF " NOTRUN x",
	  "2027-03-31",
	  "",
	  "",
	  "INCOMPLETE",
	  "not needed" },
	{ .what = "nor SKIP",
	  "nic_pcie " PF " SKIP x",
	  "2027-03-31",
	  "",
	  "",
	  "INCOMPLETE",
	  "not needed" },
	{ .what = "nor what is to be certified being absent",
	  FAIL " soft",
	  "2027-03-31",
	  "",
	  "",
	  "INCOMPLETE",
	  "not needed" },
	{ .what = "what does not decide needs none",
	  FAIL " optional",
	  "2027-03-31",
	  "",
	  "",
	  "QUALIFIED",
	  "not needed" },
	{ .what = "a run that is not whole stays so",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "INCOMPLETE",
	  "used",
	  NULL,
	  NULL,
	  NULL,
	  "the setting is not known" },
	{ .what = "unsafe interrupts are still said",
	  FAIL,
	  "2027-03-31",
	  "",
	  "",
	  "QUALIFIED WITH WAIVERS (UNSAFE INTERRUPTS)",
	  "used",
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  true },
};

static json_t *make_item(const char *text)
{
	char id[32], subject[32], verdict[32], label[32] = "", flag[32] = "";

	assert_true(sscanf(text, "%31s %31s %31s %31s %31s", id, subject, verdict, label, flag) >=
		    3);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:f, s:[], s:s}", "case", id,
			 "subject", subject, "verdict", verdict, "label", label, "measured",
			 "x4 of x8", "prerequisite", strcmp(flag, "soft") == 0, "required",
			 strcmp(flag, "optional") != 0, "duration_s", 1.0, "evidence", "reason",
			 "");
}

static json_t *make_report(const struct run_row *r)
{
	json_t *problems = json_array();
	json_t *start = json_pack("{s:{s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:s}], s:s}}", "waivers",
				  "list", "rule", "VR-112", "reason", "slot with four lanes", "who",
				  "A. Person", "until", r->until, "port", r->port, "label",
				  r->label, "origin", "stick", "clock", r->clock ? r->clock : "");
	json_t *report = json_pack("{s:s, s:s, s:[], s:b, s:[o, o, o]}", "started",
				   r->started ? r->started : "2026-06-01T10:00:00Z", "finished",
				   r->finished ? r->finished : "2026-06-01T11:00:00Z", "notes",
				   "unsafe_interrupts", r->unsafe, "items",
				   make_item("nic_driver " PF " PASS"), make_item(r->item),
				   make_item("nic_pcie " OTHER " PASS"));

	if (r->problem)
		json_array_append_new(problems, json_string(r->problem));
	assert_int_equal(readiness_decide(report, start, problems), 0);
	assert_int_equal(blame_add(report), 0);
	json_decref(start);
	json_decref(problems);
	return report;
}

static void verdicts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		const struct run_row *r = &runs[i];
		json_t *report = make_report(r);
		const json_t *item = json_array_get(json_object_get(report, "items"), 1);
		const json_t *waiver = json_array_get(json_object_get(report, "waivers"), 0);
		char want[32];

		print_message("%s\n", r->what);
		assert_string_equal(member_text(report, "verdict"), r->verdict);
		assert_string_equal(member_text(waiver, "state"), r->state);
		assert_int_equal(sscanf(r->item, "%*s %*s %31s", want), 1);
		assert_string_equal(member_text(item, "verdict"),
				    want); /* the item never changes */
		assert_int_equal(member_text(item, "waived")[0] != '\0',
				 strcmp(r->state, "used") == 0);
		assert_int_equal(json_array_size(json_object_get(waiver, "items")),
				 strcmp(r->state, "used") == 0);
		/* One that does not count is named. */
		if (strcmp(r->state, "used") != 0 && strcmp(r->state, "not needed") != 0)
			assert_true(says(json_object_get(report, "notes"), "A. Person"));
		json_decref(report);
	}
}

/* Whoever asks for the verdict hears the same: and nobody hears of a PASS of the item. */
static void everywhere(void **state)
{
	static const struct {
		const char *form, *text[4];
	} rows[] = {
		{ "result", { "VFPROOF-RESULT: QUALIFIED WITH WAIVERS pass=2 warn=0 fail=1" } },
		{ "summary",
		  { "####  QUALIFIED WITH WAIVERS", "failed, which is waived: VR-112",
		    "1. FAIL nic_pcie " PF } },
		{ "text",
		  { "Waivers", "used (from the stick)", "nic_pcie " PF " failed, and is waived" } },
		{ "html",
		  { "<header class=\"open\">", "QUALIFIED WITH WAIVERS", "Waivers</h2>",
		    "v FAIL" } },
		{ "junit",
		  { "name=\"verdict\" time=\"0.000\">\n      <system-out>verdict: QUALIFIED WITH "
		    "WAIVERS\n"
		    "reason: nic_pcie " PF " failed, which is waived",
		    "failures=\"1\"", "<failure type=\"FAIL\"", "waived: VR-112, by A. Person" } },
		{ "ktap",
		  { "not ok 2 nic_pcie " PF " # FAIL",
		    "ok 4 verdict run # verdict QUALIFIED WITH WAIVERS",
		    "#   reason: nic_pcie " PF " failed, which is waived" } },
		{ "lava",
		  { "TEST_CASE_ID=nic_pcie_0000_01_00_0 RESULT=fail",
		    "TEST_CASE_ID=waived_nic_pcie_0000_01_00_0 RESULT=skip",
		    "TEST_CASE_ID=verdict_run RESULT=pass" } },
		{ "ocp",
		  { "\"result\":\"PASS\"", "failed, which is waived",
		    "\"QUALIFIED WITH WAIVERS\"" } },
	};
	json_t *report = make_report(&runs[0]);
	bool unsafe;
	size_t i, k;

	(void)state;
	assert_int_equal(run_verdict_exit_status(report_verdict(report, &unsafe)), 0);
	assert_int_equal(report_verdict(report, &unsafe), RUN_WAIVED);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct form *form = form_find(rows[i].form);
		_cleanup_free_ char *text = form_print(form->put, report);

		for (k = 0; k < ARRAY_SIZE(rows[i].text) && rows[i].text[k]; k++)
			if (!strstr(text, rows[i].text[k]))
				fail_msg("%s has no \"%s\": %s", rows[i].form, rows[i].text[k],
					 text);
	}
	json_decref(report);
}

static void run_waivers(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	json_t *rules = arg, *list = json_array(), *problems = json_array();
	const json_t *waiver;
	size_t i;

	(void)r;
	waivers_parse((const char *)data, len, "stick", rules, list, problems);
	assert_true(!seed || json_array_size(list) > 0);
	/* Either all of it is taken, or none and it is said why. */
	assert_true(json_array_size(list) == 0 || json_array_size(problems) == 0);
	assert_in_range(json_array_size(list), 0, WAIVER_MAX);
	json_array_foreach (list, i, waiver) {
		assert_non_null(rules_find(rules, member_text(waiver, "rule")));
		assert_true(member_text(waiver, "reason")[0] && member_text(waiver, "who")[0]);
		assert_true(waiver_end_ms(member_text(waiver, "until")) > 0);
	}
	json_decref(list);
	json_decref(problems);
}

static void fuzz_waivers(void **state)
{
	static const char more[] =
		GOOD "[VR-401]\nreason = a\nwho = b\nuntil = 2026-12-31\nport = host\n";
	json_t *rules = rules_load();
	const struct fuzz_target target = {
		.seeds = { { GOOD, strlen(GOOD) }, { more, strlen(more) } },
		.words = { "[VR-112]", "[VR-503]", "reason", "who", "until", "port", "label", "=",
			   "host", PF, "2027-03-31", "\n", ";", "#" },
		.rounds = 2000,
		.text = true,
		.run = run_waivers,
		.arg = rules,
	};

	(void)state;
	fuzz_run(&target);
	json_decref(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_lines),	cmocka_unit_test(good_file),
		cmocka_unit_test(too_much),	cmocka_unit_test(days),
		cmocka_unit_test(verdicts),	cmocka_unit_test(everywhere),
		cmocka_unit_test(fuzz_waivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
