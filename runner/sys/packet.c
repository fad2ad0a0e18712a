/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet sockets. */
#include "sys/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int packet_open(const char *ifname, const struct packet_socket *want, uint8_t mac[6])
{
	_cleanup_close_ int fd = -1;
	struct ifreq ifr = { 0 };
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(want->ethertype) };
	int on = 1;

	if (!util_strlcpy(ifr.ifr_name, sizeof(ifr.ifr_name), ifname))
		return -EINVAL;
	/* Protocol 0: nothing is received before the bind. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (want->ignore_outgoing &&
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0)
		return -errno;
	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want->buffer, sizeof(want->buffer));
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		return -errno;
	if (mac)
		memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	if (ioctl(fd, SIOCGIFINDEX, &ifr) < 0)
		return -errno;
	addr.sll_ifindex = ifr.ifr_ifindex;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return util_take_fd(&fd);
}

ssize_t packet_read(int fd, void *buf, size_t size, bool *outgoing)
{
	struct sockaddr_ll from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, buf, size, 0, (struct sockaddr *)&from, &len);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	*outgoing = from.sll_pkttype == PACKET_OUTGOING;
	return n;
}
