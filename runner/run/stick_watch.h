/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stick while a run goes on, and after it: one that is pulled out is missed at once, and one
 * that is put in gets all of the journal. What can block is done by a child.
 */
#ifndef VFPROOF_RUN_STICK_WATCH_H
#define VFPROOF_RUN_STICK_WATCH_H

#include "base/child.h"
#include "journal/stick.h"
#include "journal/store.h"

struct stick_watch {
	/* Borrowed; set by the caller. */
	const struct sysroot *root;
	struct store *store;
	struct stick *stick;
	const char *host; /* for the name of a new folder */
	const char *name; /* label or UUID of a stick */
	/* Its own. */
	uint64_t next_ms;
	uint64_t tried; /* block_usb_state() of the last time */
	bool begun, busy, missed;
	struct child child;
};

/* Looks once, if it is time to; @watch is a struct stick_watch. Returns at once. */
void stick_watch_tick(void *watch);
/* Waits for the end of what is under way. */
void stick_watch_end(struct stick_watch *w);

#endif
