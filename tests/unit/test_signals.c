/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals of LAVA: each when its item ends, none twice, no two with one id. */
#include "core_fake.h"

#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include "base/log.h"
#include "journal/member.h"
#include "journal/store.h"
#include "model/form.h"
#include "model/plan.h"
#include "model/settings.h"
#include "report/report.h"
#include "run/signals.h"

#define SERIAL "dev/signals"
#define SIGNAL "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID="

/* A run on a fake machine, whose console is a file. */
struct boot {
	struct core_fake *f;
	struct store store;
	struct settings settings;
	struct signals signals;
};

static void append(struct boot *b, const char *ev, json_t *obj)
{
	assert_int_equal(store_append(&b->store, ev, obj), 0);
}

static void say_settings(struct boot *b, const char *ev)
{
	append(b, ev,
	       json_pack("{s:{s:s}}", "settings", "reports",
			 b->settings.reports & FORM_BIT(FORM_LAVA) ? "json,lava" : "json"));
}

/* The runner begins; the journal in memory stands for the one on a stick. */
static void boot(struct boot *b, struct core_fake *f, bool wanted)
{
	bool unfinished;

	*b = (struct boot){ .f = f };
	settings_init(&b->settings);
	if (wanted)
		b->settings.reports |= FORM_BIT(FORM_LAVA);
	core_fake_append(f, SERIAL, "");
	assert_true(log_add_sink(openat(f->root.fd, SERIAL, O_WRONLY | O_APPEND | O_CLOEXEC)));
	assert_int_equal(store_open(&b->store, &f->root, &unfinished), 0);
	signals_open(&b->signals, &b->settings, &b->store);
	say_settings(b, unfinished ? "resume" : "start");
}

static void resume(struct boot *b, struct core_fake *f, bool wanted)
{
	json_t *events;

	boot(b, f, wanted);
	events = store_outline(&b->store);
	signals_resume(&b->signals, events);
	json_decref(events);
}

static void die(struct boot *b)
{
	signals_close(&b->signals);
	store_close(&b->store);
	log_close();
}

static json_t *entry(const char *id, const char *subject)
{
	return json_pack("{s:s, s:s, s:s, s:b}", "case", id, "subject", subject, "title", id,
			 "required", true);
}

/* The journal's "run" of some items on one port. */
static void plan(struct boot *b, const char *const *ids)
{
	json_t *all = json_array();

	for (; *ids; ids++)
		json_array_append_new(all, entry(*ids, FAKE_PF));
	append(b, "run",
	       json_pack("{s:[{s:s}], s:o, s:i}", "nics", "address", FAKE_PF, "plan", all,
			 "left_out", 0));
}

static void begin(struct boot *b, const char *id)
{
	append(b, "begin", json_pack("{s:s, s:s}", "case", id, "subject", FAKE_PF));
}

static void end(struct boot *b, const char *id, const char *verdict)
{
	append(b, "end",
	       json_pack("{s:s, s:s, s:s, s:f, s:b}", "case", id, "subject", FAKE_PF, "verdict",
			 verdict, "duration_s", 1.5, "required", true));
}

/* What a runner shows at the end of a run. */
static void show(struct boot *b)
{
	json_t *report;
	size_t n;

	assert_int_equal(
		report_read_journal(store_find(&b->store, JOURNAL_NAME), JOURNAL_NAME, &report, &n),
		0);
	report_to_consoles(report, signals_rest(&b->signals, report));
	json_decref(report);
}

/* As a runner does at its end. */
static void finish(struct boot *b)
{
	signals_finish(&b->signals);
	append(b, "finish", json_pack("{s:s}", "time", "2026-01-01T00:00:00Z"));
	show(b);
}

/* The signals on the console so far: "ID RESULT", one a line. Caller frees. */
static char *sent(const struct core_fake *f)
{
	_cleanup_free_ char *all = core_fake_read(f, SERIAL);
	char *text = calloc(1, strlen(all) + 1), *save = NULL, *line;

	for (line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char id[200], result[16];

		if (sscanf(line, SIGNAL "%199s RESULT=%15s MEASUREMENT=", id, result) != 2)
			continue;
		sprintf(text + strlen(text), "%s %s\n", id, result);
	}
	return text;
}

static void assert_sent(const struct core_fake *f, const char *want)
{
	_cleanup_free_ char *text = sent(f);

	assert_string_equal(text, want);
}

static const char *const two[] = { "vf_one", "vf_two", NULL };

static void at_the_end_of_each(void **state)
{
	struct core_fake *f = *state;
	struct boot b;

	boot(&b, f, true);
	plan(&b, two);
	begin(&b, "vf_one");
	assert_sent(f, "");
	end(&b, "vf_one", "PASS");
	assert_sent(f, "vf_one_0000_01_00_0 pass\n");
	begin(&b, "vf_two");
	end(&b, "vf_two", "FAIL");
	assert_sent(f, "vf_one_0000_01_00_0 pass\nvf_two_0000_01_00_0 fail\n");
	finish(&b);
	assert_sent(f, "vf_one_0000_01_00_0 pass\nvf_two_0000_01_00_0 fail\n"
		       "count_pass pass\ncount_warn pass\ncount_fail pass\ncount_skip pass\n"
		       "count_error pass\ncount_timeout pass\ncount_crashed pass\n"
		       "count_notrun pass\nverdict_run fail\n");
	die(&b);
}

static void none_unless_wanted(void **state)
{
	struct core_fake *f = *state;
	struct boot b;

	boot(&b, f, false);
	plan(&b, two);
	begin(&b, "vf_one");
	end(&b, "vf_one", "PASS");
	finish(&b);
	assert_sent(f, "");
	die(&b);
}

/* The signal that a boot sends of @id when it goes on; all that is on the console before it. */
static const char after_crash[] = "vf_one_0000_01_00_0 pass\nvf_two_0000_01_00_0 fail\n";

static void once_over_crashes(void **state)
{
	static const char *const three[] = { "vf_one", "vf_two", "vf_three", NULL };
	struct core_fake *f = *state;
	_cleanup_free_ char *all = NULL;
	struct boot b;

	boot(&b, f, true);
	plan(&b, three);
	begin(&b, "vf_one");
	end(&b, "vf_one", "PASS");
	begin(&b, "vf_two");
	die(&b);
	assert_sent(f, "vf_one_0000_01_00_0 pass\n");
	resume(&b, f, true);
	assert_sent(f, after_crash);
	die(&b);
	resume(&b, f, true); /* and once more, with nothing new */
	assert_sent(f, after_crash);
	begin(&b, "vf_three");
	end(&b, "vf_three", "PASS");
	finish(&b);
	all = sent(f);
	assert_non_null(strstr(all, "vf_two_0000_01_00_0 fail\nvf_three_0000_01_00_0 pass\n"
				    "count_pass pass\n"));
	assert_null(strstr(strstr(all, "vf_one") + 1, "vf_one"));
	assert_null(strstr(strstr(all, "vf_two") + 1, "vf_two"));
	die(&b);
}

/* Given up before there is a plan: what earlier boots have sent is not sent again. */
static void given_up(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *all = NULL;
	struct boot b;

	boot(&b, f, true);
	plan(&b, two);
	begin(&b, "vf_one");
	end(&b, "vf_one", "PASS");
	begin(&b, "vf_two");
	die(&b);
	boot(&b, f, true);
	finish(&b);
	all = sent(f);
	assert_null(strstr(strstr(all, "vf_one") + 1, "vf_one"));
	assert_non_null(strstr(all, "vf_two_0000_01_00_0 fail\n"));
	die(&b);
}

/* What ended while no signals were wanted is made up for at the end. */
static void wanted_later(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *all = NULL;
	struct boot b;

	boot(&b, f, false);
	plan(&b, two);
	begin(&b, "vf_one");
	end(&b, "vf_one", "PASS");
	die(&b);
	resume(&b, f, true);
	assert_sent(f, "");
	begin(&b, "vf_two");
	end(&b, "vf_two", "PASS");
	finish(&b);
	all = sent(f);
	assert_ptr_equal(strstr(all, "vf_two_0000_01_00_0 pass\nvf_one_0000_01_00_0 pass\n"), all);
	die(&b);
}

static bool has_note(const struct boot *b, const char *text)
{
	json_t *events = core_events(&b->store), *event;
	bool found = false;
	size_t i;

	json_array_foreach (events, i, event)
		found |= strcmp(member_text(event, "ev"), "note") == 0 &&
			 strstr(member_text(event, "text"), text);
	json_decref(events);
	return found;
}

/* Dead between the item's end in the journal and its signal: it is not sent again, and a note. */
static void doubt(void **state)
{
	struct core_fake *f = *state;
	struct boot b;

	boot(&b, f, true);
	plan(&b, two);
	begin(&b, "vf_one");
	end(&b, "vf_one", "PASS");
	die(&b);
	resume(&b, f, true);
	assert_sent(f, "vf_one_0000_01_00_0 pass\n");
	assert_true(has_note(&b, "signal of vf_one_0000_01_00_0 for LAVA may be missing"));
	begin(&b, "vf_two");
	die(&b);
	/* Something was journalled behind the signal of "vf_two". */
	resume(&b, f, true);
	assert_false(has_note(&b, "signal of vf_two_0000_01_00_0 for LAVA may be missing"));
	die(&b);
}

/* A unit's process that dies leaves one item that had begun; the run goes on. */
static void unit_dies(void **state)
{
	static const char *const ids[] = { "host_one", "host_two", "host_three", NULL };
	static const struct case_def defs[] = { { .id = "host_one" },
						{ .id = "host_two" },
						{ .id = "host_three" } };
	struct plan_item items[] = { { .def = &defs[0] },
				     { .def = &defs[1] },
				     { .def = &defs[2] } };
	const struct plan p = { .n = 3, .items = items };
	struct core_fake *f = *state;
	json_t *all = json_array();
	struct boot b;
	size_t i;

	boot(&b, f, true);
	for (i = 0; ids[i]; i++)
		json_array_append_new(all, entry(ids[i], "host"));
	append(&b, "run", json_pack("{s:[], s:o, s:i}", "nics", "plan", all, "left_out", 0));
	append(&b, "begin", json_pack("{s:s, s:s}", "case", "host_two", "subject", "host"));
	signals_unit_died(&b.signals, &p, 0, 3);
	assert_sent(f, "host_two_host fail\n");
	signals_unit_died(&b.signals, &p, 0, 3);
	assert_sent(f, "host_two_host fail\n");
	die(&b);
	resume(&b, f, true);
	assert_sent(f, "host_two_host fail\n");
	die(&b);
}

/* A console that takes nothing: the report says that signals are missing. */
static void stuck_console(void **state)
{
	struct core_fake *f = *state;
	char name[64], text[300];
	int master, slave, i;
	struct boot b;

	assert_int_equal(openpty(&master, &slave, name, NULL, NULL), 0);
	boot(&b, f, true);
	assert_true(log_add_sink(open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)));
	plan(&b, two);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 400; i++)
		log_raw(text); /* more than a terminal keeps */
	begin(&b, "vf_one");
	end(&b, "vf_one", "PASS");
	finish(&b);
	assert_true(has_note(&b, "1 signals for LAVA were not taken by a console, the first: "
				 "vf_one_0000_01_00_0"));
	close(master);
	close(slave);
	die(&b);
}

static void no_two_alike(void **state)
{
	static const char *const rows[][3] = {
		{ "a", "b_c", "a_b_c" },
		{ "a_b", "c", "a_b_c_2" },
		{ "a", "b.c", "a_b_c_3" },
		{ "a", "b_c_2", "a_b_c_2_2" },
		{ "A", "b_c", "a_b_c_4" },
		{ "a", "b:/c", "a_b_c_5" },
		{ "verdict", "run", "verdict_run_2" },
		{ "x", "\xc3\xa9", "x__" },
		{ "level", "base", "level_base_2" },
	};
	json_t *items = json_array();
	struct lava l = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		json_array_append_new(items, entry(rows[i][0], rows[i][1]));
	assert_int_equal(lava_begin(&l, NULL, items), 0);
	for (i = ARRAY_SIZE(rows); i-- > 0;) /* in whatever order they are asked for */
		assert_string_equal(lava_item(&l, rows[i][0], rows[i][1])->id, rows[i][2]);
	assert_string_equal(lava_item(&l, "=verdict", "run")->id, "verdict_run");
	lava_free(&l);
	json_decref(items);
}

#define test(name) cmocka_unit_test_setup_teardown(name, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(at_the_end_of_each), test(none_unless_wanted), test(once_over_crashes),
		test(given_up),		  test(wanted_later),	    test(doubt),
		test(unit_dies),	  test(stuck_console),	    test(no_two_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
