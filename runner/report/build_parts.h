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

/* What is known of an item that has no "end". */
struct unended {
	const char *id, *subject;
	enum without what;
	const json_t *entry; /* of the plan, NULL: none */
	const char *title; /* used where the entry has none */
	const char *reason; /* why it never began, "": the run ended before */
	const json_t *last_words; /* what the kernel said at its end, NULL: unknown */
};

/* Caller owns the result, NULL without memory. */
json_t *build_item_without_end(const struct unended *u) must_check;
/* The line that tells the most of a kernel's last words, "" of none. */
const char *build_telling_line(const json_t *last_words);

/* The texts of an array, without anything else that may be in it. Caller owns the result. */
json_t *build_texts(const json_t *array);

/* Who signs the report, as the event says: an object, or null for nobody. Caller owns the result.
 */
json_t *build_signer(const json_t *signer);
/* What was booted, and how: an object, or null if it is not known. Caller owns the result. */
json_t *build_boot(const json_t *boot);

/* Case and subject of what was planned. Caller owns the result, NULL without memory. */
json_t *build_plan(const json_t *entries) must_check;
/* What of which run was run again, as the "start" says. Caller owns the result. */
json_t *build_again(const json_t *again);
/* The files that were added to the appliance, as the "start" says. Caller owns the result. */
json_t *build_overlay(const json_t *start);
/*
 * The ports: as the run began (@at_first, its "nics"), and with what they were found to reach later
 * (@wires, by address). Caller owns the result.
 */
json_t *build_nics(const json_t *at_first, const json_t *wires);

/*
 * A text for each port of "nics" that can have VFs, or may have them, and was not tested: which,
 * and why. Caller owns the result.
 */
json_t *build_not_certified(const json_t *nics);

/* Adds in words what an event says that keeps the run from being QUALIFIED, apart from items. */
void build_event_problems(json_t *problems, const json_t *event);

#endif
