/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns for what makes an IOMMU report a fault on purpose.
 *
 * Linux tells of Intel's IOMMUs ten lines in five seconds, of all units together, and drops the
 * rest (dmar_fault() in drivers/iommu/intel/dmar.c; the interval and the burst are those of
 * include/linux/ratelimit_types.h). A fault uses up three of them: the line about the unit's
 * status, the fault's own line, and one that is never printed, for the look at the next record. So
 * of the fourth fault within five seconds the status is told, and neither who did it nor where.
 *
 * All our processes take turns, of which two are in one interval.
 */
#ifndef VFPROOF_SYS_FAULT_TURN_H
#define VFPROOF_SYS_FAULT_TURN_H

#include "base/util.h"

struct sysroot;

/* For which the kernel counts, and a little more. */
#define FAULT_TURN_MS 5500u
#define FAULT_TURNS 2u /* in that time */

struct fault_turn {
	int fd; /* -1: there is no file to wait at */
	uint64_t ended_ms[FAULT_TURNS]; /* the last turns of all processes, in util_now_ms() */
};

/*
 * Waits until it is the turn of this process, and until the kernel can tell of one more fault. The
 * time is noted in the root's hold. A process that dies ends its turn. Where no file can be made,
 * or a turn never ends, this one is there without.
 */
void fault_turn_begin(const struct sysroot *root, struct fault_turn *t);
/*
 * Ends it. @used_up: the kernel may have told all that it does in this interval, so that the next
 * turn, whosever it is, begins with a new one.
 */
void fault_turn_end(struct fault_turn *t, bool used_up);

#endif
