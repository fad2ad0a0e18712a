/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a netdev is set up, and netdevs on top of it: rtnetlink through libmnl. For the host and, in
 * its agent, the guest. All return 0 or the kernel's -errno.
 */
#ifndef VFPROOF_SYS_LINK_CONFIG_H
#define VFPROOF_SYS_LINK_CONFIG_H

#include "base/util.h"

int link_set_mtu(const char *ifname, unsigned int mtu) must_check;
/* IFF_PROMISC and IFF_ALLMULTI as the operator's own, besides what sockets ask for. */
int link_set_promisc(const char *ifname, bool on) must_check;
int link_set_allmulti(const char *ifname, bool on) must_check;
/* Adds or removes a group address of the netdev, below any protocol: SIOCADDMULTI. */
int link_set_group(const char *ifname, const uint8_t mac[6], bool join) must_check;
/* A VLAN device on @parent; it is down. @protocol is 0x8100 or 0x88a8. */
int link_add_vlan(const char *ifname, const char *parent, unsigned int vid,
		  uint16_t protocol) must_check;
/* A macvlan in bridge mode on @parent; it is down. */
int link_add_macvlan(const char *ifname, const char *parent, const uint8_t mac[6]) must_check;

#endif
