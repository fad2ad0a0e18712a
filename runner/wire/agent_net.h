/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's requests about the guest's own network stack (agent_proto.h has their numbers).
 */
#ifndef VFPROOF_WIRE_AGENT_NET_H
#define VFPROOF_WIRE_AGENT_NET_H

#include "sys/ethtool_queue.h"
#include "sys/irq.h"
#include "wire/agent_proto.h"
#include "wire/transfer.h"

#define AGENT_MAX_TRANSFERS 8u /* at a time */

struct agent_net_address {
	char ifname[16];
	uint8_t clear; /* 1: all test addresses and neighbours of the netdev are removed first */
	uint8_t add; /* 1: it gets this one */
	struct ip_address address;
} __attribute__((packed));

struct agent_transfer {
	uint32_t handle;
} __attribute__((packed));

enum agent_set { AGENT_GET, AGENT_OFF, AGENT_ON };

struct agent_feature {
	char ifname[16];
	char name[32]; /* the kernel's: "tx-tcp-segmentation" */
	uint8_t set; /* enum agent_set */
} __attribute__((packed));

struct agent_channels {
	char ifname[16];
	uint8_t set; /* 1: to @counts, of which a number that is 0 stays 0 */
	struct ethtool_channel_counts counts;
} __attribute__((packed));

struct agent_irq_affinity {
	char ifname[16];
	uint32_t irq; /* one of the netdev's */
	uint32_t mask; /* of the processors that it is to go to */
} __attribute__((packed));

/* Two netdevs under a new one, of which @primary is active as long as it has a link. */
struct agent_bond {
	char ifname[16];
	char primary[16], other[16];
} __attribute__((packed));

struct agent_master {
	char master[16]; /* the netdev on top of this one, "" if there is none */
	char active[16]; /* of a bond: the active one of those below it */
} __attribute__((packed));

_Static_assert(IRQ_MAX_VECTORS * sizeof(struct irq_vector) <= AGENT_MAX_PAYLOAD, "in one reply");
_Static_assert(sizeof(struct netdev_counters) <= AGENT_MAX_PAYLOAD, "in one reply");

#endif
