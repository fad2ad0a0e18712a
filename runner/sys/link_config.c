/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a netdev is set up, and VLAN devices and macvlans on top of it. */
#include "sys/link_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "sys/rtnl.h"

int link_set_mtu(const char *ifname, unsigned int mtu)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return rtnl_request(nlh, NULL, NULL);
}

static int set_flag(const char *ifname, unsigned int flag, bool on)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	ifi->ifi_change = flag;
	ifi->ifi_flags = on ? flag : 0;
	return rtnl_request(nlh, NULL, NULL);
}

int link_set_promisc(const char *ifname, bool on)
{
	return set_flag(ifname, IFF_PROMISC, on);
}

int link_set_allmulti(const char *ifname, bool on)
{
	return set_flag(ifname, IFF_ALLMULTI, on);
}

int link_set_group(const char *ifname, const uint8_t mac[6], bool join)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	if (fd < 0)
		return -errno;
	if (!util_strlcpy(ifr.ifr_name, sizeof(ifr.ifr_name), ifname))
		return -ENODEV;
	ifr.ifr_hwaddr.sa_family = AF_UNSPEC;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	return ioctl(fd, join ? SIOCADDMULTI : SIOCDELMULTI, &ifr) < 0 ? -errno : 0;
}

/* A request for a new netdev of @kind on @parent; what is its own goes into *@data. */
static struct nlmsghdr *start_upper(char *buf, const char *ifname, const char *parent,
				    const char *kind, struct nlattr **info, struct nlattr **data)
{
	unsigned int lower = if_nametoindex(parent);
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;

	if (lower == 0)
		return NULL;
	nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifname, &ifi);
	mnl_attr_put_u32(nlh, IFLA_LINK, lower);
	*info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	*data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	return nlh;
}

int link_add_vlan(const char *ifname, const char *parent, unsigned int vid, uint16_t protocol)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlattr *info, *data;
	struct nlmsghdr *nlh = start_upper(buf, ifname, parent, "vlan", &info, &data);

	if (!nlh)
		return -ENODEV;
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, (uint16_t)vid);
	mnl_attr_put_u16(nlh, IFLA_VLAN_PROTOCOL, htons(protocol));
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_request(nlh, NULL, NULL);
}

int link_add_macvlan(const char *ifname, const char *parent, const uint8_t mac[6])
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlattr *info, *data;
	struct nlmsghdr *nlh = start_upper(buf, ifname, parent, "macvlan", &info, &data);

	if (!nlh)
		return -ENODEV;
	mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	return rtnl_request(nlh, NULL, NULL);
}
