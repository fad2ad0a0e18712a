/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels: what a host or a port is good for, each built on the one before. A case belongs to the
 * level of its area, which its id begins with.
 */
#ifndef VFPROOF_MODEL_LEVEL_H
#define VFPROOF_MODEL_LEVEL_H

#include "model/case.h"

enum level {
	LEVEL_BASE, /* the platform, the port, its VFs on the host */
	LEVEL_GUESTS, /* VFs and PFs in guests, hot plug, what must be refused */
	LEVEL_NETWORK, /* macvtap, what a PF sets for its VFs, the guest's network stack */
	LEVEL_ISOLATION, /* a guest's VF does no harm */
	LEVEL_ENDURANCE, /* all of it for hours */
	LEVEL_COUNT,
};

/* "base", "guests", ...; "" for LEVEL_COUNT. */
const char *level_name(enum level level);
/* LEVEL_COUNT if there is none of that name. */
enum level level_parse(const char *name);
/* The areas of cases in their order, "host" first; NULL after the last. */
const char *level_area(size_t i);
/* LEVEL_COUNT if the case's area has none, which is a mistake in its row. */
enum level level_of_case(const struct case_def *def);

#endif
