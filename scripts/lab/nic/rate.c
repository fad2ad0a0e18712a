// SPDX-License-Identifier: GPL-2.0-or-later
#include "rate.h"

#define BURST_NS 1000000 /* what an emulated machine's time may be off by */
#define OVERHEAD 24 /* checksum, preamble and gap of a frame on the wire */

int64_t rate_when(const struct rate *rate, int64_t now)
{
	if (!rate->bits_per_s)
		return now;
	return rate->next - BURST_NS;
}

void rate_take(struct rate *rate, int64_t now, size_t bytes)
{
	if (!rate->bits_per_s)
		return;
	if (rate->next < now)
		rate->next = now;
	rate->next += (bytes + OVERHEAD) * 8 * 1000000000ull / rate->bits_per_s;
}
