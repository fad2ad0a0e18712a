/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged reports and journals for the comparison, on either side.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include "model/advice.h"
#include "journal/journal.h"
#include "fuzz.h"
#include "report/diff.h"
#include "report/forms.h"
#include "report/report.h"

#define FIXTURE "tests/fixtures/"

struct seeds {
	json_t *good;
	char *json, *journal;
	size_t json_len, journal_len;
};

/* Printable lines of at most REPORT_COLUMNS columns. */
static void assert_lines(char *text)
{
	char *line, *p;

	assert_non_null(text);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		assert_true(strlen(line) <= REPORT_COLUMNS);
		for (p = line; *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
	}
}

/* What is printed is what was decided, and it is JSON. */
static void assert_compares(const json_t *o, const json_t *n, bool seed)
{
	const struct diff_options options = { .strict = true };
	json_t *diff = diff_compare(o, n, "o\xff", "n\n", &options), *again;
	_cleanup_free_ char *text = form_print(diff_put_text, diff),
			    *json = form_print(report_put_json, diff);
	const bool regressed = json_array_size(json_object_get(diff, "regressions")) > 0;

	assert_non_null(json);
	again = json_loads(json, 0, NULL);
	assert_true(json_is_object(again));
	assert_int_equal(diff_get_result(again), diff_get_result(diff));
	if (diff_get_result(diff) != DIFF_INCOMPARABLE)
		assert_true(regressed == (diff_get_result(diff) == DIFF_REGRESSED));
	else
		assert_false(seed);
	assert_lines(text);
	json_decref(again);
	json_decref(diff);
}

static void both_ways(const struct seeds *s, const json_t *damaged, bool seed)
{
	assert_compares(s->good, damaged, seed);
	assert_compares(damaged, s->good, seed);
	assert_compares(damaged, damaged, seed);
}

static void run_report(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	json_t *report = json_loadb((const char *)data, len, 0, NULL);

	(void)r;
	assert_true(!seed || report);
	if (report)
		both_ways(arg, report, seed);
	json_decref(report);
}

static void run_journal(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	unsigned int damaged;
	json_t *events = core_parse((const char *)data, len, &damaged);
	json_t *report = core_report(events, damaged);

	(void)r;
	(void)seed;
	assert_compares(report, report, false);
	assert_compares(((struct seeds *)arg)->good, report, false);
	json_decref(report);
	json_decref(events);
}

static void fuzz_diff_report(void **state)
{
	struct seeds *s = *state;
	struct fuzz_target t = {
		.seeds = { { s->json, s->json_len } },
		.words = { "null", "[]", "{}", "\"PASS\"", "\"0000:01:00.0\"", "1e308", "-1",
			   "\"items\":[", "\"nics\":", "\\u00e9", "999999999999 ms", "\"host\"",
			   ": ", "\xc3\xa9" },
		.rounds = 1500,
		.run = run_report,
		.arg = s,
	};

	fuzz_run(&t);
}

static void fuzz_diff_journal(void **state)
{
	struct seeds *s = *state;
	struct fuzz_target t = {
		.seeds = { { s->journal, s->journal_len } },
		.words = { "\n", "null", "[]", "{}", "\"PASS\"", "\"0000:01:00.0\"", "1e308",
			   "\"ev\":\"end\",", "\\u00e9", "5 ms" },
		.rounds = 800,
		.run = run_journal,
		.arg = s,
	};

	fuzz_run(&t);
}

/* Each member of the report once of every other type. */
static void other_types(void **state)
{
	struct seeds *s = *state;
	static const char *const values[] = { "null", "7", "[]", "{}", "\"x\"", "[[],7,{}]" };
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach (s->good, key, member)
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			json_t *report = json_copy(s->good);

			json_object_set_new(report, key,
					    json_loads(values[i], JSON_DECODE_ANY, NULL));
			both_ways(s, report, false);
			json_decref(report);
		}
}

static int setup(void **state)
{
	struct seeds *s = calloc(1, sizeof(*s));

	*state = s;
	if (!s || advice_load() < 0 ||
	    util_read_file(AT_FDCWD, FIXTURE "diff/new.json", 1 << 20, &s->json, &s->json_len) <
		    0 ||
	    util_read_file(AT_FDCWD, FIXTURE "journal.jsonl", 1 << 20, &s->journal,
			   &s->journal_len) < 0)
		return -1;
	s->good = report_load(FIXTURE "diff/old.json");
	return s->good ? 0 : -1;
}

static int teardown(void **state)
{
	struct seeds *s = *state;

	json_decref(s->good);
	free(s->json);
	free(s->journal);
	free(s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fuzz_diff_report),
		cmocka_unit_test(fuzz_diff_journal),
		cmocka_unit_test(other_types),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
