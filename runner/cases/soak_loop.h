/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds of the same work for a stated time: counted, their figures summed up for each hour, the
 * first failure kept whole.
 */
#ifndef VFPROOF_CASES_SOAK_LOOP_H
#define VFPROOF_CASES_SOAK_LOOP_H

#include "model/ctx.h"

#define SOAK_HOUR_MS 3600000u
#define SOAK_FAILED_IN_A_ROW 3u /* rounds: nothing will come of it any more */

struct soak_loop {
	/*
	 * One round. 0 to go on; otherwise the finding or the error is recorded, as everywhere.
	 * What it records for undo is undone at its end.
	 */
	int (*round)(struct ctx *ctx, void *arg);
	void *arg;
	uint64_t ms; /* for how long rounds are begun */
	uint64_t report_ms; /* figures are summed up as often */
	uint64_t (*now_ms)(void); /* util_now_ms() */
	unsigned int rounds; /* instead of @ms: how many; 0: by the time */
};

/*
 * Carries the rounds out, at least one. What a round that passed has recorded as evidence is
 * summed up and dropped; that of the first one that failed stays. Goes on after a round that
 * failed, until SOAK_FAILED_IN_A_ROW have. Returns what the case's function has to return; the
 * verdict is recorded.
 */
int soak_loop_run(struct ctx *ctx, const struct soak_loop *loop) must_check;

#endif
