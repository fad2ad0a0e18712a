/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet sockets: packet(7).
 */
#ifndef VFPROOF_SYS_PACKET_H
#define VFPROOF_SYS_PACKET_H

#include "base/util.h"

struct packet_socket {
	uint16_t ethertype; /* in host order; ETH_P_ALL: all, what leaves among them */
	int buffer; /* bytes that may wait to be read; what it cannot have it goes without */
	bool ignore_outgoing;
};

/*
 * Opens a non-blocking raw socket on the netdev. @mac (may be NULL) gets the netdev's MAC. Returns
 * a descriptor or -errno.
 */
int packet_open(const char *ifname, const struct packet_socket *want, uint8_t mac[6]) must_check;

/*
 * What the kernel says of a frame. It takes the outer VLAN tag out of the frame before any socket
 * sees it (__netif_receive_skb_core() in Linux' net/core/dev.c), and hands a frame of a VLAN that
 * nobody here is in to sockets all the same.
 */
struct packet_info {
	bool outgoing; /* this host sent it */
	bool tagged;
	uint16_t tpid, tci; /* of the tag, in host order */
};

/* Reads one frame. Returns its length, 0 if there is none now, -errno. */
ssize_t packet_read(int fd, void *buf, size_t size, struct packet_info *info) must_check;
/* Frames for others are seen as well, as long as the socket is open. Returns 0 or -errno. */
int packet_set_promisc(int fd) must_check;

#endif
