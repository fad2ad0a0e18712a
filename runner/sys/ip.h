/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP addresses that tests give to netdevs, and sockets that keep to one netdev. All addresses are
 * in the networks that were set aside for tests of network devices, which no real network uses:
 * 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180).
 */
#ifndef VFPROOF_SYS_IP_H
#define VFPROOF_SYS_IP_H

#include "base/util.h"

struct sysroot;

enum ip_family { IP_V4 = 4, IP_V6 = 6 };

/* Bytes only, so that it can be part of a message. */
struct ip_address {
	uint8_t family; /* enum ip_family */
	uint8_t bytes[16]; /* in network order; the first four for IPv4 */
};

#define IP_TEXT_SIZE 48

/* The test address of host @host (1 to 254) in network @net (0 to 511) of the test networks. */
void ip_make(struct ip_address *a, enum ip_family family, unsigned int net, unsigned int host);
/* True if it is one that ip_make() makes. */
bool ip_is_test(const struct ip_address *a);
char *ip_format(const struct ip_address *a, char buf[IP_TEXT_SIZE]);

/*
 * Gives the netdev a test address, usable at once (no duplicate address detection), in a network of
 * 24 (64) bits. -EINVAL: it is none; -EEXIST: the netdev has it.
 */
int ip_add(const char *ifname, const struct ip_address *a) must_check;
/*
 * Removes all test addresses of the netdev and what it has learned of its neighbours. Other
 * addresses stay. Returns 0 or -errno.
 */
int ip_clear(const char *ifname) must_check;
/*
 * From now on this network namespace answers ARP on the netdev only that has the address: without
 * that each netdev answers for all (Linux Documentation/networking/ip-sysctl.rst, arp_ignore), and
 * traffic would take another way than the one to be tested.
 */
int ip_answer_strictly(const struct sysroot *root) must_check;

/*
 * Sockets on the netdev alone (SO_BINDTODEVICE), non-blocking. Return a descriptor or -errno.
 * A connection may still be under way: the descriptor becomes writable, see ip_error().
 */
int ip_listen(const char *ifname, const struct ip_address *local, uint16_t port) must_check;
int ip_connect(const char *ifname, const struct ip_address *local, const struct ip_address *remote,
	       uint16_t port) must_check;
/* UDP. @remote may be NULL: whoever sends. @port is the remote's then, else the local one. */
int ip_open_udp(const char *ifname, const struct ip_address *local, const struct ip_address *remote,
		uint16_t port) must_check;
/* ICMP echo, to and from @remote. The header of IPv4 is in front of what is read. */
int ip_open_ping(const char *ifname, const struct ip_address *local,
		 const struct ip_address *remote) must_check;
/* The socket's pending error: 0 or -errno. */
int ip_error(int fd) must_check;
/* Segments that TCP has sent again (TCP_INFO); 0 if it does not tell. */
uint32_t ip_retransmissions(int fd);

#endif
