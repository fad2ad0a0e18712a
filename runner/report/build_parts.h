/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a report is built of beside build.c. Only members of the right type are taken from an
 * event; what is taken is shared with it, and not copied.
 */
#ifndef VFPROOF_REPORT_BUILD_PARTS_H
#define VFPROOF_REPORT_BUILD_PARTS_H

#include <jansson.h>
#include "base/util.h"

/* An item of the report from its "end" event. Caller owns the result, NULL without memory. */
json_t *build_item_from_end(const json_t *end) must_check;
enum without {
	WITHOUT_BEGIN, /* never begun: NOTRUN */
	WITHOUT_END, /* CRASHED */
	WITHOUT_LINE, /* its end may be in a line that the journal has lost: ERROR */
};

/*
 * An item without an "end". @entry is its entry in the
 * plan, NULL if there is none; @title is used where the entry has none. Caller owns the result,
 * NULL without memory.
 */
json_t *build_item_without_end(const char *id, const char *subject, enum without what,
			       const json_t *entry, const char *title) must_check;

/* The texts of an array, without anything else that may be in it. Caller owns the result. */
json_t *build_texts(const json_t *array);

/*
 * A text for each port of "nics" that can have VFs, or may have them, and was not tested: which,
 * and why. Caller owns the result.
 */
json_t *build_not_certified(const json_t *nics);

/* Adds in words what an event says that keeps the run from being QUALIFIED, apart from items. */
void build_event_problems(json_t *problems, const json_t *event);

#endif
