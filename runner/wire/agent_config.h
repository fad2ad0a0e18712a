/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the agent that change how the guest's network is set up, and their structures. As in
 * agent_proto.h integers are little-endian. What a driver says of a setting is the status of the
 * reply. A driver that has not come back after CONFIG_MS is left to itself: -ETIME.
 */
#ifndef VFPROOF_WIRE_AGENT_CONFIG_H
#define VFPROOF_WIRE_AGENT_CONFIG_H

#include <stdint.h>

#define CONFIG_MS 8000

/* Of enum agent_type. */
#define AGENT_MODULE 16 /* struct agent_module: load it, if the guest's index has it */
#define AGENT_CONFIG 17 /* struct agent_config */
#define AGENT_LINK_STATE 18 /* struct agent_link_name -> struct agent_link_state, of any netdev */
#define AGENT_DRIVER 19 /* struct agent_driver: unbind a PCI device from its driver, or bind it */

struct agent_module {
	char name[32];
} __attribute__((packed));

enum config_op {
	CONFIG_UP = 1, /* value: 1 up, 0 down */
	CONFIG_MAC, /* mac */
	CONFIG_MTU, /* value */
	CONFIG_PROMISC, /* value: 1 on, 0 off */
	CONFIG_ALLMULTI, /* likewise */
	CONFIG_JOIN, /* value groups from mac on, the last two bytes counting up */
	CONFIG_LEAVE, /* likewise */
	CONFIG_ADD_VLAN, /* a new netdev ifname on link: VLAN value, protocol */
	CONFIG_ADD_MACVLAN, /* a new netdev ifname on link with the MAC mac, bridge mode */
	CONFIG_DELETE, /* such a netdev */
};

#define CONFIG_MAX_GROUPS 256u

struct agent_config {
	char ifname[16];
	char link[16];
	uint32_t op; /* enum config_op */
	uint32_t value;
	uint16_t protocol; /* 0x8100 or 0x88a8 */
	uint8_t mac[6];
} __attribute__((packed));

struct agent_link_name {
	char ifname[16];
} __attribute__((packed));

struct agent_link_state {
	uint8_t mac[6];
	uint8_t up, carrier;
	uint32_t mtu, max_mtu; /* max_mtu 0: not told */
	uint32_t carrier_changes;
	uint64_t rx_packets, tx_packets;
} __attribute__((packed));

struct agent_driver {
	char pci[16]; /* the guest's address */
	char driver[32]; /* to bind it to; "": unbind it from the one it has */
} __attribute__((packed));

#endif
