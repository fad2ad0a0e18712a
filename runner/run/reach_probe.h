/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that looks for the ports that reach each other: every port sends test frames to the
 * broadcast address, and all others listen. What it finds is in memory that its parent sees at any
 * time, so that nothing is lost if a port, or this process, hangs.
 */
#ifndef VFPROOF_RUN_REACH_PROBE_H
#define VFPROOF_RUN_REACH_PROBE_H

#include <net/if.h>
#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

#define REACH_MAX_PORTS 64

enum reach_state {
	REACH_ASKED, /* is being brought up */
	REACH_READY, /* was brought up, as far as it can be */
	REACH_GONE, /* there is no such netdev */
};

struct reach_port {
	/* Set by the caller. */
	char ifname[IFNAMSIZ]; /* "": nothing to be tried */
	struct pci_addr addr; /* of its device, if there is a sysroot */
	char driver[32];
	bool wanted; /* the search goes on for it: an SR-IOV port */
	uint64_t same_port; /* bit per port that is the same physical port */
	uint64_t other_port; /* bit per port that is another one, as the driver tells */
	uint64_t same_card; /* bit per port that frames may reach inside the card */
	/* Found out. */
	enum reach_state state;
	bool was_up; /* true until it is known: it is not taken down then */
	bool carrier;
	unsigned int carrier_changes;
	uint64_t ready_ms, carrier_ms; /* util_now_ms() since when */
	int ifindex;
	int fd; /* packet socket of the process that probes, -1 if it has none */
	uint8_t mac[6];
	uint64_t reaches; /* bit per port that has seen its frames */
	bool hears_itself; /* its frames came back to it, when there was no other work yet */
	/* Of the ports of the same card: frames to it were counted by its MAC, or were not, or
	 * there is no counter to tell. */
	uint64_t left, stayed, uncounted;
};

struct reach_times {
	unsigned int port_ms; /* what each port may add: the kernel brings one up at a time */
	unsigned int carrier_ms; /* how long all are given to have a carrier */
	unsigned int probe_ms; /* how long all are given to find one another after that */
	/* After that the search goes on beside other work: for a carrier, and for this long after
	 * the last one. 0: it does not. */
	unsigned int late_carrier_ms, late_ms;
};

struct reach_probe {
	struct reach_port ports[REACH_MAX_PORTS];
	unsigned int n;
	struct reach_times times;
	/* Not NULL: netdevs are those of the devices, as their names may change hands. */
	const struct sysroot *root;
	/* link_set_up() and ethtool_read_mac_frames(), or a test's. */
	int (*set_up)(const char *ifname, bool up);
	int (*read_mac)(const char *ifname, const char *driver, uint64_t *frames);
	bool first_done; /* what comes is beside other work */
	bool done;
	uint64_t alive_ms; /* util_now_ms() of its last round */
};

/* Shared memory. NULL if there is none. */
struct reach_probe *reach_probe_new(void) must_check;
void reach_probe_free(struct reach_probe *p);

/*
 * Brings the ports up and probes until it is done. Link states are put back if that was so within
 * the first part, else they are left as they are.
 */
void reach_probe_run(struct reach_probe *p);
/* Takes down again what was not up. */
void reach_probe_put_back(struct reach_probe *p);

/*
 * Bit per port that frames of @i reach, and that reach @i, over the wire: it is another physical
 * port, and of another card, or its MAC has counted them. Where no counter is known, the driver's
 * word counts that it is another physical port.
 */
uint64_t reach_over_wire(const struct reach_probe *p, unsigned int i);
/* Bit per port that frames of @i reach, and that reach @i, whichever way. */
uint64_t reach_mutual(const struct reach_probe *p, unsigned int i);
/*
 * Sends frames from port @from to each port of @to (a bit each), which are of the same card, and
 * looks whether its MAC counts them. Fills in left, stayed and uncounted of @from. Takes a few
 * seconds at most.
 */
void reach_prove_left(struct reach_probe *p, unsigned int from, uint64_t to);

/* Bit per port with a carrier that @i, if it has one too, could reach over a wire. */
uint64_t reach_others(const struct reach_probe *p, unsigned int i);

#endif
