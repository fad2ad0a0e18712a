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
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)
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

/* See packet(7), PACKET_AUXDATA. */
static void packet_take_tag(struct msghdr *msg, struct packet_info *info)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA ||
		    c->cmsg_len < CMSG_LEN(sizeof(aux)))
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			return;
		info->tagged = true;
		info->tci = aux.tp_vlan_tci;
		info->tpid =
			aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETH_P_8021Q;
	}
}

ssize_t packet_read(int fd, void *buf, size_t size, struct packet_info *info)
{
	struct sockaddr_ll from = { 0 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { buf, size };
	struct msghdr msg = { .msg_name = &from,
			      .msg_namelen = sizeof(from),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, 0);

	*info = (struct packet_info){ 0 };
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	info->outgoing = from.sll_pkttype == PACKET_OUTGOING;
	packet_take_tag(&msg, info);
	return n;
}

int packet_set_promisc(int fd)
{
	struct packet_mreq req = { .mr_type = PACKET_MR_PROMISC };
	struct sockaddr_ll addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	req.mr_ifindex = addr.sll_ifindex;
	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &req, sizeof(req)) < 0 ? -errno
											: 0;
}
