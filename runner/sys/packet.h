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
 * Reads one frame. Returns its length, 0 if there is none now, -errno. *@outgoing: the kernel says
 * that this host sent it.
 */
ssize_t packet_read(int fd, void *buf, size_t size, bool *outgoing) must_check;

#endif
