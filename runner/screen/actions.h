/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operator's keys do beside turning pages: a port's LED blinks, the run is run again. Only
 * when the run is over: nothing here may get in the way of an item.
 */
#ifndef VFPROOF_SCREEN_ACTIONS_H
#define VFPROOF_SCREEN_ACTIONS_H

#include "screen/model.h"
#include "screen/tty.h"
#include "sys/identify.h"

struct sysroot;

struct actions {
	struct identify led;
	uint64_t said_until_ms; /* when what the model says of a key is taken back, 0: it stays */
	bool asked; /* for another run: no key counts until it has begun */
};

/* Takes a key that was pressed on @page. False if it is none of these. */
bool actions_key(struct actions *a, const struct sysroot *root, struct model *m, unsigned int page,
		 enum tty_key key);
/* Once a second: what the model says of it, "said" and "marked". */
void actions_tick(struct actions *a, struct model *m);
/* Ends what goes on. */
void actions_end(struct actions *a);

#endif
