/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to rtnetlink through libmnl. */
#include "sys/rtnl.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

/* A PF with hundreds of VFs answers with a long list. */
#define REPLY_SIZE (256u << 10)
#define REPLY_TIMEOUT_MS 10000

static void mnl_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

struct nlmsghdr *rtnl_start(char *buf, uint16_t type, uint16_t flags, const char *ifname,
			    struct ifinfomsg **ifi)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = (uint32_t)util_now_us();
	*ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(**ifi));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	return nlh;
}

int rtnl_request(struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	return rtnl_request_of(NETLINK_ROUTE, nlh, cb, arg);
}

int rtnl_request_of(int protocol, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	_cleanup_(mnl_closep) struct mnl_socket *sock = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	_cleanup_free_ char *reply = malloc(REPLY_SIZE);
	struct timeval tv = { .tv_sec = REPLY_TIMEOUT_MS / 1000 };
	int ret = MNL_CB_OK;

	if (!sock)
		return -errno;
	if (!reply)
		return -ENOMEM;
	if (setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ||
	    mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(sock, reply, REPLY_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		ret = mnl_cb_run(reply, (size_t)n, nlh->nlmsg_seq, mnl_socket_get_portid(sock), cb,
				 arg);
	}
	return ret < 0 ? -errno : 0;
}
