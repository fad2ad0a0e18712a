/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic through the network stacks of host and guests: ends with IP addresses, and transfers
 * between them (wire/transfer.h), each end of which is a process of its own.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_NET_H
#define VFPROOF_CASES_NET_H

#include "base/child.h"
#include "cases/guest.h"
#include "cases/pair.h"
#include "cases/station.h"
#include "wire/agent_net.h"

#define NET_START_MS 10000
#define NET_SLACK_MS                                                                 \
	60000 /* of a transfer, above the time that it is to send: hosts can be slow \
	       */
#define NET_PORT 5001

/* Hosts of the test network that each port under test has for itself. */
enum net_host { NET_HOST_PF = 1, NET_HOST_PEER = 2, NET_HOST_VF = 10 /* and the VF's number */ };

/* A netdev with a test address of each family. One of @g and @s is there. */
struct net_end {
	struct ctx *ctx;
	struct guest *g; /* NULL: of the host */
	struct station *s; /* NULL: of a guest */
	char what[32], ifname[IFNAMSIZ];
	struct ip_address v4, v6;
};

/* Gives the netdev of a guest's NIC its addresses; others and neighbours of before are gone. */
int net_open_guest(struct net_end *e, struct guest *g, unsigned int nic,
		   unsigned int host) must_check;
/* The same with any netdev of the guest's. */
int net_open_netdev(struct net_end *e, struct guest *g, const char *what, const char *ifname,
		    unsigned int host) must_check;
/* The same with a station's; the undo is recorded. */
int net_open_station(struct net_end *e, struct station *s, unsigned int host) must_check;
/* Takes them away again. Fine for one that is not open. */
int net_close(struct net_end *e);
const struct ip_address *net_address(const struct net_end *e, enum ip_family family);

/* One end of a transfer. All zero: not started. */
struct net_transfer {
	struct net_end *end;
	struct transfer_config config;
	struct transfer_state state; /* as last read */
	bool running;
	struct child child; /* of a station's: its process, */
	struct transfer_state *shared; /* and what it writes */
	uint32_t handle; /* of a guest's */
};

/* Starts the transfer at its end: interface and addresses are filled in. Waits until it is ready.
 */
int net_transfer_start(struct net_transfer *f, struct net_end *end, const struct net_end *far,
		       enum ip_family family) must_check;
/* Brings f->state up to date. */
int net_transfer_read(struct net_transfer *f) must_check;
/* Waits until it is done, at most its own time-out; how it ended is in f->state. */
int net_transfer_await(struct net_transfer *f) must_check;
/* Ends it whatever it does; f->state has the last of it. Fine for one that was not started. */
int net_transfer_stop(struct net_transfer *f);
/* The same for both, after a failure, too. */
void net_transfers_end(struct net_transfer *a, struct net_transfer *b);

/* What is asked of TCP. */
struct net_tcp {
	struct net_end *from, *to; /* the one that sends, and the one that receives */
	enum ip_family family;
	bool to_connects; /* the end that receives is the client; else the one that sends is */
	unsigned int streams;
	uint64_t min_bytes, max_bytes;
	unsigned int budget_ms;
	bool plain, fault; /* as in struct transfer_config */
};

/* Carries it out. How it went is in both states: see net_tcp_judge(). */
int net_tcp_run(const struct net_tcp *t, struct transfer_state *sent,
		struct transfer_state *got) must_check;
/*
 * All arrived whole, hashed at both ends; evidence "net.tcp". Returns 0, or -errno with the
 * FAIL recorded: a reset (tcp_reset), a connection that does not come or go on (tcp_stalls), or
 * wrong bytes (@corrupt: its label).
 */
int net_tcp_judge(const struct net_tcp *t, const struct transfer_state *sent,
		  const struct transfer_state *got, const char *corrupt) must_check;
/* Mb/s at the end that receives. */
double net_rate(const struct transfer_state *got);
/* @count echo requests or UDP messages from one end to the other, one after the other. */
int net_ask(struct net_end *from, struct net_end *to, enum ip_family family, bool udp,
	    unsigned int count, unsigned int size, struct transfer_state *out) must_check;

/*
 * A request to the agent. Returns the reply's length, or the agent's own -errno; if the guest is
 * lost, that is recorded and *@lost is true.
 */
int net_call(struct guest *g, enum agent_type type, const void *req, size_t len, void *reply,
	     size_t size, bool *lost) must_check;
/* "PF - VF 0". */
char *net_way(const struct net_end *from, const struct net_end *to, char *buf, size_t size);

#endif
