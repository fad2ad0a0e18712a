/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time that the deadline of an item does not count: what it waits for other ports' work, and work
 * that has a deadline of its own. It is noted in memory that the waiting process and the one that
 * watches its deadline share.
 */
#ifndef VFPROOF_BASE_HOLD_H
#define VFPROOF_BASE_HOLD_H

#include "base/util.h"

struct hold {
	uint64_t total_ms; /* of holds that are over */
	uint64_t since_ms; /* when the one under way began, 0: none is */
};

/* Both do nothing if @h is NULL. Holds do not nest. */
void hold_begin(struct hold *h);
void hold_end(struct hold *h);
/* All of it up to now; 0 if @h is NULL or holds what cannot be true. */
uint64_t hold_ms(const struct hold *h);

#endif
