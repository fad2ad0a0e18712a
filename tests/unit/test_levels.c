/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Levels: what is missing for each, of the run and of a port, and in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "cases/registry.h"
#include "journal/member.h"
#include "model/level.h"
#include "model/plan.h"
#include "report/levels.h"
#include "report/report.h"

#define A "0000:01:00.0"
#define B "0000:02:00.0"

struct row {
	const char *what;
	const char *items[8]; /* "CASE SUBJECT VERDICT[ optional]" */
	const char *beyond; /* a case of the level guests, NULL: none */
	const char *problem;
	const char *run, *a; /* levels_text() of the run and of port A */
	const char *highest;
};

static const char *const levels[][2] = {
	{ "host_x", "base" },	{ "vf_x", "base" },	  { "plug_x", "guests" },
	{ "cfg_x", "network" }, { "iso_x", "isolation" }, { "soak_x", "endurance" },
};

static void add(json_t *items, json_t *plan, const char *text)
{
	char id[32], subject[32], verdict[32], flag[32] = "";
	size_t i;

	assert_true(sscanf(text, "%31s %31s %31s %31s", id, subject, verdict, flag) >= 3);
	json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:b}", "case", id, "subject",
					       subject, "verdict", verdict, "required",
					       strcmp(flag, "optional") != 0));
	for (i = 0; i < ARRAY_SIZE(levels) && strcmp(levels[i][0], id) != 0; i++)
		;
	assert_true(i < ARRAY_SIZE(levels));
	json_array_append_new(plan, json_pack("{s:s, s:s, s:s}", "case", id, "subject", subject,
					      "level", levels[i][1]));
}

static json_t *make(const struct row *r)
{
	json_t *report = json_object(), *items = json_array(), *plan = json_array();
	json_t *beyond = json_array(), *problems = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(r->items) && r->items[i]; i++)
		add(items, plan, r->items[i]);
	if (r->beyond)
		json_array_append_new(
			beyond, json_pack("{s:s, s:s}", "case", r->beyond, "level", "guests"));
	if (r->problem)
		json_array_append_new(problems, json_string(r->problem));
	json_object_set_new(report, "items", items);
	assert_int_equal(levels_add(report, plan, beyond, problems), 0);
	json_decref(plan);
	json_decref(beyond);
	json_decref(problems);
	return report;
}

static const struct row rows[] = {
	{ "all of it passed",
	  { "host_x host PASS", "vf_x " A " WARN", "plug_x " A " PASS", "cfg_x " A " PASS",
	    "iso_x " A " PASS", "soak_x " A " PASS" },
	  NULL,
	  NULL,
	  "base, guests, network, isolation, endurance",
	  "base, guests, network, isolation, endurance",
	  "endurance" },
	{ "a level that lacks a case keeps those above it out",
	  { "vf_x " A " PASS", "plug_x " A " FAIL", "cfg_x " A " PASS" },
	  NULL,
	  NULL,
	  "base; guests lacks 1: plug_x " A " failed",
	  "base; guests lacks 1: plug_x " A " failed",
	  "base" },
	{ "another port's failure is the run's and not the port's",
	  { "vf_x " A " PASS", "vf_x " B " CRASHED", "soak_x " A " TIMEOUT" },
	  NULL,
	  NULL,
	  "none; base lacks 1: vf_x " B " crashed",
	  "base, guests, network, isolation; endurance lacks 1: soak_x " A " did not end in time",
	  "none" },
	{ "the host's failure is every port's",
	  { "host_x host FAIL", "vf_x " A " PASS" },
	  NULL,
	  NULL,
	  "none; base lacks 1: host_x host failed",
	  "none; base lacks 1: host_x host failed",
	  "none" },
	{ "what is not applicable is no case of the port's, what was skipped is one",
	  { "vf_x " A " SKIP optional", "plug_x " A " SKIP", "plug_x " A " ERROR" },
	  NULL,
	  NULL,
	  "base; guests lacks 2: plug_x " A " was skipped, ...",
	  "base; guests lacks 2: plug_x " A " was skipped, ...",
	  "base" },
	{ "a case that is not in the plan",
	  { "vf_x " A " PASS", "plug_x " A " PASS" },
	  "run_x",
	  NULL,
	  "base; guests lacks 1: run_x is not in the plan",
	  "base; guests lacks 1: run_x is not in the plan",
	  "base" },
	{ "something is wrong with the run",
	  { "vf_x " A " PASS" },
	  NULL,
	  "the run did not finish",
	  "none; base lacks 1: the run did not finish",
	  "none; base lacks 1: the run did not finish",
	  "none" },
	{ "no port",
	  { "host_x host PASS" },
	  NULL,
	  NULL,
	  "none; base lacks 1: no SR-IOV network port was tested",
	  NULL,
	  "none" },
};

static void reached(void **state)
{
	char text[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *report = make(&rows[i]);

		print_message("%s\n", rows[i].what);
		assert_true(levels_text(report, "run", text, sizeof(text)));
		assert_string_equal(text, rows[i].run);
		assert_int_equal(levels_text(report, A, text, sizeof(text)), rows[i].a != NULL);
		if (rows[i].a)
			assert_string_equal(text, rows[i].a);
		assert_string_equal(levels_highest(report), rows[i].highest);
		json_decref(report);
	}
}

/* Journals of older programs do not say which cases there were. */
static void unknown(void **state)
{
	json_t *report = json_pack("{s:[]}", "items"), *none = json_array();
	char text[100];

	(void)state;
	assert_int_equal(levels_add(report, none, NULL, none), 0);
	assert_false(levels_text(report, "run", text, sizeof(text)));
	assert_null(levels_highest(report));
	json_decref(report);
	json_decref(none);
}

static void each_case_has_one(void **state)
{
	const struct case_def *def;

	(void)state;
	for (size_t i = 0; (def = case_table_get(&registry, i)); i++) {
		enum level level = level_of_case(def);

		if (level == LEVEL_COUNT)
			fail_msg("%s belongs to no level", def->id);
		assert_int_equal(level_parse(level_name(level)), level);
	}
	assert_int_equal(level_parse(""), LEVEL_COUNT);
	assert_int_equal(level_parse("basement"), LEVEL_COUNT);
	assert_string_equal(level_name(LEVEL_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reached),
		cmocka_unit_test(unknown),
		cmocka_unit_test(each_case_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
