/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Netdevs for tests, in a network namespace of the test's own. */
#include "fake_sysroot.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sched.h>
#include <string.h>

#include "sys/link.h"
#include "sys/packet.h"

bool fake_netns(void)
{
	return unshare(CLONE_NEWNET) == 0;
}

static int talk(struct nlmsghdr *nlh)
{
	struct mnl_socket *sock = mnl_socket_open(NETLINK_ROUTE);
	char buf[8192];
	ssize_t n;
	int ret = -1;

	if (!sock)
		return -errno;
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) > 0) {
		n = mnl_socket_recvfrom(sock, buf, sizeof(buf));
		if (n > 0)
			ret = mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(sock), NULL,
					 NULL);
	}
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(sock);
	return ret;
}

int fake_veth(const char *a, const char *b)
{
	char buf[1024] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *info, *data, *peer;
	int ret;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	nlh->nlmsg_seq = 1;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, a);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, b);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	ret = talk(nlh);
	return ret < 0 ? ret : link_set_up(b, true);
}

static void pass_on(int from, int to, bool forwards)
{
	uint8_t buf[2048];
	ssize_t n;

	while ((n = recv(from, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		if (forwards)
			(void)!send(to, buf, (size_t)n, 0);
}

pid_t fake_wire(const char *a, const char *b, unsigned int delay_ms)
{
	const struct packet_socket want = { .ethertype = ETH_P_ALL,
					    .buffer = 1 << 20,
					    .ignore_outgoing = true };
	struct pollfd p[2] = { { .fd = packet_open(a, &want, NULL), .events = POLLIN },
			       { .fd = packet_open(b, &want, NULL), .events = POLLIN } };
	uint64_t from = util_now_ms() + delay_ms;
	pid_t pid = p[0].fd < 0 || p[1].fd < 0 ? -1 : fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			poll(p, 2, -1);
			pass_on(p[0].fd, p[1].fd, util_now_ms() >= from);
			pass_on(p[1].fd, p[0].fd, util_now_ms() >= from);
		}
	}
	close(p[0].fd);
	close(p[1].fd);
	return pid;
}

void fake_wire_end(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}
