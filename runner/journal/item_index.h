/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds items by case and subject, however many there are: a report has thousands, and looking for
 * each among all takes a time that grows with the square of their number.
 */
#ifndef VFPROOF_JOURNAL_ITEM_INDEX_H
#define VFPROOF_JOURNAL_ITEM_INDEX_H

#include <jansson.h>
#include "base/util.h"

/* Zeroed at first. */
struct item_index {
	json_t *subjects; /* subject -> case -> number */
	unsigned int n;
};

/* The number of the item, or -1 if it is not in the index. */
int item_index_find(const struct item_index *index, const char *id, const char *subject);
/*
 * The number of the item: if it is new it is added, and gets the next one, from 0 on. -ENOMEM if it
 * cannot be, which is also said of text that is no UTF-8.
 */
int item_index_add(struct item_index *index, const char *id, const char *subject) must_check;
void item_index_free(struct item_index *index);

#endif
