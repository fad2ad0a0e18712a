/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may have caused an item's failure, the likeliest first: symptoms by rank, then by severity,
 * then in the order in which they were seen, and the finding's own label among them as a direct
 * cause. Each label is there once.
 */
#ifndef VFPROOF_MODEL_CAUSE_H
#define VFPROOF_MODEL_CAUSE_H

#include <jansson.h>
#include "model/advice.h"

#define CAUSES_MAX 8
#define CAUSE_SEEN_SIZE 400

struct cause {
	const struct symptom *symptom; /* NULL: the finding's own label */
	const char *label;
	char seen[CAUSE_SEEN_SIZE]; /* the text that the symptom was seen in */
};

struct causes {
	unsigned int n;
	struct cause list[CAUSES_MAX];
};

/* Adds what a symptom says; nothing if it is harmless and no hint. The least likely ones give way.
 */
void causes_add(struct causes *c, const struct symptom *s, const char *seen);
/* Adds the finding's own label, after all symptoms. */
void causes_add_label(struct causes *c, const char *label);
/* Array of all but the first, as in the report. Caller owns the result; NULL if there is none. */
json_t *causes_to_json(const struct causes *c);

#endif
