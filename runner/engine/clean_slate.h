/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts ports to where a run begins, whatever a process that died left on them: no VFs, autoprobe
 * on, no driver_override, their own driver.
 */
#ifndef VFPROOF_ENGINE_CLEAN_SLATE_H
#define VFPROOF_ENGINE_CLEAN_SLATE_H

#include "base/child.h"

struct inventory;
struct sysroot;

struct clean_slate {
	struct sysroot *root; /* its hold is set in the child */
	const struct inventory *inv;
	uint64_t ports; /* a bit per NIC of the inventory */
};

/*
 * Works in a child with a deadline, which does not count the making and removing of VFs, and goes
 * on after a failure. Returns 0 or -errno, which is logged; *@stuck is set if the child cannot be
 * ended.
 */
int clean_slate_make(const struct clean_slate *c, const struct child_tick *tick,
		     bool *stuck) must_check;

#endif
