/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run has measured, as the report has it and its page draws it.
 */
#ifndef VFPROOF_REPORT_FIGURE_LIST_H
#define VFPROOF_REPORT_FIGURE_LIST_H

#include <jansson.h>
#include "base/util.h"

/*
 * An array of what the evidence of "items" has measured (report.schema.json, "figures"): an entry
 * for each case, port, kind of figure and number of what it depends on. Values are in the kind's
 * own unit. "plot" is what is drawn together, "series" its name there, or "". Caller owns the
 * result, NULL without memory.
 */
json_t *figure_list(const json_t *report);
/* Adds "figures" to a report: that list, without what only a plot needs. 0 or -ENOMEM. */
int figure_list_add(json_t *report) must_check;

#endif
