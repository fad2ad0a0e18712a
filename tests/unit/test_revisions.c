/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journals of other revisions of the program: cases that this one does not know, or knows by
 * another title. The report and the screen go by what the journal says.
 */
#include "core_fake.h"

#include <errno.h>
#include <string.h>
#include "cases/registry.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "model/advice.h"
#include "model/advice.h"
#include "model/settings.h"
#include "report/forms.h"
#include "screen/model.h"

#define PF "0000:01:00.0"
#define PF2 "0000:02:00.0"
#define HEAD                                                                            \
	"{\"ev\":\"start\",\"settings\":{\"fault\":\"none\",\"problems\":[]},\"unsafe_" \
	"interrupts\":"                                                                 \
	"false}\n"
#define RUN(plan) "{\"ev\":\"run\",\"nics\":[],\"left_out\":0,\"plan\":[" plan "]}\n"
#define ENTRY(id, subject) "{\"case\":\"" id "\",\"subject\":\"" subject "\"}"
#define TITLED(id, subject, title, required)                                  \
	"{\"case\":\"" id "\",\"subject\":\"" subject "\",\"title\":\"" title \
	"\",\"required\":" required ",\"timeout_s\":60}"
#define BEGIN(id, subject) "{\"ev\":\"begin\",\"case\":\"" id "\",\"subject\":\"" subject "\"}\n"
#define PASS(id, subject, title)                                                             \
	BEGIN(id, subject)                                                                   \
	"{\"ev\":\"end\",\"case\":\"" id "\",\"subject\":\"" subject "\",\"title\":\"" title \
	"\",\"verdict\":\"PASS\",\"required\":true}\n"
#define FINISH "{\"ev\":\"finish\"}\n"

static json_t *report_of(const char *text)
{
	unsigned int damaged;
	json_t *events = core_parse(text, strlen(text), &damaged), *report;

	assert_int_equal(damaged, 0);
	report = core_report(events, damaged);
	assert_non_null(report);
	json_decref(events);
	return report;
}

static const json_t *item_of(const json_t *report, size_t i)
{
	return json_array_get(json_object_get(report, "items"), i);
}

static void assert_item(const json_t *report, size_t i, const char *verdict, const char *title,
			bool required)
{
	const json_t *item = item_of(report, i);

	assert_string_equal(member_text(item, "verdict"), verdict);
	assert_string_equal(member_text(item, "title"), title);
	assert_int_equal(member_flag(item, "required"), required);
}

/* Items that never ended have the words of their own journal, whether the case is known or not. */
static void titles_of_the_plan(void **state)
{
	static const char text[] = HEAD RUN(TITLED("gone_a", PF, "Gone", "true") "," TITLED(
		"gone_b", PF, "Gone too", "true") "," TITLED("vf_create_max", PF, "Another title",
							     "true")) PASS("gone_a", PF, "Gone")
		BEGIN("gone_b", PF) FINISH;
	json_t *report = report_of(text);
	_cleanup_free_ char *details = form_print(report_put_details, report);

	(void)state;
	assert_non_null(case_table_find(&registry, "vf_create_max"));
	assert_item(report, 0, "PASS", "Gone", true);
	assert_item(report, 1, "CRASHED", "Gone too", true);
	assert_item(report, 2, "NOTRUN", "Another title", true);
	assert_non_null(strstr(details, "Another title"));
	json_decref(report);
}

/* Neither a crash nor what was not run decides, if the plan says so. */
static void not_required(void **state)
{
	static const char crashed[] =
		HEAD RUN(TITLED("a", PF, "A", "true") "," TITLED("b", PF, "B", "false"))
			PASS("a", PF, "A") BEGIN("b", PF) FINISH;
	static const char notrun[] =
		HEAD RUN(TITLED("a", PF, "A", "true") "," TITLED("b", PF, "B", "false"))
			PASS("a", PF, "A") FINISH;
	static const char *const texts[] = { crashed, notrun };
	static const char *const verdicts[] = { "CRASHED", "NOTRUN" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *report = report_of(texts[i]);

		assert_item(report, 1, verdicts[i], "B", false);
		assert_string_equal(member_text(report, "verdict"), "QUALIFIED");
		json_decref(report);
	}
}

/* What is no clear "false" is required: the safe side. */
static void damaged_plan(void **state)
{
	static const char *const values[] = { "null", "0", "\"false\"", "[]" };
	char text[1000];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		json_t *report;

		util_format(text, sizeof(text),
			    HEAD RUN(ENTRY("a", PF) ",{\"case\":\"b\",\"subject\":\"" PF
						    "\",\"title\":7,\"required\":%s}")
				    PASS("a", PF, "A") BEGIN("b", PF) FINISH,
			    values[i]);
		report = report_of(text);
		assert_item(report, 1, "CRASHED", "", true);
		assert_string_equal(member_text(report, "verdict"), "NOT QUALIFIED");
		json_decref(report);
	}
}

/* A plan without titles: those of the same case's items that ended, and else none. */
static void before_there_were_titles(void **state)
{
	static const char text[] =
		HEAD RUN(ENTRY("a", PF) "," ENTRY("a", PF2) "," ENTRY("vf_create_max", PF2))
			PASS("a", PF, "Its own") FINISH;
	json_t *report = report_of(text);

	(void)state;
	assert_item(report, 0, "PASS", "Its own", true);
	assert_item(report, 1, "NOTRUN", "Its own", true);
	assert_item(report, 2, "NOTRUN", "", true);
	assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
	json_decref(report);
}

static void feed(struct model *m, const char *text)
{
	json_t *events = core_parse(text, strlen(text), NULL), *event;
	size_t i;

	model_init(m);
	json_array_foreach (events, i, event)
		model_event(m, event);
	json_decref(events);
}

/* The screen as well: title and deadline are the plan's. */
static void on_the_screen(void **state)
{
	static const char titled[] = HEAD RUN(TITLED("vf_create_max", PF, "Another title", "true"))
		BEGIN("vf_create_max", PF);
	static const char untitled[] =
		HEAD RUN(ENTRY("vf_create_max", PF)) PASS("vf_create_max", PF, "At the end");
	struct model m;

	(void)state;
	feed(&m, titled);
	assert_int_equal(m.running, 1);
	assert_string_equal(model_title(&m, &m.items[0]), "Another title");
	assert_int_equal(m.items[0].deadline_ms, 60000);
	model_free(&m);
	feed(&m, untitled);
	assert_string_equal(model_title(&m, &m.items[0]), "vf_create_max");
	assert_int_equal(m.items[0].deadline_ms, 0);
	assert_string_equal(m.recent[0].text, "At the end");
	model_free(&m);
}

/* The plan that this program writes says all of it, and of the largest machine is one line. */
static void plan_of_this_program(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	_cleanup_free_ char *line = NULL;
	json_t *obj, *entry;
	struct chain chain;
	struct settings s;
	struct plan plan;
	unsigned int i;
	size_t len;

	(void)state;
	for (i = 1; i < INVENTORY_MAX_NICS; i++) {
		inv->nics[i] = inv->nics[0];
		inv->nics[i].addr.bus = (uint8_t)(1 + i);
	}
	inv->n_nics = INVENTORY_MAX_NICS;
	settings_init(&s);
	assert_int_equal(plan_make(&plan, &registry, &s, inv), 0);
	obj = inventory_to_json(inv);
	json_object_set_new(obj, "plan", plan_to_json(&plan));
	entry = json_array_get(json_object_get(obj, "plan"), plan.n - 1);
	assert_string_equal(member_text(entry, "title"), plan.items[plan.n - 1].def->title);
	assert_int_equal(member_flag(entry, "required"), !plan.items[plan.n - 1].def->informative);
	assert_int_equal(member_number(entry, "timeout_s"), plan.items[plan.n - 1].def->timeout_s);
	chain_begin(&chain);
	assert_int_equal(journal_format(&chain, "run", obj, &line, &len), 0);
	assert_true(len < JOURNAL_MAX_LINE * 9 / 10);
	plan_free(&plan);
}

static int load_tables(void **state)
{
	(void)state;
	return advice_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(titles_of_the_plan), cmocka_unit_test(not_required),
		cmocka_unit_test(damaged_plan),	      cmocka_unit_test(before_there_were_titles),
		cmocka_unit_test(on_the_screen),      cmocka_unit_test(plan_of_this_program),
	};

	return cmocka_run_group_tests(tests, load_tables, NULL);
}
