/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out a plan: units (engine/unit.h) of different ports side by side, as far as cores and
 * memory allow, and each port's in the order of the plan.
 */
#ifndef VFPROOF_ENGINE_ENGINE_H
#define VFPROOF_ENGINE_ENGINE_H

#include "model/plan.h"

#define ENGINE_MAX_SLOTS 16

struct nic;
struct slot;
struct store;
struct strays;
struct unit_board;
struct watchdog;

struct engine {
	/* Borrowed; set by the caller. */
	const struct settings *settings;
	struct sysroot *root;
	const struct inventory *inv;
	struct store *store;
	struct watchdog *watchdog; /* fed while the engine makes progress; NULL: there is none */
	/*
	 * True once it is known which port @pf reaches; until then what needs other ports waits.
	 * @idle: nothing is under way. NULL: it is known.
	 */
	bool (*peer_is_known)(void *arg, const struct nic *pf, bool idle);
	void *peer_arg;
	/* Called a few times a second while units are under way; may append to the store. NULL:
	 * none. */
	void (*each_tick)(void *arg);
	void *tick_arg;
	/*
	 * A unit's process has died: of its items, @n from the plan's @first on, that which had
	 * begun is CRASHED. May append to the store. NULL: nobody is told.
	 */
	void (*unit_died)(void *arg, const struct plan *plan, unsigned int first, unsigned int n);
	void *died_arg;
	/* The engine's own. */
	struct slot *slots; /* units that may be under way at a time */
	unsigned int n_slots;
	unsigned int guest_memory_mb; /* what the guests of one slot may have; 0: unknown */
	struct unit_board *board; /* memory that all processes see */
	struct strays *strays; /* kernel messages that no item answers for */
	uint64_t taint; /* the kernel's marks of death so far */
	int kmsg; /* descriptor, -1: kernel messages cannot be watched */
	bool stuck; /* a process hangs in the kernel: nothing more can be tried on this boot */
	unsigned int recover_ms; /* deadline of undo and baseline together */
	unsigned int silent_ms; /* a unit's process that does nothing for so long is ended */
	unsigned int settle_ms; /* how long the baseline may take to come back */
};

/* Call with the borrowed members set. Returns 0 or -errno. */
int engine_open(struct engine *e) must_check;
void engine_close(struct engine *e);

/*
 * Runs what is not done of the plan, journalling each item. Returns 0, also when items failed and
 * when it had to stop at a stuck process (e->stuck); -errno if nothing can be journalled.
 */
int engine_run(struct engine *e, const struct plan *plan) must_check;

/* See clean_slate_make(), for all ports; may set e->stuck. */
int engine_clean_slate(struct engine *e) must_check;

/*
 * How many units may be under way at a time: the setting "parallel", or by itself one for each
 * two processors (two if there are two or three) as far as memory goes, at most one for each PF.
 */
unsigned int engine_count_slots(const struct settings *settings, const struct sysroot *root,
				const struct inventory *inv);

#endif
