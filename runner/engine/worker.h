/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that cases run in: it keeps the fixture between them, and may die of any of them.
 */
#ifndef VFPROOF_ENGINE_WORKER_H
#define VFPROOF_ENGINE_WORKER_H

#include "engine/unit_state.h"

/* What the unit asks for; each command is answered by one byte when it is done. */
struct worker_command {
	enum { WORKER_RUN, WORKER_CLOSE } what;
	unsigned int item; /* of the plan */
	uint64_t deadline_ms; /* util_now_ms() at which the worker is killed */
};

struct worker {
	struct unit *u;
	int commands; /* a sequenced-packet socket */
	int parent_end; /* the unit's end, to be closed */
	void *state; /* of the open fixture */
	const struct fixture *fixture;
	struct ctx ctx; /* one for all items: a fixture may keep pointers to it */
};

/* Serves commands until the other end is closed. @arg is a struct worker. */
int worker_main(void *arg);

#endif
