/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which run on the stick is gone on with: the newest of this host that was not finished. The host
 * is known by serial number, UUID and board serial number, as the firmware tells them, and by the
 * MACs of its ports; these are known only when drivers have been loaded, of which a host may die.
 * So a run in which something was run already waits until they are, and what happens meanwhile is
 * in a folder of its own.
 */
#ifndef VFPROOF_RUN_ADOPT_H
#define VFPROOF_RUN_ADOPT_H

#include "journal/folders.h"
#include "journal/store.h"
#include "model/settings.h"
#include "sys/inventory.h"

struct adoption {
	char bare[FOLDERS_NAME]; /* a run that was cut off before it had a plan, "" none */
	char waiting[FOLDERS_NAME]; /* one with a plan, if the MACs are this host's, "" none */
	unsigned int
		in_vain; /* last runs of this host, with other settings, in which nothing ended */
	bool made; /* the folder in use is a new one of this boot */
};

/* Looks for all three. */
void adopt_search(struct adoption *a, int stick, const struct host_info *host,
		  const struct settings *settings, const json_t *overlay);
/* True if there is a run of this host, whatever its settings, that was not finished. */
bool adopt_is_wanted(int stick, const struct host_info *host);
/*
 * Now that the ports are known: has @store go on with the run that waits, if it is this host's; the
 * folder that was used meanwhile is removed if it is new, else finished. Returns 1 with the notes
 * that were taken meanwhile in *@notes (texts with "incomplete", caller owns them), 0 if the run is
 * none of this host's or there is none, or -errno: the folder stays what it is.
 */
int adopt_waiting(struct adoption *a, struct store *store, int stick, const struct inventory *inv,
		  json_t **notes) must_check;

#endif
