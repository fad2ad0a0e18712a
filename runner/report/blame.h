/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What failed, or could not be carried out, by its cause: "causes" of the report. All forms that
 * show causes take them from there.
 */
#ifndef VFPROOF_REPORT_BLAME_H
#define VFPROOF_REPORT_BLAME_H

#include <jansson.h>
#include "base/util.h"

/*
 * Groups the items of @report: sets its "causes". First come those that have decided the run's
 * verdict; of these, and of the others, those of the most items. Takes steps in proportion to the
 * number of items. Returns 0 or -ENOMEM.
 */
int blame_add(json_t *report) must_check;

/* The item that stands for all of a cause. Borrowed. */
const json_t *blame_first(const json_t *report, const json_t *cause);
/* The item at a place of @places, which is "items" or "follows" of a cause. Borrowed. */
const json_t *blame_item(const json_t *report, const json_t *places, size_t i);
/* All items of a cause, with those that only follow from it. */
size_t blame_count(const json_t *cause);
/* True if there is more to say of it than its first item does. */
bool blame_has_more(const json_t *cause);
/* "23 items, port 0000:01:00.0; 20 of them only follow from it" */
void blame_extent(const json_t *cause, char *buf, size_t size);
/*
 * "1 cause, 23 items, all 4 ports", of several causes without the ports. False if the report has
 * none.
 */
bool blame_headline(const json_t *report, char *buf, size_t size);

#endif
