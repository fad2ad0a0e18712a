/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run is made of, for the files of this folder that carry it out.
 */
#ifndef VFPROOF_RUN_RUN_STATE_H
#define VFPROOF_RUN_RUN_STATE_H

#include "base/sysroot.h"
#include "engine/engine.h"
#include "journal/stick.h"
#include "journal/store.h"
#include "model/plan.h"
#include "model/settings.h"
#include "run/adopt.h"
#include "run/overlay.h"
#include "run/reach.h"
#include "run/signals.h"
#include "run/stick_watch.h"
#include "sys/inventory.h"
#include "sys/watchdog.h"

struct run {
	struct sysroot root;
	struct settings settings;
	struct overlay overlay;
	struct inventory inv;
	struct store store;
	struct stick stick;
	char stick_name[40]; /* the setting of that name when the stick was looked for */
	struct stick_watch watch;
	struct engine engine;
	struct plan plan;
	struct reach reach;
	struct watchdog watchdog;
	struct signals signals;
	bool no_advice; /* the table of root causes cannot be read */
	bool consoles; /* are open */
	bool same_boot; /* a runner of this boot died in mid-run */
	bool resumed;
	json_t *again; /* what of a run before is run again (journal/again.h), NULL: it is a first
			  run */
	struct adoption adoption;
	char later_run[32]; /* on the stick, of this host, by its clock of then; "" none */
};

/* Chooses the folder on the stick: the one of a run to go on with, or a new one. */
void run_open_folder(struct run *r);
/*
 * Journals that the run starts, or goes on, before any driver is loaded: a host that dies of one
 * must leave a trace. Returns -ECANCELED if it has been resumed, or begun, in vain too often: the
 * host stays as it is after that.
 */
int run_begin_journal(struct run *r) must_check;
/*
 * The ports are known: a run on the stick may turn out to be this host's. Returns as
 * run_begin_journal().
 */
int run_choose(struct run *r) must_check;

/*
 * What is run again, if it is: as the operator has asked for, or as the journal says that is gone
 * on with. Before a folder is chosen, and again when the journal is known.
 */
void run_take_again(struct run *r);

/*
 * What the overlay and the stick say of waivers, and whether the clock can be believed, for the
 * journal's "start": {list, problems, clock}. Caller owns the result, NULL without memory.
 */
json_t *run_read_waivers(struct run *r) must_check;

/* Opens the consoles that the settings name, and closes those that were open. */
void run_open_consoles(struct run *r);
/* All settings anew, from what is there by now: the overlay's give way to the stick's. */
void run_read_settings(struct run *r);
/* The end state and where the serial console is, for the appliance's init. */
void run_write_finish(struct run *r, enum finish finish);

#endif
