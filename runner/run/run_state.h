/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a run, for the files that make up run.h.
 */
#ifndef VFPROOF_RUN_RUN_STATE_H
#define VFPROOF_RUN_RUN_STATE_H

#include "base/sysroot.h"
#include "engine/engine.h"
#include "journal/stick.h"
#include "journal/store.h"
#include "model/settings.h"
#include "run/overlay.h"
#include "run/reach.h"
#include "sys/inventory.h"
#include "sys/watchdog.h"

struct run {
	struct sysroot root;
	struct settings settings;
	struct overlay overlay;
	struct inventory inv;
	struct store store;
	struct stick stick;
	struct engine engine;
	struct plan plan;
	struct reach reach;
	struct watchdog watchdog;
	bool no_advice; /* the table of root causes cannot be read */
	bool consoles; /* are open */
	bool same_boot; /* a runner of this boot died in mid-run */
	bool resumed;
};

/* Opens the consoles that the settings name, and closes those that were open. */
void run_open_consoles(struct run *r);
/* All settings anew, from what is there by now: the overlay's give way to the stick's. */
void run_read_settings(struct run *r);
/* The end state and where the serial console is, for the appliance's init. */
void run_write_finish(struct run *r, enum finish finish);

#endif
