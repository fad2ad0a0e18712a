/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and sets network links through rtnetlink. */
#include "sys/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "sys/ethtool.h"
#include "sys/rtnl.h"

#define FRAME_SIZE 60

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_info *info = arg;
	const struct nlattr *attr;

	info->ifindex = ifi->ifi_index;
	info->admin_up = ifi->ifi_flags & IFF_UP;
	mnl_attr_for_each (attr, nlh, sizeof(*ifi)) {
		uint16_t len = mnl_attr_get_payload_len(attr);
		struct rtnl_link_stats64 stats;

		switch (mnl_attr_get_type(attr)) {
		case IFLA_ADDRESS:
			if (len == sizeof(info->mac))
				memcpy(info->mac, mnl_attr_get_payload(attr), len);
			break;
		case IFLA_CARRIER:
			info->carrier = len == 1 && mnl_attr_get_u8(attr);
			break;
		case IFLA_CARRIER_CHANGES:
			info->carrier_changes = len == 4 ? mnl_attr_get_u32(attr) : 0;
			break;
		case IFLA_MTU:
			info->mtu = len == 4 ? mnl_attr_get_u32(attr) : 0;
			break;
		case IFLA_MAX_MTU:
			info->max_mtu = len == sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
			break;
		case IFLA_STATS64:
			memset(&stats, 0, sizeof(stats));
			memcpy(&stats, mnl_attr_get_payload(attr),
			       len < sizeof(stats) ? len : sizeof(stats));
			info->rx_packets = stats.rx_packets;
			info->tx_packets = stats.tx_packets;
			info->rx_errors = stats.rx_errors;
			info->tx_errors = stats.tx_errors;
			break;
		}
	}
	return MNL_CB_OK;
}

int link_get(const char *ifname, struct link_info *info)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_GETLINK, NLM_F_ACK, ifname, &ifi);
	int ret;

	*info = (struct link_info){ .speed_mbps = -1 };
	util_strlcpy(info->ifname, sizeof(info->ifname), ifname);
	ret = rtnl_request(nlh, take_link, info);
	if (ret < 0)
		return ret;
	info->speed_mbps = ethtool_get_speed(ifname, info->duplex, sizeof(info->duplex));
	return 0;
}

int link_set_up(const char *ifname, bool up)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	return rtnl_request(nlh, NULL, NULL);
}

int link_set_mac(const char *ifname, const uint8_t mac[6])
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	return rtnl_request(nlh, NULL, NULL);
}

static bool has_carrier(void *arg)
{
	struct link_info info;

	return link_get(arg, &info) == 0 && info.admin_up && info.carrier;
}

int link_await_carrier(const char *ifname, unsigned int timeout_ms)
{
	char name[IFNAMSIZ];

	util_strlcpy(name, sizeof(name), ifname);
	return util_poll_until(has_carrier, name, timeout_ms);
}

int link_wait_carrier(const char *ifname, unsigned int timeout_ms)
{
	int ret = link_set_up(ifname, true);

	return ret < 0 ? ret : link_await_carrier(ifname, timeout_ms);
}

int link_delete(const char *ifname)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;

	return rtnl_request(rtnl_start(buf, RTM_DELLINK, NLM_F_ACK, ifname, &ifi), NULL, NULL);
}

int link_move(const char *ifname, int netns)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)netns);
	return rtnl_request(nlh, NULL, NULL);
}

static bool is_home(void *arg)
{
	struct link_info info;

	return link_get(arg, &info) == 0;
}

int link_wait_home(const struct sysroot *root, const struct pci_addr *dev, const char *ifname,
		   unsigned int timeout_ms)
{
	static const struct pci_addr none;
	char name[IFNAMSIZ];

	if (memcmp(dev, &none, sizeof(none)) != 0)
		return netdev_wait(root, dev, name, timeout_ms);
	util_strlcpy(name, sizeof(name), ifname);
	return util_poll_until(is_home, name, timeout_ms);
}

static int send_frames(const char *ifname, const struct link_info *info, unsigned int count)
{
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = info->ifindex };
	uint8_t frame[FRAME_SIZE] = { 0 };
	unsigned int i;

	if (fd < 0)
		return -errno;
	memset(frame, 0xff, 6);
	memcpy(frame + 6, info->mac, 6);
	frame[12] = LINK_TEST_ETHERTYPE >> 8;
	frame[13] = LINK_TEST_ETHERTYPE & 0xff;
	util_strlcpy((char *)frame + 14, FRAME_SIZE - 14, ifname);
	for (i = 0; i < count; i++)
		if (sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return -errno;
	return 0;
}

struct tx_wait {
	const char *ifname;
	uint64_t packets;
};

static bool tx_is_counted(void *arg)
{
	const struct tx_wait *w = arg;
	struct link_info info;

	return link_get(w->ifname, &info) == 0 && info.tx_packets >= w->packets;
}

int link_send_frames(const char *ifname, unsigned int count, unsigned int timeout_ms)
{
	struct link_info info;
	struct tx_wait w = { ifname, 0 };
	int ret = link_get(ifname, &info);

	if (ret == 0)
		ret = send_frames(ifname, &info, count);
	if (ret < 0)
		return ret;
	w.packets = info.tx_packets + count;
	return util_poll_until(tx_is_counted, &w, timeout_ms);
}

bool link_mac_valid(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, sizeof(zero)) != 0;
}

char *link_mac_format(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}
