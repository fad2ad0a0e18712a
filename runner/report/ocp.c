/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output format of OCP Test & Validation, version 2.0 (opencomputeproject/ocp-diag-core,
 * json_spec): JSON lines. An item is a test step. Items of several ports ran side by side, and so
 * the artifacts are sorted by their time before they are numbered.
 */
#include "report/ocp.h"

#include <string.h>
#include "journal/member.h"
#include "base/clock.h"
#include "report/figures.h"
#include "report/forms.h"

struct artifact {
	int64_t ms; /* since 1970 */
	size_t order; /* of those at the same time */
	json_t *obj;
};

struct output {
	const json_t *report;
	struct artifact *list;
	size_t n, size;
	int64_t now; /* of the artifact that is added next */
	bool failed;
};

/* Steals @obj. */
static void add(struct output *o, json_t *obj)
{
	if (o->n == o->size) {
		size_t size = o->size ? o->size * 2 : 64;
		struct artifact *list = reallocarray(o->list, size, sizeof(*list));

		if (list) {
			o->list = list;
			o->size = size;
		}
	}
	if (!obj || o->n == o->size) {
		json_decref(obj);
		o->failed = true;
		return;
	}
	o->list[o->n] = (struct artifact){ .ms = o->now, .order = o->n, .obj = obj };
	o->n++;
}

static void add_run(struct output *o, const char *what, json_t *content)
{
	add(o, json_pack("{s:{s:o}}", "testRunArtifact", what, content));
}

static void add_step(struct output *o, size_t step, const char *what, json_t *content)
{
	char id[24];

	util_format(id, sizeof(id), "%zu", step);
	add(o, json_pack("{s:{s:s, s:o}}", "testStepArtifact", "testStepId", id, what, content));
}

static json_t *log_entry(const char *severity, const char *message)
{
	return json_pack("{s:s, s:o}", "severity", severity, "message", ocp_text(message));
}

static json_t *error_entry(const char *symptom, const char *message)
{
	return json_pack("{s:s, s:o, s:[s]}", "symptom", symptom, "message", ocp_text(message),
			 "softwareInfoIds", OCP_SOFTWARE);
}

/* The hardwareInfoId of what an item is about. */
static void hardware_of(const json_t *report, const json_t *item, char id[OCP_ID_SIZE])
{
	const json_t *nic;
	size_t i;

	util_strlcpy(id, OCP_ID_SIZE, OCP_HOST);
	json_array_foreach (json_object_get(report, "nics"), i, nic)
		if (strcmp(member_text(nic, "address"), member_text(item, "subject")) == 0)
			ocp_nic_id(i, id);
}

static void add_figures(struct output *o, size_t step, const char *hardware, const char *key,
			const char *value)
{
	struct figure figures[FIGURES_MAX];
	size_t n = figures_measured(key, value, figures), i;

	for (i = 0; i < n; i++)
		add_step(o, step, "measurement",
			 json_pack("{s:o, s:f, s:s, s:s, s:{s:o}}", "name", ocp_text(key), "value",
				   figures[i].value, "unit", figures[i].unit->name,
				   "hardwareInfoId", hardware, "metadata", "text",
				   ocp_text(value)));
	if (n == 0)
		add_step(o, step, "measurement",
			 json_pack("{s:o, s:o, s:s}", "name", ocp_text(key), "value",
				   ocp_text(value), "hardwareInfoId", hardware));
}

static void add_measurements(struct output *o, size_t step, const json_t *item)
{
	char hardware[OCP_ID_SIZE];
	const json_t *entry;
	size_t i;

	hardware_of(o->report, item, hardware);
	add_step(o, step, "measurement",
		 json_pack("{s:s, s:f, s:s, s:s}", "name", "duration", "value", form_duration(item),
			   "unit", "s", "hardwareInfoId", hardware));
	json_array_foreach (json_object_get(item, "evidence"), i, entry)
		add_figures(o, step, hardware, member_text(entry, "key"),
			    member_text(entry, "value"));
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

static void add_logs(struct output *o, size_t step, const json_t *texts)
{
	const json_t *text;
	size_t i;

	json_array_foreach (texts, i, text)
		if (json_is_string(text))
			add_step(o, step, "log",
				 log_entry(severity(json_string_value(text)),
					   json_string_value(text)));
}

static void put_line(FILE *f, const char *what, const char *text)
{
	fprintf(f, "%s: %s\n", what, text);
}

static void put_explanation(FILE *f, const json_t *item)
{
	fprintf(f, "%s\n", member_text(item, "title"));
	form_explain(f, item, put_line);
}

/* A port's verdict is the item's; its name is the finding's label, or the case's. */
static void add_diagnosis(struct output *o, size_t step, const json_t *item)
{
	static const char *const types[] = { [OUTCOME_PASS] = "PASS",
					     [OUTCOME_FAIL] = "FAIL",
					     [OUTCOME_NOTED] = "UNKNOWN",
					     [OUTCOME_SKIP] = "UNKNOWN",
					     [OUTCOME_ERROR] = "UNKNOWN" };
	const char *verdict = verdict_name(verdict_parse(member_text(item, "verdict")));
	_cleanup_free_ char *message = form_print(put_explanation, item);
	const char *label = member_text(item, "label");
	char hardware[OCP_ID_SIZE], raw[200], name[200];

	hardware_of(o->report, item, hardware);
	util_format(raw, sizeof(raw), "%s-%s", verdict,
		    label[0] ? label : member_text(item, "case"));
	form_slug(name, sizeof(name), raw, "-");
	add_step(o, step, "diagnosis",
		 json_pack("{s:s, s:s, s:o, s:s}", "verdict", name, "type",
			   types[form_item_outcome(item)], "message",
			   ocp_text(message ? message : ""), "hardwareInfoId", hardware));
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

static void add_item(struct output *o, size_t step, const json_t *item)
{
	enum verdict v = verdict_parse(member_text(item, "verdict"));
	int64_t begun = clock_parse(member_text(item, "begun"));
	char name[200];

	if (begun >= 0)
		o->now = begun;
	util_format(name, sizeof(name), "%.80s %.80s", member_text(item, "case"),
		    member_text(item, "subject"));
	util_sanitise(name);
	add_step(o, step, "testStepStart", json_pack("{s:s}", "name", name));
	o->now += (int64_t)(form_duration(item) * 1000);
	add_measurements(o, step, item);
	add_logs(o, step, json_object_get(item, "kernel_log"));
	add_logs(o, step, json_object_get(item, "console"));
	if (strcmp(step_status(v), "ERROR") == 0)
		add_step(o, step, "error", error_entry(verdict_name(v), form_finding(item)));
	if (v == VERDICT_SKIP)
		add_step(o, step, "log", log_entry("INFO", form_finding(item)));
	add_diagnosis(o, step, item);
	add_step(o, step, "testStepEnd", json_pack("{s:s}", "status", step_status(v)));
}

static void add_start(struct output *o)
{
	const json_t *host = json_object_get(o->report, "host");
	json_t *settings = json_object_get(o->report, "settings");

	add(o, json_pack("{s:{s:i, s:i}}", "schemaVersion", "major", 2, "minor", 0));
	add_run(o, "testRunStart",
		json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", "vfproof", "version",
			  ocp_text(member_text(json_object_get(o->report, "build"), "revision")),
			  "commandLine", ocp_text(member_text(host, "cmdline")), "parameters",
			  json_is_object(settings) ? json_deep_copy(settings) : json_object(),
			  "dutInfo", ocp_dut(o->report)));
}

/* An INCOMPLETE run says neither PASS nor FAIL; its reasons are errors. */
static void add_end(struct output *o)
{
	enum outcome outcome = form_run_outcome(o->report);
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(o->report, "notes"), i, text)
		if (json_is_string(text))
			add_run(o, "log", log_entry("INFO", json_string_value(text)));
	json_array_foreach (json_object_get(o->report, "verdict_reasons"), i, text)
		if (json_is_string(text) && outcome == OUTCOME_ERROR)
			add_run(o, "error", error_entry("INCOMPLETE", json_string_value(text)));
	add_run(o, "log",
		log_entry(outcome == OUTCOME_PASS ? "INFO" : "ERROR",
			  member_text(o->report, "verdict")));
	add_run(o, "testRunEnd",
		json_pack("{s:s, s:s}", "status", outcome == OUTCOME_ERROR ? "ERROR" : "COMPLETE",
			  "result",
			  outcome == OUTCOME_PASS   ? "PASS"
			  : outcome == OUTCOME_FAIL ? "FAIL"
						    : "NOT_APPLICABLE"));
}

static int by_time(const void *a, const void *b)
{
	const struct artifact *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* Everything in between lies within the first and the last, whatever the clock did. */
static void clamp(struct output *o, size_t first, int64_t from, int64_t to)
{
	size_t i;

	for (i = first; i < o->n; i++)
		if (o->list[i].ms < from)
			o->list[i].ms = from;
		else if (o->list[i].ms > to)
			o->list[i].ms = to;
}

static void put_artifact(FILE *f, const struct artifact *a, size_t number)
{
	char timestamp[CLOCK_STRLEN];
	char *line;

	clock_format(a->ms, timestamp);
	json_object_set_new(a->obj, "sequenceNumber", json_integer((json_int_t)number));
	json_object_set_new(a->obj, "timestamp", json_string(timestamp));
	line = json_dumps(a->obj, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
	fprintf(f, "%s\n", line ? line : "");
	free(line);
}

static void collect(struct output *o)
{
	int64_t started = clock_parse(member_text(o->report, "started"));
	int64_t finished = clock_parse(member_text(o->report, "finished"));
	size_t first, i;
	json_t *item;

	o->now = started > 0 ? started : 0;
	started = o->now;
	add_start(o);
	first = o->n;
	json_array_foreach (json_object_get(o->report, "items"), i, item)
		add_item(o, i, item);
	for (i = first; finished < started && i < o->n; i++)
		finished = o->list[i].ms > finished ? o->list[i].ms : finished;
	if (finished < started)
		finished = started;
	clamp(o, first, started, finished);
	o->now = finished;
	add_end(o);
	qsort(o->list, o->n, sizeof(o->list[0]), by_time);
}

static char *print(const struct output *o)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (i = 0; i < o->n; i++)
		put_artifact(f, &o->list[i], i);
	fclose(f);
	return text;
}

char *report_to_ocp(const json_t *report)
{
	struct output o = { .report = report };
	char *text = NULL;
	size_t i;

	collect(&o);
	if (!o.failed) /* an output that lacks a step must not look whole */
		text = print(&o);
	for (i = 0; i < o.n; i++)
		json_decref(o.list[i].obj);
	free(o.list);
	return text;
}
