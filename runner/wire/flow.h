/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One-way flows of test frames with any source, destination and VLAN tag, and counters of what
 * comes of them to any netdev. Runner and agent have the same. Nothing is answered, so that whoever
 * sends many frames has to look now and then whether they were counted: see FLOW_BURST.
 */
#ifndef VFPROOF_WIRE_FLOW_H
#define VFPROOF_WIRE_FLOW_H

#include "base/util.h"
#include "wire/agent_flow.h"
#include "wire/frames.h"

#define FLOW_BURST 64u /* frames that any NIC's receive ring has room for */
#define FLOW_BUFFER (4 << 20) /* of a socket, in bytes */

/* Counts the flows FLOW_OF(base, 0..FLOW_MAX - 1) at one netdev. */
struct flow_counter {
	int fd;
	uint32_t base;
	unsigned int n_rows;
	struct flow_row rows[FLOW_MAX_ROWS];
	uint8_t seen[FLOW_MAX_ROWS][FLOW_MAX_FRAMES / 8];
};

/* A random base of sessions. */
uint32_t flow_new_base(void);
/*
 * Opens a counter on a netdev that is up. @promisc: frames for others are counted too; else they
 * are if the NIC hands them over. Returns 0 or -errno; the caller closes c->fd.
 */
int flow_open(struct flow_counter *c, const char *ifname, uint32_t base, bool promisc) must_check;
/*
 * Counts what has come, at most 4096 frames a call. Returns 1 if there may be more, 0, or -errno of
 * the socket; that the netdev went down is none.
 */
int flow_take(struct flow_counter *c) must_check;
/*
 * Sends a flow's frames on @ifname. Returns 0 also if they are not taken: @done says how many
 * were, and why no more. -EINVAL: not a flow.
 */
int flow_send(const char *ifname, const struct flow *f, struct flow_sent *done) must_check;
/* Frames of a row that came with this tag (tpid 0: with none) and are whole, each counted once. */
uint32_t flow_count(const struct flow_row *rows, unsigned int n, uint32_t session, uint16_t tpid,
		    uint16_t tci);
/* All frames of a session, whatever their tag, also those that are not whole. */
uint32_t flow_count_any(const struct flow_row *rows, unsigned int n, uint32_t session);

#endif
