/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report: built from the journal alone as a JSON object (docs/report.schema.json), and rendered
 * from that object to every form.
 */
#ifndef VFPROOF_REPORT_REPORT_H
#define VFPROOF_REPORT_REPORT_H

#include <jansson.h>
#include "core/util.h"
#include "core/verdict.h"

#define REPORT_SCHEMA "vfproof-report/1"

/*
 * @events is journal_parse()'s result; @damaged its count. Items begun and not ended are CRASHED,
 * planned ones never begun NOTRUN. Caller owns the result.
 */
json_t *report_build(const json_t *events, unsigned int damaged) must_check;
/* The run's verdict of a report object. */
enum run_verdict report_verdict(const json_t *report, bool *unsafe_interrupts);
/* Text form: a summary of at most 24 lines of 80 columns, then the details. Caller frees. */
char *report_to_text(const json_t *report) must_check;
/* The summary alone. */
char *report_to_summary(const json_t *report) must_check;
/* Indented JSON with sorted keys, ending in a newline. Caller frees. */
char *report_to_json(const json_t *report) must_check;
/* Reads a journal or a report.json, told apart by content. NULL with the error logged. */
json_t *report_load(const char *path) must_check;

#endif
