/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network links of PFs and VFs: rtnetlink through libmnl.
 */
#ifndef VFPROOF_SYS_LINK_H
#define VFPROOF_SYS_LINK_H

#include <net/if.h>
#include "base/util.h"
#include "sys/netdev.h"
#include "sys/pci_addr.h"

#define LINK_TEST_ETHERTYPE 0x88b5 /* IEEE 802, local experimental 1 */

struct sysroot;

struct link_info {
	char ifname[IFNAMSIZ];
	int ifindex;
	uint8_t mac[6];
	bool admin_up, carrier;
	unsigned int carrier_changes; /* how often it has come and gone */
	unsigned int mtu, max_mtu; /* max_mtu 0: not told */
	int speed_mbps; /* -1 unknown */
	char duplex[8]; /* "full", "half", "" */
	uint64_t rx_packets, tx_packets, rx_errors, tx_errors;
};

int link_get(const char *ifname, struct link_info *info) must_check;
int link_set_up(const char *ifname, bool up) must_check;
int link_set_mac(const char *ifname, const uint8_t mac[6]) must_check;
/* Removes a link made here (macvtap, VLAN), whoever has it open. -ENODEV: there is none. */
int link_delete(const char *ifname) must_check;
/*
 * Moves the netdev into the network namespace @netns, a descriptor of it; it is down then. -EEXIST:
 * its name is taken there.
 */
int link_move(const char *ifname, int netns) must_check;
/*
 * Waits until the netdev of the PCI device is in this network namespace (again), or, if @dev is all
 * zero, a netdev of this name. Returns 0, -ETIMEDOUT.
 */
int link_wait_home(const struct sysroot *root, const struct pci_addr *dev, const char *ifname,
		   unsigned int timeout_ms) must_check;
/* Waits for the carrier of a netdev that is up. -ETIMEDOUT if it stays without. */
int link_await_carrier(const char *ifname, unsigned int timeout_ms) must_check;
/* Brings the netdev up and waits for its carrier. -ETIMEDOUT if it stays without. */
int link_wait_carrier(const char *ifname, unsigned int timeout_ms) must_check;
/*
 * Sends @count broadcast frames of the local experimental ethertype and waits until the netdev has
 * counted them as sent. Returns 0, -ETIMEDOUT if it does not, or -errno.
 */
int link_send_frames(const char *ifname, unsigned int count, unsigned int timeout_ms) must_check;
/* Valid unicast MAC: not zero, not multicast. */
bool link_mac_valid(const uint8_t mac[6]);
char *link_mac_format(const uint8_t mac[6], char buf[18]);

#endif
