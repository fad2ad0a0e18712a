/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets on one netdev: tcp(7), udp(7), icmp(7). */
#include "sys/ip.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define IP_BACKLOG 1
#define IP_BUFFER (4 << 20) /* bytes of a UDP socket */

union ip_sockaddr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t ip_sockaddr(const struct ip_address *a, uint16_t port, union ip_sockaddr *s)
{
	memset(s, 0, sizeof(*s));
	if (a->family == IP_V4) {
		s->v4.sin_family = AF_INET;
		s->v4.sin_port = htons(port);
		memcpy(&s->v4.sin_addr, a->bytes, 4);
		return sizeof(s->v4);
	}
	s->v6.sin6_family = AF_INET6;
	s->v6.sin6_port = htons(port);
	memcpy(&s->v6.sin6_addr, a->bytes, 16);
	return sizeof(s->v6);
}

/* On the netdev, with the local address. */
static int ip_open(const char *ifname, int type, int protocol, const struct ip_address *local,
		   uint16_t port)
{
	const int family = local->family == IP_V4 ? AF_INET : AF_INET6, on = 1;
	_cleanup_close_ int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	union ip_sockaddr addr;
	socklen_t len = ip_sockaddr(local, port, &addr);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, &addr.sa, len) < 0)
		return -errno;
	return util_take_fd(&fd);
}

static int ip_connect_to(int fd, const struct ip_address *remote, uint16_t port)
{
	union ip_sockaddr addr;
	socklen_t len = ip_sockaddr(remote, port, &addr);

	return connect(fd, &addr.sa, len) < 0 && errno != EINPROGRESS ? -errno : 0;
}

int ip_listen(const char *ifname, const struct ip_address *local, uint16_t port)
{
	_cleanup_close_ int fd = ip_open(ifname, SOCK_STREAM, 0, local, port);

	if (fd < 0)
		return fd;
	return listen(fd, IP_BACKLOG) < 0 ? -errno : util_take_fd(&fd);
}

int ip_connect(const char *ifname, const struct ip_address *local, const struct ip_address *remote,
	       uint16_t port)
{
	_cleanup_close_ int fd = ip_open(ifname, SOCK_STREAM, 0, local, 0);
	int ret = fd < 0 ? fd : ip_connect_to(fd, remote, port);

	return ret < 0 ? ret : util_take_fd(&fd);
}

int ip_open_udp(const char *ifname, const struct ip_address *local, const struct ip_address *remote,
		uint16_t port)
{
	const int size = IP_BUFFER;
	_cleanup_close_ int fd = ip_open(ifname, SOCK_DGRAM, 0, local, remote ? 0 : port);
	int ret = fd < 0 ? fd : remote ? ip_connect_to(fd, remote, port) : 0;

	if (ret < 0)
		return ret;
	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return util_take_fd(&fd);
}

int ip_open_ping(const char *ifname, const struct ip_address *local,
		 const struct ip_address *remote)
{
	const int protocol = local->family == IP_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	_cleanup_close_ int fd = ip_open(ifname, SOCK_RAW, protocol, local, 0);
	int ret = fd < 0 ? fd : ip_connect_to(fd, remote, 0);

	return ret < 0 ? ret : util_take_fd(&fd);
}

int ip_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 ? -errno : -err;
}

uint32_t ip_retransmissions(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ? 0 : info.tcpi_total_retrans;
}
