/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which levels (model/level.h) the run and each of its ports have reached. A level is reached if
 * that before it is, and all its cases that mean something for the port were run and passed (WARN
 * is a pass, and what is not applicable is no case of the port's). The run's are those that all
 * tested ports have.
 */
#ifndef VFPROOF_REPORT_LEVELS_H
#define VFPROOF_REPORT_LEVELS_H

#include <jansson.h>
#include "base/util.h"

/*
 * Adds "levels" to @report, whose "items" are there. @plan and @beyond are the journal's: what was
 * planned, and the cases that the program has and the plan has not; nothing is added if either
 * says no levels, as in journals of older programs. @problems (texts) are what was wrong with the
 * run apart from its items: with any of them no level is reached. Returns 0 or -ENOMEM.
 */
int levels_add(json_t *report, const json_t *plan, const json_t *beyond,
	       const json_t *problems) must_check;
/*
 * The member of "levels" of a port's address, or of the run ("run"), in words in @buf: "base,
 * guests; network lacks cfg_vlan 0000:01:00.0 failed, and 3 more". False: the report has none.
 */
bool levels_text(const json_t *report, const char *subject, char *buf, size_t size);
/* The name of the highest level that the run has reached, "none" if it has none; NULL: unknown. */
const char *levels_highest(const json_t *report);

#endif
