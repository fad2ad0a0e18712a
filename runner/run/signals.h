/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of LAVA on the consoles while the run goes on: each when its item has ended, so that a
 * hang, a crash or a time limit keeps what was done. If the setting "reports" names the form.
 *
 * None is sent twice, also if the run is gone on with after a crash. An item's "end" is in the
 * journal before its signal is sent, and of an item that crashed a "signalled" is: who goes on
 * takes these for sent. The console has sent a signal before the next event is journalled, so that
 * at most that of the journal's last event can be missing; a note says so.
 */
#ifndef VFPROOF_RUN_SIGNALS_H
#define VFPROOF_RUN_SIGNALS_H

#include "report/lava.h"

struct plan;
struct settings;
struct store;

struct signals {
	const struct settings *settings;
	struct store *store;
	struct lava lava;
	unsigned int n_lost; /* not taken by some console */
	char lost[200]; /* the first of them */
};

/* Begins to follow what is appended to the store. All pointers are borrowed. */
void signals_open(struct signals *s, const struct settings *settings, struct store *store);
void signals_close(struct signals *s);
/*
 * The run of @events, as of journal_outline(), is gone on with: sends those of the items that had
 * begun, and crashed, unless an earlier boot has.
 */
void signals_resume(struct signals *s, const json_t *events);
/* As struct engine's unit_died; @arg is a struct signals. */
void signals_unit_died(void *arg, const struct plan *plan, unsigned int first, unsigned int n);
/* No item is tried any more: notes in the journal what consoles have not taken. */
void signals_finish(struct signals *s);
/* What report_to_consoles() needs: NULL if no signals are wanted. */
struct lava *signals_rest(struct signals *s, const json_t *report);

#endif
