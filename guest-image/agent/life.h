/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's end: by request, or because the agent cannot go on.
 */
#ifndef VFPROOF_AGENT_LIFE_H
#define VFPROOF_AGENT_LIFE_H

#include "agent.h"

extern const struct agent_request life_requests[];

/* Never returns to the caller: a kernel that cannot do it is left waiting. */
void agent_end(enum agent_end how) __attribute__((noreturn));

#endif
