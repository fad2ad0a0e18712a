/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may hang in a driver is done by a process of its own, which is left behind then.
 */
#ifndef VFPROOF_AGENT_CHILD_H
#define VFPROOF_AGENT_CHILD_H

#include "base/util.h"

/* Returns what @fn(@arg) returns, -ETIME if it has not after @timeout_ms, -EFAULT if it died. */
int agent_child_run(int (*fn)(void *arg), void *arg, unsigned int timeout_ms) must_check;

#endif
