/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares two reports: checks that they can be, lets each part compare its own, and says what the
 * whole comes to.
 */
#include "report/diff.h"

#include <string.h>
#include "journal/member.h"
#include "report/diff_parts.h"
#include "report/report.h"

static const char *const results[] = {
	[DIFF_SAME] = "same",
	[DIFF_CHANGED] = "changed",
	[DIFF_REGRESSED] = "regressed",
	[DIFF_INCOMPARABLE] = "not comparable",
};

static void add_fault(json_t *faults, const char *which, const json_t *report)
{
	char why[200];

	if (!report_fault(report, why, sizeof(why)))
		return;
	util_sanitise(why); /* it may quote a report, and have cut a character in two */
	json_array_append_new(faults, json_sprintf("the %s report: %s", which, why));
}

/* What a report is, for the head of the comparison. */
static json_t *describe(const json_t *report, const char *name)
{
	const json_t *host = json_object_get(report, "host");
	const json_t *items = json_object_get(report, "items");
	json_t *obj = json_object();
	char text[400];

	util_strlcpy(text, sizeof(text), name);
	util_sanitise(text);
	member_set_text(obj, "file", text);
	member_set_text(obj, "verdict", member_text(report, "verdict"));
	member_set_text(obj, "started", member_text(report, "started"));
	member_set_text(obj, "product", member_text(host, "product"));
	member_set_text(obj, "serial", member_text(host, "serial"));
	member_set_text(obj, "revision", member_text(json_object_get(report, "build"), "revision"));
	member_set_number(obj, "items", (json_int_t)json_array_size(items));
	return obj;
}

static bool is_same_host(const json_t *old_report, const json_t *new_report)
{
	const json_t *o = json_object_get(old_report, "host");
	const json_t *n = json_object_get(new_report, "host");

	return strcmp(member_text(o, "vendor"), member_text(n, "vendor")) == 0 &&
	       strcmp(member_text(o, "product"), member_text(n, "product")) == 0 &&
	       strcmp(member_text(o, "serial"), member_text(n, "serial")) == 0;
}

/* Everything that is compared. Adds to @faults if nothing is in both. */
static void compare(struct diff *d, json_t *faults)
{
	diff_nics(d);
	diff_facts(d);
	if (diff_items(d) < 0)
		json_array_append_new(faults, json_string("out of memory"));
	else if (d->n_pairs == 0)
		json_array_append_new(faults, json_string("no item is in both reports"));
	else
		diff_figures(d);
}

static bool has_changes(const json_t *out)
{
	static const char *const lists[] = { "nics", "versions", "setup", "items", "figures" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		if (json_array_size(json_object_get(out, lists[i])) > 0)
			return true;
	return strcmp(member_text(json_object_get(out, "verdict"), "change"), "same") != 0;
}

static void decide(json_t *out, json_t *faults, size_t regressions)
{
	enum diff_result result = DIFF_SAME;

	if (json_array_size(faults) > 0)
		result = DIFF_INCOMPARABLE;
	else if (regressions > 0)
		result = DIFF_REGRESSED;
	else if (has_changes(out))
		result = DIFF_CHANGED;
	json_object_set_new(out, "result", json_string(results[result]));
	json_object_set(out, "faults", faults);
}

json_t *diff_compare(const json_t *old_report, const json_t *new_report, const char *old_name,
		     const char *new_name, const struct diff_options *options)
{
	struct diff d = { .old_report = old_report,
			  .new_report = new_report,
			  .options = options,
			  .same_host = is_same_host(old_report, new_report) };
	json_t *faults = json_array();

	d.addresses = json_object();
	d.regressions = json_array();
	d.out = json_object();
	member_set_text(d.out, "schema", DIFF_SCHEMA);
	json_object_set_new(d.out, "old", describe(old_report, old_name));
	json_object_set_new(d.out, "new", describe(new_report, new_name));
	member_set_flag(d.out, "same_host", d.same_host);
	member_set_number(d.out, "threshold_percent", options->threshold);
	member_set_flag(d.out, "strict", options->strict);
	json_object_set(d.out, "regressions", d.regressions);
	add_fault(faults, "old", old_report);
	add_fault(faults, "new", new_report);
	if (json_array_size(faults) == 0)
		compare(&d, faults);
	decide(d.out, faults, json_array_size(d.regressions));
	json_decref(faults);
	json_decref(d.regressions);
	json_decref(d.addresses);
	free(d.pairs);
	return d.out;
}

enum diff_result diff_get_result(const json_t *diff)
{
	enum diff_result r;

	for (r = DIFF_SAME; r < DIFF_INCOMPARABLE; r++)
		if (strcmp(member_text(diff, "result"), results[r]) == 0)
			return r;
	return DIFF_INCOMPARABLE;
}
