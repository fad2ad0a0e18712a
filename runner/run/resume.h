/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going on with a run that was cut off, from what its journal holds.
 */
#ifndef VFPROOF_RUN_RESUME_H
#define VFPROOF_RUN_RESUME_H

#include "model/plan.h"
#include "model/settings.h"
#include "sys/inventory.h"

#define RESUME_MAX 3

/*
 * True if the firmware says of this host what it said of the journal's: serial number, UUID, board
 * serial number, product. Two hosts of which it says nothing are alike: see resume_macs_are_ours().
 */
bool resume_is_host(const json_t *events, const struct host_info *host);
/*
 * True if the journal's run is of such a host, BIOS and kernel command line, of this program, with
 * the same files of an overlay and of the same choice of cases.
 */
bool resume_is_ours(const json_t *events, const struct host_info *host,
		    const struct settings *settings, const json_t *overlay);
/*
 * True if at least one port of the journal's run is in this host, by its MAC. Where no MAC is known
 * then or now: true if the firmware has said who this host is.
 */
bool resume_macs_are_ours(const json_t *events, const struct inventory *inv);
/* How often the run was resumed since an item last ended. */
unsigned int resume_count(const json_t *events);
/*
 * True if the ports of the journal's run that are there now are the same ones, with the same
 * firmware: what was proved before of another card says nothing. If not, @what says which differs.
 */
bool resume_ports_are_same(const json_t *events, const struct inventory *inv, char *what,
			   size_t size);
/*
 * The journal's plan, with what was begun marked as done: what crashed is not run again. -ENODATA:
 * the run was cut off before it had a plan. plan_free() in any case.
 */
int resume_plan(struct plan *plan, const json_t *events, const struct inventory *inv) must_check;

#endif
