/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of LAVA: which a run has, by which ids, and which of them have been sent.
 *
 * LAVA keeps a result by its id, which it makes lower case, with a "_" for each run of characters
 * that are no letter, digit or "_" (lava_dispatcher/actions/test/monitor.py). So two items may get
 * one id; from the second on such have a number behind them, in the order of the plan, whatever
 * the order they end in.
 */
#ifndef VFPROOF_REPORT_LAVA_H
#define VFPROOF_REPORT_LAVA_H

#include <jansson.h>
#include "journal/item_index.h"

#define LAVA_LINE 320 /* bytes that the longest signal needs: a line of the console has 400 */

struct lava_item {
	char *id;
	bool sent;
	bool begun, ended; /* for who follows a run */
	bool decides; /* it is required */
};

/* Zeroed at first. */
struct lava {
	struct item_index items; /* of a case and a subject, or of a kind of signal and its name */
	struct item_index used; /* ids */
	struct lava_item *list; /* by the number of "items" */
	unsigned int size;
};

/*
 * Gives ids to what is not an item, to ports (@nics: objects with "address") and then to @items:
 * the plan of a journal's "run", or the items of a report. Returns 0 or -ENOMEM.
 */
int lava_begin(struct lava *l, const json_t *nics, const json_t *items) must_check;
/*
 * Borrowed, until another one is asked for; NULL without memory. One that is asked for the first
 * time gets its id now.
 */
struct lava_item *lava_item(struct lava *l, const char *id, const char *subject);
void lava_free(struct lava *l);

/* The signal of an item that has ended, as in the journal or a report, with a newline. */
void lava_format_item(char line[LAVA_LINE], const struct lava_item *i, const json_t *item);
/*
 * Writes all signals of a report that are not marked as sent: items, and then what is only known
 * at the end: levels, counts and verdict. Returns 0 or -ENOMEM.
 */
int lava_put_rest(FILE *f, const json_t *report, struct lava *l) must_check;

#endif
