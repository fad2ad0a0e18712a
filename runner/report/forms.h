/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of the report, and what they share. Each is made from the report object alone and
 * changes nothing of its verdicts. model/form.h lists those that are files.
 */
#ifndef VFPROOF_REPORT_FORMS_H
#define VFPROOF_REPORT_FORMS_H

#include "model/form.h"
#include "report/report.h"

struct form {
	const char *name;
	const char *file, *type; /* NULL: for the command line only */
	int (*put)(FILE *f, const json_t *report); /* as report_put_text() */
};

/* The form at @index: those with a file come first, as in enum form_id. NULL after the last. */
const struct form *form_get(size_t index);
/* NULL if there is no form of that name. */
const struct form *form_find(const char *name);

/* A page without script and network, for a browser or a printer. */
int report_put_html(FILE *f, const json_t *report) must_check;
/* JUnit XML as the xUnit plugin of Jenkins describes it. */
int report_put_junit(FILE *f, const json_t *report) must_check;
/* KTAP version 1 (Documentation/dev-tools/ktap.rst of Linux), flat. */
int report_put_ktap(FILE *f, const json_t *report) must_check;
/* JSON lines of the Open Compute Project's test and validation output, 2.0. */
int report_put_ocp(FILE *f, const json_t *report) must_check;
/* Signals of LAVA, one a line. */
int report_put_lava(FILE *f, const json_t *report) must_check;

/* What an item, or the run, is for a program that knows fewer verdicts. */
enum outcome {
	OUTCOME_PASS, /* PASS, WARN */
	OUTCOME_FAIL, /* FAIL, TIMEOUT, CRASHED: the machine does not do it */
	OUTCOME_SKIP,
	OUTCOME_ERROR, /* ERROR, NOTRUN: not known whether it does */
	OUTCOME_NOTED, /* FAIL or ERROR of an item that does not decide the run's verdict */
};

enum outcome form_item_outcome(const json_t *item);
enum outcome form_run_outcome(const json_t *report);

/* The item's "duration_s" within 0 and ten years. */
double form_duration(const json_t *item);
/* Measured, or the reason why nothing was; the verdict's name if neither is known. */
const char *form_finding(const json_t *item);
/* Copies @text; whatever is no ASCII letter, digit or one of @more becomes '_'. */
void form_slug(char *dst, size_t size, const char *text, const char *more);
/* Everything that @put writes, as a text. Caller frees, NULL without memory. */
char *form_print(int (*put)(FILE *f, const json_t *value), const json_t *value) must_check;
/* Expected, measured, reason, label, cause, fix and further causes, one a line, as plain text. */
void form_explain(FILE *f, const json_t *item,
		  void (*line)(FILE *f, const char *what, const char *text));

#endif
