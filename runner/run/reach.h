/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports reach each other over the wire. It is found out, not configured: every port sends
 * test frames to the broadcast address, and all others listen.
 */
#ifndef VFPROOF_RUN_REACH_H
#define VFPROOF_RUN_REACH_H

#include <net/if.h>
#include "base/child.h"

struct inventory;
struct sysroot;

struct reach_port {
	char ifname[IFNAMSIZ]; /* "": nothing to be tried */
	bool was_up, carrier;
	int fd; /* packet socket, -1 if it has none */
	uint8_t mac[6];
	uint64_t reaches; /* bit per port that has seen its frames */
};

/*
 * Brings the netdevs of @n ports (at most 64) up, waits for their carriers for at most @carrier_ms,
 * and sends for at most @probe_ms. Fills in carrier and reaches. Link states are put back.
 */
void reach_probe(struct reach_port *ports, unsigned int n, unsigned int carrier_ms,
		 unsigned int probe_ms);

/*
 * Chooses each NIC's peer from what it reaches and what reaches it: ports are put into pairs as far
 * as there are two, so that a pair can be used while others are; SR-IOV PFs come first.
 */
void reach_choose_peers(struct inventory *inv);

/*
 * Probes all NICs of the inventory and fills in their reaches and peer, in a child with a deadline.
 * @tick may be NULL. Returns 0; -errno, with no port reaching any, if that did not work.
 */
int reach_find(const struct sysroot *root, struct inventory *inv,
	       const struct child_tick *tick) must_check;

#endif
