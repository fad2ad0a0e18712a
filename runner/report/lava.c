/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of LAVA: "<LAVA_SIGNAL_TESTCASE KEY=VALUE ...>", where no value has a space, "=" or ">".
 * STARTRUN and ENDRUN are not sent: they belong to LAVA's own test runner, which gives them the id
 * of its job.
 */
#include "report/forms.h"

#include <ctype.h>
#include <string.h>
#include "journal/member.h"
#include "base/clock.h"
#include "model/level.h"

#define MAX_ID 200 /* a line of the console has 400 characters */

/* One signal; of the id, LAVA keeps only lower case letters, digits and "_". */
static void put_signal(FILE *f, const char *id, const char *subject, const char *result,
		       double seconds)
{
	char raw[MAX_ID], slug[MAX_ID];
	char *p;

	util_format(raw, sizeof(raw), "%.100s_%.90s", id, subject);
	form_slug(slug, sizeof(slug), raw, "");
	for (p = slug; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	fprintf(f, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=%s RESULT=%s MEASUREMENT=%.3f UNITS=s>\n",
		slug, result, seconds);
}

static const char *result_name(enum outcome o)
{
	switch (o) {
	case OUTCOME_PASS:
		return "pass";
	case OUTCOME_FAIL:
		return "fail";
	case OUTCOME_SKIP:
	case OUTCOME_NOTED:
		return "skip";
	default:
		return "unknown";
	}
}

static double run_seconds(const json_t *report)
{
	int64_t started = clock_parse(member_text(report, "started"));
	int64_t finished = clock_parse(member_text(report, "finished"));

	return started >= 0 && finished > started ? (double)(finished - started) / 1000 : 0;
}

/* A level that is not reached is a skip: what failed on the way has a signal of its own. */
static void put_levels(FILE *f, const json_t *report)
{
	const json_t *levels = json_object_get(report, "levels");
	const json_t *reached = json_object_get(json_object_get(levels, "run"), "reached");
	enum level level;

	for (level = 0; json_is_object(levels) && level < LEVEL_COUNT; level++)
		put_signal(f, "level", level_name(level),
			   level < json_array_size(reached) ? "pass" : "skip", 0);
}

/* A skip for each item that a waiver covers, beside its own, which is a fail. */
static void put_waived(FILE *f, const json_t *report)
{
	const json_t *item;
	char id[64];
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item) {
		if (!member_text(item, "waived")[0])
			continue;
		util_format(id, sizeof(id), "waived_%s", member_text(item, "case"));
		put_signal(f, id, member_text(item, "subject"), "skip", 0);
	}
}

int report_put_lava(FILE *f, const json_t *report)
{
	json_t *item, *nic;
	char why[120];
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic)
		if (report_untested_text(nic, why, sizeof(why)))
			put_signal(f, "not_certified", member_text(nic, "address"), "skip", 0);
	json_array_foreach (json_object_get(report, "items"), i, item)
		put_signal(f, member_text(item, "case"), member_text(item, "subject"),
			   result_name(form_item_outcome(item)), form_duration(item));
	put_levels(f, report);
	put_waived(f, report);
	put_signal(f, "verdict", "run", result_name(form_run_outcome(report)), run_seconds(report));
	return 0;
}
