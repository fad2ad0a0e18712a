/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit XML. One suite for the run, with its verdict as a test of its own, so that a run that is
 * not QUALIFIED never looks green; then one suite for the host and one for each port.
 */
#include "report/forms.h"

#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "report/levels.h"
#include "report/markup.h"
#include "report/readiness.h"
#include "report/subjects.h"

struct totals {
	unsigned int tests, failures, errors, skipped;
	double seconds;
};

static struct totals count(const json_t *items)
{
	struct totals t = { 0 };
	json_t *item;
	size_t i;

	json_array_foreach (items, i, item) {
		enum outcome o = form_item_outcome(item);

		t.tests++;
		t.seconds += form_duration(item);
		t.failures += o == OUTCOME_FAIL;
		t.errors += o == OUTCOME_ERROR;
		t.skipped += o == OUTCOME_SKIP || o == OUTCOME_NOTED;
	}
	return t;
}

static void put_totals(FILE *f, const struct totals *t)
{
	fprintf(f, " tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.3f\"", t->tests,
		t->failures, t->errors, t->seconds);
}

/* Opens a suite; the time stamp is UTC without a zone, as the format of Ant has it. */
static void put_suite(FILE *f, const json_t *report, const char *name, const struct totals *t)
{
	const char *host = member_text(json_object_get(report, "host"), "serial");
	char started[20];

	util_strlcpy(started, sizeof(started), member_text(report, "started"));
	fputs("  <testsuite", f);
	markup_attribute(f, "name", name);
	put_totals(f, t);
	fprintf(f, " skipped=\"%u\"", t->skipped);
	if (started[0])
		markup_attribute(f, "timestamp", started);
	if (host[0])
		markup_attribute(f, "hostname", host);
	fputs(">\n", f);
}

static void put_line(FILE *f, const char *what, const char *text)
{
	fprintf(f, "%s: ", what);
	markup_text(f, text);
	fputc('\n', f);
}

/* Begins a failure, an error or what is skipped. */
static void put_begin(FILE *f, const char *tag, const char *type, const char *note,
		      const char *message)
{
	char text[400];

	util_format(text, sizeof(text), "%s%s", note, message);
	fprintf(f, "      <%s", tag);
	markup_attribute(f, "type", type);
	markup_attribute(f, "message", text);
	fputs(">", f);
}

static void put_outcome(FILE *f, const json_t *item)
{
	static const char *const tags[] = { [OUTCOME_FAIL] = "failure",
					    [OUTCOME_ERROR] = "error",
					    [OUTCOME_SKIP] = "skipped",
					    [OUTCOME_NOTED] = "skipped" };
	const char *verdict = verdict_name(report_item_verdict(item));
	enum outcome o = form_item_outcome(item);
	char note[64] = "";

	if (o == OUTCOME_PASS)
		return;
	if (o == OUTCOME_NOTED)
		util_format(note, sizeof(note), "not required, %s: ", verdict);
	put_begin(f, tags[o], verdict, note, form_finding(item));
	form_explain(f, item, put_line);
	fprintf(f, "</%s>\n", tags[o]);
}

static void put_texts(FILE *f, const char *what, const json_t *texts)
{
	json_t *text;
	size_t i;

	json_array_foreach (texts, i, text)
		if (json_is_string(text))
			put_line(f, what, json_string_value(text));
}

/* What speaks for the verdict; a WARN's finding too, as its test passes. */
static void put_evidence(FILE *f, const json_t *item)
{
	const json_t *entry;
	size_t i;

	fputs("      <system-out>", f);
	if (report_item_verdict(item) == VERDICT_WARN)
		put_line(f, "verdict", "WARN");
	if (form_item_outcome(item) == OUTCOME_PASS)
		form_explain(f, item, put_line);
	json_array_foreach (json_object_get(item, "evidence"), i, entry) {
		markup_text(f, member_text(entry, "key"));
		fputs(" = ", f);
		markup_text(f, member_text(entry, "value"));
		fputc('\n', f);
	}
	fputs("</system-out>\n      <system-err>", f);
	put_texts(f, "kernel", json_object_get(item, "kernel_log"));
	put_texts(f, "console", json_object_get(item, "console"));
	fputs("</system-err>\n", f);
}

static void put_case(FILE *f, const json_t *item)
{
	char subject[64], class[80];

	/* Servers cut the class name at its dots. */
	form_slug(subject, sizeof(subject), member_text(item, "subject"), "");
	util_format(class, sizeof(class), "vfproof.%s", subject);
	fputs("    <testcase", f);
	markup_attribute(f, "classname", class);
	markup_attribute(f, "name", member_text(item, "case"));
	fprintf(f, " time=\"%.3f\">\n", form_duration(item));
	put_outcome(f, item);
	put_evidence(f, item);
	fputs("    </testcase>\n", f);
}

static void put_subject(FILE *f, const json_t *report, const char *subject, const json_t *items)
{
	struct totals t = count(items);
	char name[96];
	json_t *item;
	size_t i;

	util_format(name, sizeof(name), "vfproof %s", subject);
	put_suite(f, report, name, &t);
	json_array_foreach (items, i, item)
		put_case(f, item);
	fputs("  </testsuite>\n", f);
}

static void put_property(FILE *f, const char *name, const char *value)
{
	if (!value[0])
		return;
	fputs("      <property", f);
	markup_attribute(f, "name", name);
	markup_attribute(f, "value", value);
	fputs("/>\n", f);
}

static void put_properties(FILE *f, const json_t *report)
{
	static const char *const keys[] = { "vendor",	 "product", "serial", "bios_version",
					    "bios_date", "kernel",  "cmdline" };
	const json_t *host = json_object_get(report, "host");
	const char *subject;
	char name[96], text[400];
	json_t *value;
	size_t i;

	fputs("    <properties>\n", f);
	put_property(f, "verdict", member_text(report, "verdict"));
	json_object_foreach (json_object_get(report, "levels"), subject, value) {
		util_format(name, sizeof(name), "levels %s", subject);
		if (levels_text(report, subject, text, sizeof(text)))
			put_property(f, name, text);
	}
	put_property(f, "revision", member_text(json_object_get(report, "build"), "revision"));
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		put_property(f, keys[i], member_text(host, keys[i]));
	fputs("    </properties>\n", f);
}

/* The verdict as a test. */
static void put_run(FILE *f, const json_t *report)
{
	enum outcome o = form_run_outcome(report);
	struct totals t = { .tests = 1,
			    .failures = o == OUTCOME_FAIL,
			    .errors = o == OUTCOME_ERROR };
	const char *tag = o == OUTCOME_FAIL ? "failure" : "error";
	const char *verdict = member_text(report, "verdict");
	char rules[200];

	put_suite(f, report, "vfproof run", &t);
	put_properties(f, report);
	fputs("    <testcase classname=\"vfproof.run\" name=\"verdict\" time=\"0.000\">\n", f);
	if (o != OUTCOME_PASS) {
		put_begin(f, tag, verdict, "", verdict);
		put_texts(f, "reason", json_object_get(report, "verdict_reasons"));
		fprintf(f, "</%s>\n", tag);
	}
	fputs("      <system-out>", f);
	put_line(f, "verdict", verdict);
	if (o == OUTCOME_PASS) /* what is waived */
		put_texts(f, "reason", json_object_get(report, "verdict_reasons"));
	if (readiness_text(report, rules, sizeof(rules)))
		put_line(f, "rules", rules);
	put_texts(f, "not certified", json_object_get(report, "not_certified"));
	put_texts(f, "note", json_object_get(report, "notes"));
	fputs("</system-out>\n    </testcase>\n  </testsuite>\n", f);
}

int report_put_junit(FILE *f, const json_t *report)
{
	json_t *subjects = subjects_of_items(report), *items;
	struct totals t = count(json_object_get(report, "items"));
	enum outcome o = form_run_outcome(report);
	const char *subject;

	if (!subjects)
		return -ENOMEM;
	t.tests++;
	t.failures += o == OUTCOME_FAIL;
	t.errors += o == OUTCOME_ERROR;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"vfproof\"", f);
	put_totals(f, &t);
	fputs(">\n", f);
	put_run(f, report);
	json_object_foreach (subjects, subject, items)
		put_subject(f, report, subject, items);
	fputs("</testsuites>\n", f);
	json_decref(subjects);
	return 0;
}
