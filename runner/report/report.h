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

#define REPORT_MAX_SIZE (512ul << 20) /* of a report.json */

/*
 * Makes a report from a journal's events, one after the other in their order. Items begun and not
 * ended are CRASHED (ERROR, if their end may be a line that is missing), planned ones never begun
 * NOTRUN. advice_load() comes first. report_begin() returns NULL without memory; report_end() then
 * as well.
 */
struct journal_damage;
struct report_builder;
/* @damage: what counts along with the events (journal_read()), NULL if nothing does. Borrowed. */
struct report_builder *report_begin(const struct journal_damage *damage) must_check;
/* @event stays the caller's, and must not be changed any more: the report shares parts of it. */
void report_take(struct report_builder *b, json_t *event);
/*
 * @damage: all that is wrong with the journal. Ends @b. Caller owns the result, NULL only without
 * memory.
 */
json_t *report_end(struct report_builder *b, const struct journal_damage *damage) must_check;
/*
 * All of it from a journal file, seen from @dirfd. Returns 0, or -errno if it cannot be read; there
 * is a report then, too, which says so. *@report is NULL only without memory. *@n_events is the
 * number of whole lines.
 */
int report_read_journal(int dirfd, const char *path, json_t **report, size_t *n_events) must_check;
/*
 * Decides the run's verdict from "items" and what was found wrong with the run (texts, an array):
 * sets "verdict", "verdict_reasons" and "counts" of @report.
 */
void report_decide(json_t *report, const json_t *problems);
/*
 * True if the reasons go by the evidence of the item, or of its "end" event: whoever leaves
 * evidence out, to save memory, keeps that.
 */
bool report_needs_evidence(const json_t *item);
/* The run's verdict of a report object. */
enum run_verdict report_verdict(const json_t *report, bool *unsafe_interrupts);

/*
 * The forms write to @f and return 0 or -ENOMEM; whether all could be written is the stream's to
 * say. form_print() makes a text of one.
 */
/* The summary: at most REPORT_SUMMARY_LINES lines of REPORT_COLUMNS columns. */
int report_put_summary(FILE *f, const json_t *report) must_check;
/* Every item with all that is known about it. */
int report_put_details(FILE *f, const json_t *report) must_check;
/* Text form: the summary, then the details. */
int report_put_text(FILE *f, const json_t *report) must_check;
/* Indented JSON with sorted keys, ending in a newline. */
int report_put_json(FILE *f, const json_t *report) must_check;
/* "VFPROOF-RESULT: VERDICT pass=N ...", without a newline: the line that labs parse. */
void report_to_result_line(const json_t *report, char *buf, size_t size);
struct lava;
/*
 * Details, summary and result line to the consoles; with @lava, the signals of LAVA that have not
 * been sent as well, NULL: none.
 */
void report_to_consoles(const json_t *report, struct lava *lava);
/* The verdict of an item; VERDICT_NONE if it has none that is known. */
enum verdict report_item_verdict(const json_t *item);
/* FAIL, TIMEOUT or CRASHED. */
bool report_is_failure(const json_t *item);
/* True if the plan was the quick one, whose answer must not be taken for the full one's. */
bool report_is_quick(const json_t *report);
/*
 * Why a port that can have VFs, or may have them, was not tested, as text in @buf of about 80
 * bytes. False: it is no such port.
 */
bool report_untested_text(const json_t *nic, char *buf, size_t size);

/*
 * Why a report is not sound, in @why: another schema, a damaged member or item, an item twice. It
 * may quote the report, and has to be sanitised. False: it is sound.
 */
bool report_fault(const json_t *report, char *why, size_t size);

/*
 * Gives what was booted, and who signs the report, to @take, a fact at a time; a text that is not
 * known is "".
 */
typedef void report_take_fact(const char *name, const char *text, void *arg);
void report_each_boot_fact(const json_t *report, report_take_fact *take, void *arg);

/* Reads a journal or a report.json, told apart by content. NULL with the error logged. */
json_t *report_load(const char *path) must_check;
/* The same; a report of a schema that this program does not know is returned as it is. */
json_t *report_load_any(const char *path) must_check;

#endif
