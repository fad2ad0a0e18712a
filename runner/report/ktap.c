/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP version 1. Flat, without subtests: tools that know only TAP, such as prove, would take an
 * indented subtest for a remark. The run's verdict is the last test, so that a run that is not
 * QUALIFIED never counts as passed.
 */
#include "report/forms.h"

#include <string.h>
#include "journal/member.h"
#include "report/levels.h"
#include "report/readiness.h"

/* Text after "#": on one line, printable, and without marks of others. */
static void put_text(FILE *f, const char *text)
{
	_cleanup_free_ char *line = strdup(text);
	char *p;

	if (!line)
		return;
	for (p = line; *p; p++)
		*p = *p == '\n' || *p == '\t' ? ' ' : *p;
	util_sanitise(line);
	util_break_marks(line);
	fputs(line, f);
}

static void put_line(FILE *f, const char *what, const char *text)
{
	fprintf(f, "#   %s: ", what);
	put_text(f, text);
	fputc('\n', f);
}

/*
 * What follows the test's name. Never a bare text: one that begins with "SKIP" or "TODO" would be
 * taken for the directive.
 */
static void put_directive(FILE *f, const json_t *item)
{
	enum verdict v = report_item_verdict(item);
	const char *word = verdict_name(v);

	if (form_item_outcome(item) == OUTCOME_NOTED)
		word = "TODO not required:";
	else if (v == VERDICT_NOTRUN || v == VERDICT_NONE)
		word = "ERROR";
	if (v == VERDICT_PASS)
		return;
	fprintf(f, " # %s ", word);
	put_text(f, form_finding(item));
}

/* The name of a test: it must not begin with a digit or contain "#". */
static void put_name(FILE *f, const json_t *item)
{
	char name[160];

	form_slug(name, sizeof(name), member_text(item, "case"), "");
	fprintf(f, " %s", name[0] ? name : "unnamed");
	form_slug(name, sizeof(name), member_text(item, "subject"), ":.");
	fprintf(f, " %s", name);
}

static void put_item(FILE *f, const json_t *item, size_t number)
{
	enum outcome o = form_item_outcome(item);
	bool ok = o == OUTCOME_PASS || o == OUTCOME_SKIP;

	if (report_item_verdict(item) != VERDICT_PASS) {
		fputs("#", f);
		put_name(f, item);
		fputc('\n', f);
		form_explain(f, item, put_line);
	}
	fprintf(f, "%s %zu", ok ? "ok" : "not ok", number);
	put_name(f, item);
	put_directive(f, item);
	fputc('\n', f);
}

int report_put_ktap(FILE *f, const json_t *report)
{
	const json_t *items = json_object_get(report, "items"), *text;
	bool ok = form_run_outcome(report) == OUTCOME_PASS;
	char levels[400];
	json_t *item;
	size_t i;

	fprintf(f, "KTAP version 1\n1..%zu\n", json_array_size(items) + 1);
	json_array_foreach (items, i, item)
		put_item(f, item, i + 1);
	fputs("# verdict\n", f);
	json_array_foreach (json_object_get(report, "verdict_reasons"), i, text)
		if (json_is_string(text))
			put_line(f, "reason", json_string_value(text));
	json_array_foreach (json_object_get(report, "not_certified"), i, text)
		if (json_is_string(text))
			put_line(f, "not certified", json_string_value(text));
	if (levels_text(report, "run", levels, sizeof(levels)))
		put_line(f, "levels", levels);
	if (readiness_text(report, levels, sizeof(levels)))
		put_line(f, "rules", levels);
	fprintf(f, "%s %zu verdict run # verdict ", ok ? "ok" : "not ok",
		json_array_size(items) + 1);
	put_text(f, member_text(report, "verdict"));
	fputc('\n', f);
	return 0;
}
