/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets IPv4 addresses, the default route and VLAN links. */
#include "sys/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "sys/rtnl.h"

#define MAX_ADDRESSES 16

static struct nlmsghdr *start(char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = (uint32_t)util_now_us();
	return nlh;
}

static int parse(const char *text, uint32_t *address)
{
	return inet_pton(AF_INET, text, address) == 1 ? 0 : -EINVAL;
}

/* RTM_NEWADDR or RTM_DELADDR; @address in network order. */
static int request_address(uint16_t type, unsigned int ifindex, uint32_t address,
			   unsigned int prefix_len)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh =
		start(buf, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = (uint8_t)prefix_len;
	ifa->ifa_index = ifindex;
	mnl_attr_put_u32(nlh, IFA_LOCAL, address);
	mnl_attr_put_u32(nlh, IFA_ADDRESS, address);
	return rtnl_request(nlh, NULL, NULL);
}

int address_add(const char *ifname, const char *address, unsigned int prefix_len)
{
	unsigned int ifindex = if_nametoindex(ifname);
	uint32_t binary;
	int ret = parse(address, &binary);

	if (ret < 0)
		return ret;
	return ifindex ? request_address(RTM_NEWADDR, ifindex, binary, prefix_len) : -ENODEV;
}

struct addresses {
	unsigned int ifindex, n;
	struct {
		uint32_t address;
		uint8_t prefix_len;
	} list[MAX_ADDRESSES];
};

static int take_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct addresses *a = arg;
	const struct nlattr *attr;

	if (ifa->ifa_index != a->ifindex || a->n == MAX_ADDRESSES)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) != IFA_LOCAL || mnl_attr_get_payload_len(attr) != 4)
			continue;
		a->list[a->n].address = mnl_attr_get_u32(attr);
		a->list[a->n++].prefix_len = ifa->ifa_prefixlen;
		break;
	}
	return MNL_CB_OK;
}

int address_flush(const char *ifname)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct addresses a = { .ifindex = if_nametoindex(ifname) };
	struct nlmsghdr *nlh = start(buf, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	unsigned int i;
	int ret, one;

	if (a.ifindex == 0)
		return -ENODEV;
	ifa->ifa_family = AF_INET;
	ret = rtnl_request(nlh, take_address, &a);
	for (i = 0; i < a.n; i++) {
		one = request_address(RTM_DELADDR, a.ifindex, a.list[i].address,
				      a.list[i].prefix_len);
		if (ret == 0)
			ret = one;
	}
	return ret;
}

int address_add_default_route(const char *ifname, const char *gateway)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh = start(buf, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	unsigned int ifindex = if_nametoindex(ifname);
	uint32_t binary;
	int ret = parse(gateway, &binary);

	if (ret < 0)
		return ret;
	if (ifindex == 0)
		return -ENODEV;
	rtm->rtm_family = AF_INET;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_GATEWAY, binary);
	mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	return rtnl_request(nlh, NULL, NULL);
}

int address_add_vlan(const char *parent, const char *name, unsigned int id)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh =
		rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, name, &ifi);
	unsigned int ifindex = if_nametoindex(parent);
	struct nlattr *info, *data;

	if (ifindex == 0)
		return -ENODEV;
	mnl_attr_put_u32(nlh, IFLA_LINK, ifindex);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, (uint16_t)id);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_request(nlh, NULL, NULL);
}
