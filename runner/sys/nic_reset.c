/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resets of network ports: ethtool ioctls, and devlink by generic netlink. */
#include "sys/nic_reset.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define REPLY_SIZE 16384
#define ACK_HEADER (sizeof(struct nlmsghdr) + sizeof(struct nlmsgerr))

static int ethtool_call(const char *ifname, void *command)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_data = command };

	if (fd < 0)
		return -errno;
	if (!util_strlcpy(ifr.ifr_name, sizeof(ifr.ifr_name), ifname))
		return -EINVAL;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

int nic_reset_ethtool(const char *ifname)
{
	struct ethtool_value v = { .cmd = ETHTOOL_RESET, .data = ETH_RESET_DEDICATED };

	return ethtool_call(ifname, &v);
}

int nic_restart_link(const char *ifname)
{
	struct ethtool_value v = { .cmd = ETHTOOL_NWAY_RST };

	return ethtool_call(ifname, &v);
}

struct genl {
	struct mnl_socket *sock;
	char *reply;
	char *why; /* the text of a refusal */
	size_t why_size;
};

static void genl_close(struct genl *g)
{
	if (g->sock)
		mnl_socket_close(g->sock);
	free(g->reply);
}

static int genl_open(struct genl *g, unsigned int timeout_ms)
{
	struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	int on = 1, fd;

	g->reply = malloc(REPLY_SIZE);
	g->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!g->reply || !g->sock)
		return g->reply ? -errno : -ENOMEM;
	fd = mnl_socket_get_fd(g->sock);
	(void)!setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)!setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ||
	    mnl_socket_bind(g->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return 0;
}

static struct nlmsghdr *genl_start(char *buf, uint16_t family, uint8_t command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = (uint32_t)util_now_us();
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return nlh;
}

static int take_text(const struct nlattr *attr, void *arg)
{
	struct genl *g = arg;

	if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0) {
		util_strlcpy(g->why, g->why_size, mnl_attr_get_str(attr));
		util_sanitise(g->why);
	}
	return MNL_CB_OK;
}

/* The words that come with an error (NETLINK_EXT_ACK). */
static void find_why(struct genl *g, const struct nlmsghdr *nlh)
{
	if (g->why && nlh->nlmsg_type == NLMSG_ERROR && nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
	    nlh->nlmsg_len > ACK_HEADER)
		(void)!mnl_attr_parse(nlh, sizeof(struct nlmsgerr), take_text, g);
}

static int genl_ask(struct genl *g, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	unsigned int port = mnl_socket_get_portid(g->sock);
	int ret = MNL_CB_OK;

	if (mnl_socket_sendto(g->sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(g->sock, g->reply, REPLY_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (mnl_nlmsg_ok((struct nlmsghdr *)g->reply, (int)n))
			find_why(g, (struct nlmsghdr *)g->reply);
		ret = mnl_cb_run(g->reply, (size_t)n, nlh->nlmsg_seq, port, cb, arg);
	}
	return ret < 0 ? -errno : 0;
}

static int take_id(const struct nlattr *attr, void *arg)
{
	uint16_t *id = arg;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_validate(attr, MNL_TYPE_U16) == 0)
		*id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int take_family(const struct nlmsghdr *nlh, void *arg)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), take_id, arg);
}

int nic_reload_devlink(const struct pci_addr *addr, unsigned int timeout_ms, char *why, size_t size)
{
	_cleanup_(genl_close) struct genl g = { .why = why, .why_size = size };
	char buf[512] = { 0 }, a[PCI_ADDR_STRLEN];
	struct nlmsghdr *nlh;
	uint16_t family = 0;
	int ret = genl_open(&g, timeout_ms);

	why[0] = '\0';
	if (ret < 0)
		return ret;
	nlh = genl_start(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
	ret = genl_ask(&g, nlh, take_family, &family);
	if (ret == -ENOENT || (ret == 0 && family == 0))
		return -EOPNOTSUPP;
	if (ret < 0)
		return ret;
	memset(buf, 0, sizeof(buf));
	nlh = genl_start(buf, family, DEVLINK_CMD_RELOAD);
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_BUS_NAME, "pci");
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_DEV_NAME, pci_addr_format(addr, a));
	return genl_ask(&g, nlh, NULL, NULL);
}
