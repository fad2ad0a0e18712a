/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stations: the host's ends of test traffic. The PF of the VFs under test is one as it is. A netdev
 * of another port is moved into a network namespace of its own, so that no frame can take a short
 * cut through the host's stack.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_STATION_H
#define VFPROOF_CASES_STATION_H

#include <net/ethernet.h>
#include <net/if.h>
#include "model/ctx.h"

struct nic;

/*
 * What goes over the wire waits for it: when a link comes up, a switch's port with spanning tree
 * listens and learns for 15 s each before it forwards (IEEE Std 802.1D-2004, 17.14).
 */
#define STATION_WIRE_MS 40000

/* All zero: not open. */
struct station {
	struct ctx *ctx; /* NULL if it is not open */
	char what[32]; /* "PF", "peer 0000:02:00.0" */
	char ifname[IFNAMSIZ];
	uint8_t mac[ETH_ALEN];
	int fd; /* packet socket for test frames (wire/traffic.h) */
	int netns; /* its own network namespace, -1 for the host's */
	int home; /* the host's, if it has one of its own */
	bool wire; /* its frames reach the device under test over the wire */
	const struct nic *port; /* that it is, if it is a peer; its own VFs are not over the wire */
	struct pci_addr addr; /* of the device, if it is away */
};

/* A netdev that stays where it is, and is up. */
int station_open(struct station *s, struct ctx *ctx, const char *ifname,
		 const char *what) must_check;
/*
 * Moves the netdev into a network namespace of its own and brings it up there. The undo is
 * recorded: with the last descriptor of the namespace, as when this process dies, the kernel brings
 * the netdev home.
 */
int station_open_away(struct station *s, struct ctx *ctx, const char *ifname,
		      const char *what) must_check;
/* The same with the port that the item's PF reaches over the wire; there must be one. */
int station_open_peer(struct station *s, struct ctx *ctx) must_check;
/* Calls @fn(@arg) in the station's namespace. Returns what it returned, or -errno. */
int station_call(struct station *s, int (*fn)(void *arg), void *arg) must_check;
/* Waits for its carrier. -ETIMEDOUT, with nothing recorded, or another -errno. */
int station_try_link(struct station *s) must_check;
/* The same; a link that stays down is a FAIL. */
int station_wait_link(struct station *s) must_check;
/* Whether frames of the two stations pass both ways between them, at present. */
bool station_reaches(struct station *a, struct station *b);
/* True if it takes frames and does not count them as sent within 10 s: its transmitter hangs. */
bool station_hangs(struct station *s);
/* Every frame on the wire is seen from now on, not only those for the station. */
int station_set_promisc(struct station *s) must_check;
/* Fine for one that is not open. Waits until the netdev is home again. */
void station_close(struct station *s);

#endif
