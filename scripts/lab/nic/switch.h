/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch between a card's wire and its ports: the PF, and each VF. A model fills in the tables
 * from its registers or commands. Sets of ports are bits of a 64-bit number.
 */
#ifndef VFPROOF_LAB_NIC_SWITCH_H
#define VFPROOF_LAB_NIC_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SWITCH_PORTS 64
#define SWITCH_MACS 128
#define SWITCH_VLANS 64
#define SWITCH_HASHES 4096

struct nic_switch {
	struct {
		uint8_t mac[6];
		uint64_t ports;
	} macs[SWITCH_MACS]; /* who wants frames to this address */
	unsigned int mac_count;
	struct {
		uint16_t vid;
		uint64_t ports;
	} vlans[SWITCH_VLANS]; /* who is a member */
	unsigned int vlan_count;
	uint32_t multicast[SWITCH_HASHES / 32]; /* groups, by the hash of their address */
	unsigned int
		hash_shift; /* the lowest of the 12 bits, counted in the last 16 of the address */
	uint64_t broadcast; /* who wants broadcasts */
	uint64_t multicast_some; /* ... groups that are in the table */
	uint64_t multicast_all;
	uint64_t unicast_all; /* ... everything, if the card lets it in */
	uint64_t untagged; /* who gets frames without a VLAN */
	uint64_t every_vlan; /* who is a member of all */
	uint64_t alive; /* which ports receive at all */
	uint64_t echo; /* who gets one's own broadcasts */
	uint64_t check_mac, check_vlan; /* whose frames are checked for spoofing */
	bool filter_vlans; /* tagged frames go to members only */
	bool loopback; /* frames pass between ports */
	bool let_unicast, let_multicast; /* what nobody asked for is let in from the wire */
	int default_port; /* who gets it; -1: nobody */
};

/* Which ports get a frame from the wire. */
uint64_t switch_from_wire(const struct nic_switch *nic_switch, const uint8_t *frame, size_t len);

/* Which ports get a frame of @port. *@wire: it goes out as well. */
uint64_t switch_from_port(const struct nic_switch *nic_switch, int port, const uint8_t *frame,
			  size_t len, bool *wire);

/* May @port send this? False: its address, or its VLAN, is not its own. */
bool switch_is_allowed(const struct nic_switch *nic_switch, int port, const uint8_t *frame,
		       size_t len);

#endif
