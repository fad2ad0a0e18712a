/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic that goes on while the way under it changes: messages from a guest to a far end, each
 * answered before the next, and how long none was.
 */
#ifndef VFPROOF_CASES_NET_GAP_H
#define VFPROOF_CASES_NET_GAP_H

#include "cases/net.h"

struct net_gap {
	struct net_transfer ask, echo;
};

/* Starts them, and waits until they are answered: the control. @label is that of a FAIL. */
int net_gap_start(struct net_gap *n, struct net_end *own, struct net_end *far,
		  const char *label) must_check;
/*
 * Waits until messages are answered again that were sent from now on. *@ms: how long after
 * @since_ms (util_now_ms()) that was. -ETIMEDOUT with nothing recorded: not within @timeout_ms.
 */
int net_gap_await(struct net_gap *n, uint64_t since_ms, unsigned int timeout_ms,
		  unsigned int *ms) must_check;
/* Ends them. *@lost: how many were not answered. */
int net_gap_stop(struct net_gap *n, uint64_t *lost);

#endif
