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
#define RESUME_LOST_PORT 2
#define RESUME_LOST_ALL 4

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
 * Boots (or runners) that items about @subject have cost, NULL for all subjects: an item that hung
 * in the kernel, so that the host had to be restarted, or that was the only one under way when the
 * host or the runner died.
 */
unsigned int resume_count_lost(const json_t *events, const char *subject);
/*
 * Marks as done what is not to be tried any more, since too many boots were lost: the rest of a
 * port after RESUME_LOST_PORT, everything after RESUME_LOST_ALL. @given_up is called for each port,
 * or once with "", with the reason.
 */
void resume_give_up(struct plan *plan, const json_t *events,
		    void (*given_up)(void *arg, const char *subject, const char *reason),
		    void *arg);
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
