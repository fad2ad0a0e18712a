/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report: built from the journal alone as a JSON object (docs/report.schema.json), and rendered
 * from that object to every form.
 */
#ifndef VFPROOF_REPORT_REPORT_H
#define VFPROOF_REPORT_REPORT_H

#include <jansson.h>
#include "base/util.h"
#include "model/verdict.h"

#define REPORT_SCHEMA "vfproof-report/1"
#define REPORT_SUMMARY_LINES 24
#define REPORT_COLUMNS 80

/*
 * @events is journal_parse()'s result; @damaged its count. Items begun and not ended are CRASHED,
 * planned ones never begun NOTRUN. advice_load() comes first. Caller owns the result, NULL only
 * without memory.
 */
json_t *report_build(const json_t *events, unsigned int damaged) must_check;
/*
 * Decides the run's verdict from "items" and what was found wrong with the run (texts, an array):
 * sets "verdict", "verdict_reasons" and "counts" of @report.
 */
void report_decide(json_t *report, const json_t *problems);
/* The run's verdict of a report object. */
enum run_verdict report_verdict(const json_t *report, bool *unsafe_interrupts);

/* The summary: at most REPORT_SUMMARY_LINES lines of REPORT_COLUMNS columns. Caller frees. */
char *report_to_summary(const json_t *report) must_check;
/* Every item with all that is known about it. Caller frees. */
char *report_to_details(const json_t *report) must_check;
/* Text form: the summary, then the details. Caller frees. */
char *report_to_text(const json_t *report) must_check;
/* Indented JSON with sorted keys, ending in a newline. Caller frees. */
char *report_to_json(const json_t *report) must_check;
/* "VFPROOF-RESULT: VERDICT pass=N ...", without a newline: the line that labs parse. */
void report_to_result_line(const json_t *report, char *buf, size_t size);
/* Details, summary and result line to the consoles; @lava: the signals of LAVA as well. */
void report_to_consoles(const json_t *report, bool lava);
/* FAIL, TIMEOUT or CRASHED. */
bool report_is_failure(const json_t *item);
/* True if the plan was the quick one, whose answer must not be taken for the full one's. */
bool report_is_quick(const json_t *report);
/*
 * Why a port that can have VFs, or may have them, was not tested, as text in @buf. False: it is no
 * such port.
 */
bool report_untested_text(const json_t *nic, char *buf, size_t size);

/* Reads a journal or a report.json, told apart by content. NULL with the error logged. */
json_t *report_load(const char *path) must_check;

#endif
