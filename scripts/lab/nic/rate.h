/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A limit of what a queue sends, in bits per second. A short burst is let through at once.
 */
#ifndef VFPROOF_LAB_NIC_RATE_H
#define VFPROOF_LAB_NIC_RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate {
	uint64_t bits_per_s; /* 0: no limit */
	int64_t next; /* when all that was sent has gone by at this rate, in nanoseconds */
};

/* When the next frame may be sent: not after @now if it may go at once. */
int64_t rate_when(const struct rate *rate, int64_t now);
/* A frame is sent. */
void rate_take(struct rate *rate, int64_t now, size_t bytes);

#endif
