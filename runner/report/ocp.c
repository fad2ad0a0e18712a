/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output format of OCP Test & Validation, version 2.0 (opencomputeproject/ocp-diag-core,
 * json_spec): JSON lines. An item is a test step. Items of several ports ran side by side, and so
 * the artifacts are sorted by their time before they are numbered.
 */
#include "report/ocp.h"

#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "base/clock.h"
#include "report/figures.h"
#include "report/forms.h"
#include "report/levels.h"
#include "report/readiness.h"
#include "report/subjects.h"

/* All artifacts of one moment: an item's begin, or what is known at its end. */
struct moment {
	int64_t ms; /* since 1970 */
	size_t step; /* the item's number */
	bool end;
};

struct output {
	FILE *f;
	const json_t *report;
	json_t *nics; /* of subjects_of_nics() */
	size_t number; /* of the artifact that is written next */
	char timestamp[CLOCK_STRLEN];
	bool failed;
};

/* Writes an artifact: @head, its content (stolen), and @close, which ends what @head began. */
static void put(struct output *o, const char *head, json_t *content, const char *close)
{
	fputs(head, o->f);
	if (json_dumpf(content, o->f, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) <
	    0)
		o->failed = true;
	fprintf(o->f, "%s,\"sequenceNumber\":%zu,\"timestamp\":\"%s\"}\n", close, o->number++,
		o->timestamp);
	json_decref(content);
}

static void put_run(struct output *o, const char *what, json_t *content)
{
	char head[80];

	util_format(head, sizeof(head), "{\"testRunArtifact\":{\"%s\":", what);
	put(o, head, content, "}");
}

static void put_step(struct output *o, size_t step, const char *what, json_t *content)
{
	char head[120];

	util_format(head, sizeof(head),
		    "{\"testStepArtifact\":{\"testStepId\":\"%zu\",\"%s\":", step, what);
	put(o, head, content, "}");
}

/* @message is stolen. */
static json_t *log_entry(const char *severity, json_t *message)
{
	json_t *obj = json_object();

	member_set_text(obj, "severity", severity);
	json_object_set_new(obj, "message", message);
	return obj;
}

static json_t *error_entry(const char *symptom, const char *message)
{
	return json_pack("{s:s, s:o, s:[s]}", "symptom", symptom, "message", ocp_text(message),
			 "softwareInfoIds", OCP_SOFTWARE);
}

/* The hardwareInfoId of what an item is about. */
static void hardware_of(const struct output *o, const json_t *item, char id[OCP_ID_SIZE])
{
	const json_t *nic = json_object_get(o->nics, member_text(item, "subject"));

	if (nic)
		ocp_nic_id((size_t)json_integer_value(nic), id);
	else
		util_strlcpy(id, OCP_ID_SIZE, OCP_HOST);
}

/* Both are stolen. */
static json_t *measurement(json_t *name, json_t *value)
{
	json_t *obj = json_object();

	json_object_set_new(obj, "name", name);
	json_object_set_new(obj, "value", value);
	return obj;
}

/* The report's own text; it is shared. */
static json_t *share_text(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return json_is_string(value) ? json_incref(value) : json_string("");
}

static void put_figures(struct output *o, size_t step, const char *hardware, const json_t *line)
{
	struct figure figures[FIGURES_MAX];
	size_t n = figures_measured(member_text(line, "key"), member_text(line, "value"), figures);
	json_t *obj;
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *metadata = json_object();

		json_object_set_new(metadata, "text", share_text(line, "value"));
		obj = measurement(share_text(line, "key"), json_real(figures[i].value));
		member_set_text(obj, "unit", figures[i].unit->name);
		member_set_text(obj, "hardwareInfoId", hardware);
		json_object_set_new(obj, "metadata", metadata);
		put_step(o, step, "measurement", obj);
	}
	if (n > 0)
		return;
	obj = measurement(share_text(line, "key"), share_text(line, "value"));
	member_set_text(obj, "hardwareInfoId", hardware);
	put_step(o, step, "measurement", obj);
}

static void put_measurements(struct output *o, size_t step, const json_t *item,
			     const char *hardware)
{
	json_t *duration = measurement(json_string("duration"), json_real(form_duration(item)));
	const json_t *line;
	size_t i;

	member_set_text(duration, "unit", "s");
	member_set_text(duration, "hardwareInfoId", hardware);
	put_step(o, step, "measurement", duration);
	json_array_foreach (json_object_get(item, "evidence"), i, line)
		put_figures(o, step, hardware, line);
}

/* By the level that stands in front of a kernel message: "<3>[    1.5] text". */
static const char *severity(const char *message)
{
	if (message[0] != '<' || message[1] < '0' || message[1] > '7' || message[2] != '>')
		return "INFO";
	if (message[1] <= '3')
		return "ERROR";
	if (message[1] == '4')
		return "WARNING";
	return message[1] == '7' ? "DEBUG" : "INFO";
}

static void put_logs(struct output *o, size_t step, const json_t *texts)
{
	json_t *text;
	size_t i;

	json_array_foreach (texts, i, text)
		if (json_is_string(text))
			put_step(o, step, "log",
				 log_entry(severity(json_string_value(text)), json_incref(text)));
}

static void put_line(FILE *f, const char *what, const char *text)
{
	fprintf(f, "%s: %s\n", what, text);
}

static int put_explanation(FILE *f, const json_t *item)
{
	fprintf(f, "%s\n", member_text(item, "title"));
	form_explain(f, item, put_line);
	return 0;
}

/* A port's verdict is the item's; its name is the finding's label, or the case's. */
static void put_diagnosis(struct output *o, size_t step, const json_t *item, const char *hardware)
{
	static const char *const types[] = { [OUTCOME_PASS] = "PASS",
					     [OUTCOME_FAIL] = "FAIL",
					     [OUTCOME_NOTED] = "UNKNOWN",
					     [OUTCOME_SKIP] = "UNKNOWN",
					     [OUTCOME_ERROR] = "UNKNOWN" };
	const char *verdict = verdict_name(report_item_verdict(item));
	_cleanup_free_ char *message = form_print(put_explanation, item);
	const char *label = member_text(item, "label");
	json_t *obj = json_object();
	char raw[200], name[200];

	util_format(raw, sizeof(raw), "%s-%s", verdict,
		    label[0] ? label : member_text(item, "case"));
	form_slug(name, sizeof(name), raw, "-");
	member_set_text(obj, "verdict", name);
	member_set_text(obj, "type", types[form_item_outcome(item)]);
	json_object_set_new(obj, "message", ocp_text(message ? message : ""));
	member_set_text(obj, "hardwareInfoId", hardware);
	put_step(o, step, "diagnosis", obj);
}

/* COMPLETE: the step ran to its end. */
static const char *step_status(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
	case VERDICT_WARN:
	case VERDICT_FAIL:
		return "COMPLETE";
	case VERDICT_SKIP:
		return "SKIP";
	default:
		return "ERROR";
	}
}

static void put_begin(struct output *o, size_t step, const json_t *item)
{
	char name[200];

	util_format(name, sizeof(name), "%.80s %.80s", member_text(item, "case"),
		    member_text(item, "subject"));
	util_sanitise(name);
	put_step(o, step, "testStepStart", json_pack("{s:s}", "name", name));
}

/* Everything but its begin. */
static void put_end(struct output *o, size_t step, const json_t *item)
{
	const enum verdict v = report_item_verdict(item);
	char hardware[OCP_ID_SIZE];

	hardware_of(o, item, hardware);
	put_measurements(o, step, item, hardware);
	put_logs(o, step, json_object_get(item, "kernel_log"));
	put_logs(o, step, json_object_get(item, "console"));
	if (strcmp(step_status(v), "ERROR") == 0)
		put_step(o, step, "error", error_entry(verdict_name(v), form_finding(item)));
	if (v == VERDICT_SKIP)
		put_step(o, step, "log", log_entry("INFO", ocp_text(form_finding(item))));
	put_diagnosis(o, step, item, hardware);
	put_step(o, step, "testStepEnd", json_pack("{s:s}", "status", step_status(v)));
}

static void put_start(struct output *o)
{
	const json_t *host = json_object_get(o->report, "host");
	const json_t *build = json_object_get(o->report, "build");
	json_t *settings = json_object_get(o->report, "settings"), *obj = json_object();

	put(o, "{\"schemaVersion\":", json_pack("{s:i, s:i}", "major", 2, "minor", 0), "");
	member_set_text(obj, "name", "vfproof");
	json_object_set_new(obj, "version", ocp_text(member_text(build, "revision")));
	json_object_set_new(obj, "commandLine", ocp_text(member_text(host, "cmdline")));
	json_object_set_new(obj, "parameters",
			    json_is_object(settings) ? json_deep_copy(settings) : json_object());
	json_object_set_new(obj, "dutInfo", ocp_dut(o->report));
	put_run(o, "testRunStart", obj);
}

/* An INCOMPLETE run says neither PASS nor FAIL; its reasons are errors. */
static void put_run_end(struct output *o)
{
	const enum outcome outcome = form_run_outcome(o->report);
	json_t *obj = json_object(), *text;
	char levels[400];
	size_t i;

	json_array_foreach (json_object_get(o->report, "notes"), i, text)
		if (json_is_string(text))
			put_run(o, "log", log_entry("INFO", json_incref(text)));
	json_array_foreach (json_object_get(o->report, "not_certified"), i, text)
		if (json_is_string(text))
			put_run(o, "log",
				log_entry("WARNING", json_sprintf("not certified: %s",
								  json_string_value(text))));
	json_array_foreach (json_object_get(o->report, "verdict_reasons"), i, text)
		if (json_is_string(text) && outcome == OUTCOME_ERROR)
			put_run(o, "error", error_entry("INCOMPLETE", json_string_value(text)));
		else if (json_is_string(text) && outcome == OUTCOME_PASS) /* what is waived */
			put_run(o, "log", log_entry("WARNING", json_incref(text)));
	if (readiness_text(o->report, levels, sizeof(levels)))
		put_run(o, "log", log_entry("INFO", json_sprintf("rules: %s", levels)));
	if (levels_text(o->report, "run", levels, sizeof(levels)))
		put_run(o, "log", log_entry("INFO", json_sprintf("levels: %s", levels)));
	put_run(o, "log",
		log_entry(outcome == OUTCOME_PASS ? "INFO" : "ERROR",
			  share_text(o->report, "verdict")));
	member_set_text(obj, "status", outcome == OUTCOME_ERROR ? "ERROR" : "COMPLETE");
	member_set_text(obj, "result",
			outcome == OUTCOME_PASS	  ? "PASS"
			: outcome == OUTCOME_FAIL ? "FAIL"
						  : "NOT_APPLICABLE");
	put_run(o, "testRunEnd", obj);
}

/* Of items at the same time, in their order, and an item's begin before its end. */
static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return (int)x->end - (int)y->end;
}

/* Two moments for each item, not sorted. An item of which no time is known follows the one before.
 */
static void fill_moments(struct moment *list, const json_t *items, int64_t started)
{
	int64_t now = started;
	json_t *item;
	size_t i;

	json_array_foreach (items, i, item) {
		const int64_t begun = clock_parse(member_text(item, "begun"));

		if (begun >= 0)
			now = begun;
		list[2 * i] = (struct moment){ now, i, false };
		now += (int64_t)(form_duration(item) * 1000);
		list[2 * i + 1] = (struct moment){ now, i, true };
	}
}

/* Sorts them, within the first and the last moment of the run, whatever the clock did. */
static void sort_moments(struct moment *list, size_t n, int64_t started, int64_t finished)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].ms < started)
			list[i].ms = started;
		else if (list[i].ms > finished)
			list[i].ms = finished;
	qsort(list, n, sizeof(*list), by_time);
}

static void put_moments(struct output *o, const json_t *items, const struct moment *list)
{
	const size_t n = 2 * json_array_size(items);
	size_t i;

	for (i = 0; i < n; i++) {
		const json_t *item = json_array_get(items, list[i].step);

		clock_format(list[i].ms, o->timestamp);
		if (list[i].end)
			put_end(o, list[i].step, item);
		else
			put_begin(o, list[i].step, item);
	}
}

/* When the run ended; if that is not known, when an item did or began. */
static int64_t run_end(const json_t *report, const struct moment *list, size_t n, int64_t started)
{
	int64_t finished = clock_parse(member_text(report, "finished"));
	size_t i;

	for (i = 0; finished < started && i < n; i++)
		finished = list[i].ms > finished ? list[i].ms : finished;
	return finished < started ? started : finished;
}

int report_put_ocp(FILE *f, const json_t *report)
{
	struct output o = { .f = f, .report = report, .nics = subjects_of_nics(report) };
	const json_t *items = json_object_get(report, "items");
	const size_t n = 2 * json_array_size(items);
	_cleanup_free_ struct moment *list = calloc(n + 1, sizeof(*list));
	int64_t started = clock_parse(member_text(report, "started")), finished;

	if (!list || !o.nics) {
		json_decref(o.nics);
		return -ENOMEM;
	}
	if (started < 0)
		started = 0;
	fill_moments(list, items, started);
	finished = run_end(report, list, n, started);
	sort_moments(list, n, started, finished);
	clock_format(started, o.timestamp);
	put_start(&o);
	put_moments(&o, items, list);
	clock_format(finished, o.timestamp);
	put_run_end(&o);
	json_decref(o.nics);
	return o.failed ? -ENOMEM : 0; /* an output that lacks a step must not look whole */
}
