/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waivers: what a lab lets pass although a readiness rule failed. A file WAIVER_FILE in an overlay
 * or at the top of the stick has one section for each, docs/readiness.md says which lines.
 *
 * A waiver never changes an item: what failed is FAIL in every form. It covers a FAIL and nothing
 * else: not what crashed, hung, was skipped, not run or could not be carried out, and not a FAIL
 * that says that what is to be certified is absent (a prerequisite).
 */
#ifndef VFPROOF_REPORT_WAIVER_H
#define VFPROOF_REPORT_WAIVER_H

#include <jansson.h>
#include "base/util.h"
#include "sys/overlay_paths.h"

#define WAIVER_FILE OVERLAY_WAIVERS_NAME
#define WAIVER_FILE_MAX (64u << 10)
#define WAIVER_MAX 64 /* of all files together */

/*
 * Reads a file of waivers, which is not trusted, and adds them to @list:
 * {rule, reason, who, until, port, label, origin}, the last but one "" if it is not said. With
 * anything wrong in it none of its waivers is taken, and each wrong line (eight at most) is named
 * in @problems. @origin: "overlay" or "stick". @rules: of rules_load().
 */
void waivers_parse(const char *text, size_t len, const char *origin, const json_t *rules,
		   json_t *list, json_t *problems);
/* The first moment at which a waiver until that day, "2027-03-31", is over; -1 if it is no day. */
int64_t waiver_end_ms(const char *until);

/*
 * The report's "waivers" from what the journal's "start" says (@from): with "state" and "items".
 * @started, @finished: the run's, by the host's clock. A waiver counts only if it does at both; if
 * the clock cannot be right none does. Adds in words why waivers do not count to @notes. Caller
 * owns the result, NULL without memory.
 */
json_t *waivers_judge(const json_t *from, const char *started, const char *finished,
		      json_t *notes) must_check;
/*
 * The waiver of @waivers that covers the item, which is a required FAIL that is no prerequisite;
 * NULL if none does. Pure: changes nothing. Borrowed.
 */
json_t *waivers_find(const json_t *waivers, const json_t *item);
/* Notes at both that the waiver covers the item. Returns 0 or -ENOMEM. */
int waiver_use(json_t *waiver, json_t *item) must_check;
/* "VR-112, by NAME until DATE: REASON". Caller owns the result, NULL without memory. */
json_t *waiver_text(const json_t *waiver) must_check;

#endif
