/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the agent about one-way flows of test frames (wire/flow.h), and their structures. As
 * in agent_proto.h integers are little-endian.
 */
#ifndef VFPROOF_WIRE_AGENT_FLOW_H
#define VFPROOF_WIRE_AGENT_FLOW_H

#include <stdint.h>

/* Of enum agent_type. */
#define AGENT_FLOW_OPEN 24 /* struct agent_flow_open: count on a netdev from now on */
#define AGENT_FLOW_READ 25 /* struct agent_flow_name -> struct flow_row[] */
#define AGENT_FLOW_CLOSE 26 /* struct agent_flow_name */
#define AGENT_FLOW_SEND 27 /* struct agent_flow -> struct flow_sent */
#define AGENT_FLOOD_START 28 /* struct agent_flood: a child sends as fast as it can */
#define AGENT_FLOOD_END 29 /* no payload -> struct flow_sent; -EAGAIN while it sends */

#define FLOW_MAX 16u /* flows that one counter tells apart */
#define FLOW_MAX_ROWS 48u
#define FLOW_MAX_FRAMES 4096u
/* The session of flow @i; a base ends in four zero bits. */
#define FLOW_OF(base, i) ((base) + (i))

/* Frames of one session and one tag. */
struct flow_row {
	uint32_t session;
	uint16_t tpid, tci; /* of the outer VLAN tag; tpid 0: none */
	uint16_t inner_tpid, inner_tci; /* of a second one */
	uint32_t good; /* distinct frames that are whole */
	uint32_t corrupt;
	uint32_t duplicate; /* whole, and beyond the first of that number */
} __attribute__((packed));

struct flow {
	uint8_t dst[6], src[6];
	uint32_t session;
	uint32_t first; /* number of the first frame */
	uint32_t count; /* first + count is at most FLOW_MAX_FRAMES */
	uint32_t size; /* of the frame without a tag, in bytes; 0: varying, up to 1514 */
	uint16_t tpid, tci; /* tag in the frame; tpid 0: none */
} __attribute__((packed));

struct flow_sent {
	uint32_t frames; /* that the netdev has taken */
	int32_t error; /* -errno of the first that it did not take; no more are sent then */
	uint64_t us; /* what sending took */
} __attribute__((packed));

struct agent_flow_open {
	char ifname[16];
	uint32_t base;
	uint32_t promisc;
} __attribute__((packed));

struct agent_flow_name {
	char ifname[16];
} __attribute__((packed));

struct agent_flow {
	char ifname[16];
	struct flow flow;
} __attribute__((packed));

#define FLOOD_MAX_MS 20000u

struct agent_flood {
	char ifname[16];
	struct flow flow; /* its frames over and over */
	uint32_t ms; /* for so long, at most FLOOD_MAX_MS */
} __attribute__((packed));

#endif
