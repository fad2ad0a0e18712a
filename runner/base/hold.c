/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time that deadlines do not count. */
#include "base/hold.h"

#define HOLD_MAX_MS (24ull * 3600 * 1000) /* more is no time, but memory that was written over */

void hold_begin(struct hold *h)
{
	if (h)
		__atomic_store_n(&h->since_ms, util_now_ms(), __ATOMIC_RELEASE);
}

void hold_end(struct hold *h)
{
	const uint64_t now = util_now_ms();

	if (!h || h->since_ms == 0)
		return;
	/*
	 * In this order a reader in between sees too much for a moment. With too little it would
	 * take the deadline for passed.
	 */
	if (now > h->since_ms)
		__atomic_store_n(&h->total_ms, h->total_ms + now - h->since_ms, __ATOMIC_RELEASE);
	__atomic_store_n(&h->since_ms, 0, __ATOMIC_RELEASE);
}

uint64_t hold_ms(const struct hold *h)
{
	uint64_t total, since, now = util_now_ms();

	if (!h)
		return 0;
	since = __atomic_load_n(&h->since_ms, __ATOMIC_ACQUIRE);
	total = __atomic_load_n(&h->total_ms, __ATOMIC_ACQUIRE);
	if (since > 0 && since <= now)
		total += now - since;
	return total > HOLD_MAX_MS ? 0 : total;
}
