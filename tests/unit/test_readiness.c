/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readiness rules: the table, its document, and what a run shows of each. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "cases/registry.h"
#include "journal/member.h"
#include "model/level.h"
#include "report/forms.h"
#include "report/readiness.h"

#define DOCUMENT "docs/readiness.md"
#define A "0000:01:00.0"
#define B "0000:02:00.0"

static unsigned int count_of(const json_t *rules, const char *id)
{
	const json_t *rule, *name;
	unsigned int n = 0;
	size_t i, k;

	json_array_foreach (rules, i, rule)
		json_array_foreach (json_object_get(rule, "cases"), k, name)
			n += strcmp(json_string_value(name), id) == 0;
	return n;
}

static void each_case_has_one(void **state)
{
	json_t *rules = rules_load();
	const struct case_def *def;
	size_t i;

	(void)state;
	assert_non_null(rules);
	for (i = 0; (def = case_table_get(&registry, i)); i++) {
		const json_t *rule = rules_find(rules, rules_of_case(rules, def->id));

		if (count_of(rules, def->id) != 1)
			fail_msg("%s belongs to %u rules of configs/rules.ini", def->id,
				 count_of(rules, def->id));
		/* Levels of rules are those of their cases. */
		if (strcmp(member_text(rule, "level"), level_name(level_of_case(def))) != 0)
			fail_msg("%s is of level %s, and %s is of %s", def->id,
				 level_name(level_of_case(def)), member_text(rule, "id"),
				 member_text(rule, "level"));
	}
	json_decref(rules);
}

static void each_rule_has_cases(void **state)
{
	json_t *rules = rules_load();
	const json_t *rule, *name;
	unsigned int number;
	size_t i, k;

	(void)state;
	json_array_foreach (rules, i, rule) {
		/* The first digit is the level. */
		assert_int_equal(sscanf(member_text(rule, "id"), "VR-%3u", &number), 1);
		assert_int_equal(strlen(member_text(rule, "id")), 6);
		assert_int_equal(number / 100, level_parse(member_text(rule, "level")) + 1);
		json_array_foreach (json_object_get(rule, "cases"), k, name)
			if (!case_table_find(&registry, json_string_value(name)))
				fail_msg("%s has the case %s, which does not exist",
					 member_text(rule, "id"), json_string_value(name));
	}
	json_decref(rules);
}

static int put_markdown(FILE *f, const json_t *rules)
{
	rules_put_markdown(f, rules);
	return 0;
}

static void is_documented(void **state)
{
	json_t *rules = rules_load();
	_cleanup_free_ char *text = form_print(put_markdown, rules), *document = NULL;
	size_t len;

	(void)state;
	assert_int_equal(util_read_file(AT_FDCWD, DOCUMENT, 1 << 20, &document, &len), 0);
	if (!strstr(document, text))
		fail_msg(DOCUMENT " does not have the tables that \"vfproof rules\" prints");
	json_decref(rules);
}

static void bad_tables(void **state)
{
	static const char *const rows[] = {
		"[VR-101]\nlevel = base\ntitle = a\nsource = b\n", /* no cases */
		"[VR-101]\nlevel = base\ntitle = a\ncases = x\n",
		"[VR-101]\nlevel = cellar\ntitle = a\nsource = b\ncases = x\n",
		"[VR-101]\nlevel = base\ntitle = a\nsource = b\ncases = x\nother = y\n",
		"[VR-101]\nlevel = base\ntitle = a\nsource = b\ncases = x\n[VR-102]\nlevel = base\n"
		"title = a\nsource = b\ncases = y\n[VR-101]\ncases = z\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_null(rules_load_text(rows[i]));
}

/* Of a rule with the cases x and y, and what a run has of them. */
static void states(void **state)
{
	static const char table[] =
		"[VR-101]\nlevel = base\ntitle = a\nsource = b\ncases = x\n\ty\n";
	static const struct {
		const char *items[4]; /* "CASE SUBJECT VERDICT[ optional|waived]" */
		const char *state, *why; /* the first reason; NULL: there is none */
	} rows[] = {
		{ { "x host PASS", "y " A " WARN", "y " B " PASS" }, "met", NULL },
		{ { "x host PASS", "y " A " SKIP optional" }, "met", NULL },
		{ { "x host SKIP optional", "y " A " SKIP optional" }, "not applicable", NULL },
		{ { "x host PASS", "y " A " FAIL optional" }, "met", NULL },
		{ { "x host PASS" }, "not tried", "y is not in the plan" },
		{ { NULL }, "not tried", "x is not in the plan" },
		{ { "x host PASS", "y " A " SKIP" }, "not tried", "y " A " was skipped" },
		{ { "x host PASS", "y " A " ERROR" },
		  "not tried",
		  "y " A " could not be carried out" },
		{ { "x host PASS", "y " A " NOTRUN" }, "not tried", "y " A " was not run" },
		{ { "x host PASS", "y " A " rubbish" },
		  "not tried",
		  "y " A " could not be carried out" },
		{ { "x host PASS", "y " A " PASS", "y " B " FAIL" }, "failed", "y " B " failed" },
		{ { "x host ERROR", "y " B " CRASHED" }, "failed", "y " B " crashed" },
		{ { "y " B " TIMEOUT" }, "failed", "y " B " did not end in time" },
		{ { "x host PASS", "y " A " FAIL waived" },
		  "failed",
		  "y " A " failed, and is waived" },
	};
	json_t *rules = rules_load_text(table);
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *items = json_array(), *report;
		const json_t *rule;
		const char *why;
		char text[200];

		for (k = 0; k < 4 && rows[i].items[k]; k++) {
			char id[8], subject[16], verdict[16], flag[16] = "";

			assert_true(sscanf(rows[i].items[k], "%7s %15s %15s %15s", id, subject,
					   verdict, flag) >= 3);
			json_array_append_new(
				items, json_pack("{s:s, s:s, s:s, s:b, s:s}", "case", id, "subject",
						 subject, "verdict", verdict, "required",
						 strcmp(flag, "optional") != 0, "waived",
						 strcmp(flag, "waived") == 0 ? "by somebody" : ""));
		}
		report = json_pack("{s:o}", "items", items);
		assert_int_equal(readiness_add(report, rules), 0);
		rule = json_array_get(json_object_get(report, "rules"), 0);
		why = json_string_value(json_array_get(json_object_get(rule, "why"), 0));
		assert_string_equal(member_text(rule, "state"), rows[i].state);
		assert_string_equal(why ? why : "", rows[i].why ? rows[i].why : "");
		assert_true(readiness_text(report, text, sizeof(text)));
		assert_memory_equal(text, "1 ", 2);
		assert_string_equal(text + 2, rows[i].state);
		json_decref(report);
	}
	json_decref(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_case_has_one),
		cmocka_unit_test(each_rule_has_cases),
		cmocka_unit_test(is_documented),
		cmocka_unit_test(bad_tables),
		cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
