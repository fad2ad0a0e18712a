/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that make up engine.h share: slots, and the schedule of a plan.
 */
#ifndef VFPROOF_ENGINE_ENGINE_STATE_H
#define VFPROOF_ENGINE_ENGINE_STATE_H

#include "engine/engine.h"
#include "engine/unit.h"

#define ENGINE_ALL_PORTS UINT64_MAX

/* What a unit runs in: as many of them as units may be under way at a time. */
struct slot {
	struct engine *engine;
	struct child process; /* pid 0: free */
	int relay;
	struct unit unit;
	uint64_t alive, seen_ms; /* shared->alive as it was, and when the engine last looked */
	unsigned int silent_ms; /* for how long it has stayed so while the engine looked */
	struct unit_shared *shared; /* memory that the unit's processes write to */
};

/* A unit of the plan, and how far it is. */
struct planned_unit {
	unsigned int first, n;
	uint64_t own; /* the port that its items are about; all ports for those of the host */
	uint64_t ports; /* all that it needs, once they are known */
	uint64_t answers; /* those whose kernel messages it judges */
	bool others; /* it needs others than its own */
	bool after_all; /* the port that the host booted from */
	bool started;
};

struct schedule {
	const struct plan *plan;
	unsigned int n;
	struct planned_unit *units;
	uint64_t busy; /* ports of units under way */
	unsigned int running;
	bool waits; /* for what another port is to be known */
};

/* Cuts what is not done of the plan into units; @s->units is the caller's to free. */
int engine_make_units(const struct engine *e, const struct plan *plan,
		      struct schedule *s) must_check;
/*
 * Starts what can be started. A port's own work comes before what needs other ports, and its next
 * unit that waits for another port keeps that port's next one from going first.
 */
int engine_start_units(struct engine *e, struct schedule *s) must_check;
/* NULL: all of them are busy. */
struct slot *engine_free_slot(struct engine *e);
/* See clean_slate_make(). */
int engine_clean_ports(struct engine *e, uint64_t ports) must_check;
/* Has a process begin with the unit. */
int slot_start(struct engine *e, struct slot *slot, struct schedule *s,
	       struct planned_unit *t) must_check;
/* What is to be done now and then while something is waited for. @arg is the engine. */
void engine_tick(void *arg);

#endif
