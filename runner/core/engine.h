/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out a plan: each item in a child of its own, with a deadline, its undo and a look at
 * whether the machine is as it was.
 */
#ifndef VFPROOF_CORE_ENGINE_H
#define VFPROOF_CORE_ENGINE_H

#include "core/plan.h"
#include "core/watchdog.h"

struct engine_shared;
struct klog;
struct store;

struct engine {
	/* Borrowed; set by the caller. */
	const struct settings *settings;
	const struct sysroot *root;
	const struct inventory *inv;
	struct store *store;
	/* The engine's own. */
	struct engine_shared *shared; /* memory that the children write to */
	struct klog *klog;
	struct watchdog watchdog;
	uint64_t taint; /* the kernel's marks of death so far */
	int kmsg; /* descriptor, -1: kernel messages cannot be watched */
	bool stuck; /* a process hangs in the kernel: nothing more can be tried on this boot */
	unsigned int recover_ms; /* deadline of undo and baseline together */
	unsigned int settle_ms; /* how long the baseline may take to come back */
};

/* Call with the borrowed members set. Returns 0 or -errno. */
int engine_open(struct engine *e) must_check;
/* Stops the watchdog, unless a stuck process is to be ended by it (@reboot). */
void engine_close(struct engine *e, bool reboot);

/*
 * Runs what is not done of the plan, journalling each item. Returns 0, also when items failed and
 * when it had to stop at a stuck process (e->stuck); -errno if nothing can be journalled.
 */
int engine_run(struct engine *e, const struct plan *plan) must_check;

/* baseline_clean_slate() in a child with a deadline. Returns 0 or -errno; may set e->stuck. */
int engine_clean_slate(struct engine *e) must_check;

#endif
