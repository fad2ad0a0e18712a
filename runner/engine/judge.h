/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the end of an item means for its result, apart from what the case itself has found.
 */
#ifndef VFPROOF_ENGINE_JUDGE_H
#define VFPROOF_ENGINE_JUDGE_H

#include "engine/baseline.h"
#include "model/ctx.h"
#include "base/child.h"

/* The case function came back with @ret. */
void judge_return(struct item_result *res, int ret);
/*
 * True, with the ERROR recorded, if the kernel has killed process @pid, which has ended like @end,
 * because the host has no memory left: no device did that.
 */
bool judge_no_memory(struct item_result *res, const struct child_end *end,
		     const struct sysroot *root, pid_t pid);
/* Its process ended, or was ended after @timeout_ms, before the case function came back. */
void judge_end(struct item_result *res, const struct child_end *end, uint64_t timeout_ms);
/* @end is that of the process that undid the item's work and waited for the baseline. */
void judge_baseline(struct item_result *res, const struct sysroot *root,
		    const struct child_end *end, const struct baseline *before,
		    const struct baseline *after);
/* A process that not even SIGKILL ends: where in the kernel it hangs. */
void judge_stuck(struct item_result *res, const struct sysroot *root, pid_t pid);
/*
 * The kernel's marks of an oops or a soft lockup, which outlive its messages: a new one since
 * *@taint fails the item. *@taint becomes what there is now.
 */
void judge_taint(struct item_result *res, const struct sysroot *root, uint64_t *taint);

#endif
