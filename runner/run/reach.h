/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports reach each other over the wire. It is found out, not configured
 * (run/reach_probe.h), and goes on beside the work that needs no other port: a switch may keep a
 * port waiting for half a minute when its link comes up.
 */
#ifndef VFPROOF_RUN_REACH_H
#define VFPROOF_RUN_REACH_H

#include "base/child.h"
#include "run/reach_probe.h"

struct inventory;
struct nic;
struct settings;
struct store;
struct watchdog;

struct reach {
	/* Borrowed; set by the caller. */
	const struct sysroot *root;
	const struct settings *settings;
	struct inventory *inv;
	struct store *store; /* NULL: nothing is journalled */
	struct watchdog *watchdog; /* NULL: none */
	/* Its own. */
	struct reach_probe *probe;
	struct child child; /* pid 0: none */
	uint64_t idle_ms; /* util_now_ms() since when all else waits for it, 0: it does not */
	bool tried; /* there was more than one port to try */
	bool over; /* no more is found out */
	bool late; /* it goes on beside the run, or did */
	int err; /* -errno: it did not end by itself */
};

/*
 * Chooses the peer of each NIC that has none yet from those that it reaches over the wire: ports
 * are put into pairs as far as there are two, so that a pair can be used while others are; SR-IOV
 * PFs come first. With @over, a port that is left gets one that has a peer already, or is no PF.
 */
void reach_choose_peers(struct inventory *inv, bool over);

/*
 * Looks for the ports that reach each other, for as long as one that forwards at once needs, and
 * fills in what the inventory says of wires and carriers. What is left then goes on in a child.
 * All ports stay up until reach_end(): two that are joined by a cable have a link only while both
 * are, and a switch makes each link that comes up wait. Ports that are left out are not touched.
 */
void reach_begin(struct reach *r);
/*
 * True once it is known which port @pf reaches: its peer, or why it has none. @idle says that
 * nothing else is done meanwhile. @arg is a struct reach.
 */
bool reach_is_known(void *arg, const struct nic *pf, bool idle);
/* Journals what is known now: for a run that goes on, whose "run" has what was found before. */
int reach_journal(const struct reach *r) must_check;
/* Ends it, and takes down the ports that were down. */
void reach_end(struct reach *r);

#endif
