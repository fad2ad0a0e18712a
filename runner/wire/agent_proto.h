/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol between runner and agent, over the virtio-serial port AGENT_PORT_NAME.
 *
 * Every message is a struct agent_header followed by len payload bytes. Integers are little-endian
 * (both ends are x86-64). The runner asks with a sequence number, the agent answers with the same
 * type and number; the only message that the agent sends unasked is AGENT_HELLO. A message of an
 * unknown version, a type above AGENT_TYPE_MAX or above AGENT_MAX_PAYLOAD ends the conversation.
 */
#ifndef VFPROOF_WIRE_AGENT_PROTO_H
#define VFPROOF_WIRE_AGENT_PROTO_H

#include <stdint.h>

#define AGENT_PORT_NAME "org.vfproof.agent.0"
#define AGENT_MAGIC 0x41504656u /* "VFPA" */
#define AGENT_VERSION 5
#define AGENT_MAX_PAYLOAD 16384
#define AGENT_MAX_NETDEVS 160 /* an answer has room for as many */

enum agent_type {
	AGENT_HELLO = 1, /* agent -> runner: struct agent_hello */
	AGENT_NETDEVS, /* no payload -> struct agent_drivers, struct agent_netdev[] */
	AGENT_LINK_UP, /* struct agent_link -> struct agent_netdev, once there is carrier */
	AGENT_ECHO_START, /* struct agent_echo: answer test frames on a netdev from now on */
	AGENT_ECHO_STOP, /* struct agent_link -> struct agent_echo_stats */
	AGENT_KLOG, /* struct agent_klog_request -> struct agent_klog and lines "<level>text" */
	AGENT_POWEROFF, /* no payload, answered before the guest goes down */
	AGENT_EXCHANGE, /* struct agent_exchange -> struct agent_exchange_stats */
	AGENT_TYPE_MAX = 127, /* none is above it */
};

struct agent_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t seq;
	int32_t status; /* replies: 0 or -errno */
	uint32_t len;
} __attribute__((packed));

struct agent_hello {
	uint32_t version;
	uint32_t uptime_ms; /* of the guest when its agent was ready */
	char kernel[64];
} __attribute__((packed));

/*
 * How far the guest is with the drivers of its devices. They are loaded beside the protocol: a
 * driver that takes minutes, or never ends, keeps no request waiting.
 */
struct agent_drivers {
	char loading[32]; /* the module that is being loaded, "" if none is */
	char failed[32]; /* the last module that could not be loaded, "" if there was none */
	uint32_t loading_ms; /* for how long it has been */
	int32_t error; /* of @failed: -errno */
	uint32_t busy; /* 1: not all of them are loaded yet */
	uint32_t netdevs; /* how many there are: more than follow, if there is no room */
} __attribute__((packed));

struct agent_netdev {
	char ifname[16];
	char driver[32]; /* of the device under it, "" if none */
	char pci[16]; /* the guest's address of it, "" if none */
	uint8_t mac[6];
	uint8_t carrier;
	uint8_t up;
	int32_t speed_mbps; /* -1 unknown */
	uint64_t rx_packets, tx_packets;
} __attribute__((packed));

struct agent_link {
	char ifname[16];
	uint32_t timeout_ms;
} __attribute__((packed));

struct agent_echo {
	char ifname[16];
	uint32_t session; /* even; its frames are counted, those of session + 1 only answered */
} __attribute__((packed));

struct agent_echo_stats {
	uint32_t received; /* distinct frames of the session with the right payload */
	uint32_t corrupt; /* frames of the session with a wrong payload */
	uint32_t answered;
} __attribute__((packed));

struct agent_klog_request {
	uint64_t from; /* number of the first kernel message that is wanted; 0: since boot */
} __attribute__((packed));

/* Messages of level 0 to 4, errors (0 to 3) first, as far as they fit. */
struct agent_klog {
	uint64_t next; /* what to ask for the next time */
	uint32_t left_out; /* messages that did not fit */
	uint32_t overrun; /* 1: the kernel has lost messages before they were read */
} __attribute__((packed));

/* The agent asks, as the runner does otherwise; nothing else is answered meanwhile. */
struct agent_exchange {
	char ifname[16];
	uint8_t peer[6];
	uint16_t count; /* frames, at most TRAFFIC_MAX_FRAMES */
	uint32_t session; /* even */
	uint32_t probe_ms; /* how long the path may take to answer at all; 0: it is not asked */
	uint32_t timeout_ms; /* of the exchange itself */
} __attribute__((packed));

struct agent_exchange_stats {
	int32_t probe; /* 0, or -ETIMEDOUT: no probe was answered, and nothing more was sent */
	/* As struct traffic_counts. */
	uint32_t sent, answered, corrupt, duplicate;
	uint32_t broadcast_sent, broadcast_answered;
	int32_t send_error;
} __attribute__((packed));

_Static_assert(sizeof(struct agent_drivers) + AGENT_MAX_NETDEVS * sizeof(struct agent_netdev) <=
		       AGENT_MAX_PAYLOAD,
	       "all of them in one reply");

#endif
