/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readiness rules: configs/rules.ini, linked in. Each says what a host or a port has to do, where
 * that is written, and which cases show it. docs/readiness.md has them all.
 */
#ifndef VFPROOF_REPORT_READINESS_H
#define VFPROOF_REPORT_READINESS_H

#include <jansson.h>
#include <stdio.h>
#include "base/util.h"

/*
 * [{id, level, title, source, cases: [id, ...]}, ...] in the order of the file. Caller owns the
 * result; NULL with the wrong line logged, or without memory.
 */
json_t *rules_load(void) must_check;
/* The same from a text in place of the linked table, for tests. */
json_t *rules_load_text(const char *text) must_check;
/* NULL if there is none of that id. Borrowed. */
const json_t *rules_find(const json_t *rules, const char *id);
/* Id of the rule that the case belongs to, "" if there is none. Borrowed. */
const char *rules_of_case(const json_t *rules, const char *id);
/*
 * Decides the run's verdict by report_decide(), with what is needed for it before and what follows
 * from it: names the rule of each of the report's items ("rule"), adds "waivers" from the journal's
 * @start (NULL: there is none), and "rules", each with its "state":
 *
 * - "failed": a required item failed, did not end in time or crashed; a waiver does not change
 * that;
 * - "not tried": nothing failed, and a case was not in the plan, skipped, not run, or could not be
 *   carried out;
 * - "not applicable": the machine's own word is that the rule has no meaning for it;
 * - "met": all else.
 *
 * "why" says which items are to blame for the first two. Returns 0 or -ENOMEM.
 */
int readiness_decide(json_t *report, const json_t *start, const json_t *problems) must_check;
/* The same states of @rules alone, for the items of @report: sets its "rules". */
int readiness_add(json_t *report, const json_t *rules) must_check;
/* How many of the report's rules have that state; false if it has no rules. */
bool readiness_count(const json_t *report, const char *state, unsigned int *count);
/* "31 met, 2 failed, 4 not tried, 3 not applicable" in @buf; false if the report has no rules. */
bool readiness_text(const json_t *report, char *buf, size_t size);
/* The tables of docs/readiness.md, one for each level, in Markdown. */
void rules_put_markdown(FILE *f, const json_t *rules);

#endif
