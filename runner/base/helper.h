/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls a function in a process of its own, so that it can neither block the caller for ever (a
 * sysfs write can wait for a guest) nor end it (libpci calls exit() on an error).
 */
#ifndef VFPROOF_BASE_HELPER_H
#define VFPROOF_BASE_HELPER_H

#include "base/util.h"

/*
 * Returns what @fn(@arg) returned (0 or -errno), -ETIMEDOUT after @timeout_ms, -EIO if the process
 * ended without a result. The process is killed then; one that cannot be killed (it sleeps in the
 * kernel) is left behind. Memory that @fn writes is the caller's only if it is mapped MAP_SHARED.
 */
int helper_run(int (*fn)(void *arg), void *arg, unsigned int timeout_ms) must_check;

#endif
