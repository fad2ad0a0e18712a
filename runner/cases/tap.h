/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the macvtap cases are made of: a parent and a far end (tap_parent.c), macvtaps with a
 * guest's NIC on each (tap_port.c), and what their mode promises (tap_mode.c).
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_TAP_H
#define VFPROOF_CASES_TAP_H

#include "cases/guest_plug.h"
#include "cases/rig.h"
#include "cases/station.h"
#include "sys/macvtap.h"
#include "sys/vhost.h"

#define TAP_GUESTS 2
#define TAP_MAX_PORTS 8 /* root ports of the first guest, too */
#define TAP_MAX_QUEUES 2 /* as many as the first guest has processors */

/*
 * The fixture: guests without devices of their own that go on running between the items. The PF
 * and its peer are up, so that no item has to wait for their links; the VF is made for the first
 * item that needs it and stays, as making it resets the port.
 */
struct taps {
	struct guest guests[TAP_GUESTS];
	struct rig rig; /* the PF, and the VF once there is one */
	char vf_ifname[IFNAMSIZ];
	bool trusted; /* the VF, by the PF */
	struct station peer; /* the port over the wire, if there is one */
};

/* One of the combinations. */
struct tap_kind {
	bool vf; /* the parent is a VF, else the PF */
	enum macvlan_mode mode;
	bool vhost;
	unsigned int queues; /* 0: one */
};

/* A macvtap and the NIC that a guest has on it. */
struct tap_port {
	char ifname[IFNAMSIZ]; /* "" until it is to be created */
	uint8_t mac[6];
	int fd; /* of its character device, -1 once QEMU has it */
	char id[12], net[16]; /* QEMU's, of device and backend */
	struct guest *guest;
	unsigned int nic; /* slot of the guest's */
	bool backend, device; /* QEMU has it */
	struct vhost_use before; /* the traffic */
};

struct tap {
	struct ctx *ctx;
	struct tap_kind kind;
	struct taps *taps;
	char parent[IFNAMSIZ];
	uint8_t parent_mac[6];
	struct station *far; /* the peer, or this: */
	struct station own;
	unsigned int n_ports;
	struct tap_port ports[TAP_MAX_PORTS]; /* two: port i is guest i's; else all the first's */
	char told[200]; /* what a tap_scene's check has found, for the result */
};

/* A case that is not one of the combinations: what is done once the ports work. */
struct tap_scene {
	struct tap_kind kind;
	unsigned int n_ports;
	const char *expected;
	int (*check)(struct tap *t);
};

/* Carries it out with the fixture: what a case's function has to return. */
int tap_run_scene(struct ctx *ctx, const struct tap_scene *s) must_check;
extern const struct fixture taps_fixture;

/* Parent and far end, both with a link. The peer is the far end if there is one. */
int tap_open_parent(struct tap *t) must_check;

/* The far end is from now on behind the NIC's own switch: the wire does not pass what it should. */
int tap_leave_wire(struct tap *t) must_check;

/* Creates the macvtap of port @i. */
int tap_create_port(struct tap *t, unsigned int i) must_check;
/* Opens its device and checks that frames for its MAC come to it. */
int tap_open_port(struct tap *t, unsigned int i) must_check;
/* Plugs a virtio-net NIC on it into the port's guest. */
int tap_plug_port(struct tap *t, unsigned int i) must_check;
/* The guest's NIC works: driver, MAC, link, traffic with the far end; vhost moves it or does not.
 */
int tap_check_port(struct tap *t, unsigned int i) must_check;
/* Takes NICs from the guests and macvtaps from the parent, as far as there are any. */
int tap_close_ports(struct tap *t) must_check;

/* What the mode promises. */
int tap_check_mode(struct tap *t) must_check;
/* After tap_close_ports(): nothing of the macvtaps is left on the parent. */
int tap_check_parent(struct tap *t) must_check;

/* Sends test frame @seq of the session from @fd, whose netdev has MAC @src. */
int tap_send_frame(int fd, const uint8_t src[6], const uint8_t dst[6], uint32_t session,
		   uint32_t seq) must_check;

#endif
