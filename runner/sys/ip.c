/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test addresses through rtnetlink(7). ip_socket.c has the sockets. */
#include "sys/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <string.h>

#include "base/sysroot.h"
#include "sys/rtnl.h"

#define IP_MAX_LIST 256 /* of a netdev's addresses, or neighbours, that are removed */
#define IP_NETS 512u

void ip_make(struct ip_address *a, enum ip_family family, unsigned int net, unsigned int host)
{
	net %= IP_NETS;
	*a = (struct ip_address){ .family = (uint8_t)family };
	if (family == IP_V4)
		memcpy(a->bytes,
		       (uint8_t[4]){ 198, (uint8_t)(18 + net / 256), (uint8_t)net, (uint8_t)host },
		       4);
	else
		memcpy(a->bytes,
		       (uint8_t[16]){ 0x20, 1, 0, 2, 0, 0, (uint8_t)(net / 256), (uint8_t)net, 0, 0,
				      0, 0, 0, 0, 0, (uint8_t)host },
		       16);
}

bool ip_is_test(const struct ip_address *a)
{
	if (a->family == IP_V4)
		return a->bytes[0] == 198 && (a->bytes[1] == 18 || a->bytes[1] == 19);
	return a->family == IP_V6 && memcmp(a->bytes, (uint8_t[6]){ 0x20, 1, 0, 2, 0, 0 }, 6) == 0;
}

static int ip_af(const struct ip_address *a)
{
	return a->family == IP_V4 ? AF_INET : AF_INET6;
}

static size_t ip_len(const struct ip_address *a)
{
	return a->family == IP_V4 ? 4 : 16;
}

char *ip_format(const struct ip_address *a, char buf[IP_TEXT_SIZE])
{
	if (!inet_ntop(ip_af(a), a->bytes, buf, IP_TEXT_SIZE))
		buf[0] = '\0';
	return buf;
}

static struct nlmsghdr *ip_start(char *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = (uint32_t)util_now_us();
	return nlh;
}

/* RTM_NEWADDR or RTM_DELADDR. */
static int ip_request(uint16_t type, unsigned int ifindex, const struct ip_address *a)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh =
		ip_start(buf, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = (uint8_t)ip_af(a);
	ifa->ifa_prefixlen = a->family == IP_V4 ? 24 : 64;
	ifa->ifa_index = ifindex;
	ifa->ifa_flags = IFA_F_NODAD;
	mnl_attr_put(nlh, IFA_LOCAL, ip_len(a), a->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, ip_len(a), a->bytes);
	return rtnl_request(nlh, NULL, NULL);
}

int ip_add(const char *ifname, const struct ip_address *a)
{
	unsigned int ifindex = if_nametoindex(ifname);

	if (!ip_is_test(a))
		return -EINVAL;
	return ifindex ? ip_request(RTM_NEWADDR, ifindex, a) : -ENODEV;
}

struct ip_list {
	unsigned int ifindex, n;
	struct ip_address list[IP_MAX_LIST];
};

/* An attribute of a netdev's address or neighbour. */
static void ip_take(struct ip_list *l, uint8_t family, const struct nlattr *attr)
{
	struct ip_address a = { .family = family == AF_INET ? IP_V4 : IP_V6 };

	if (l->n == IP_MAX_LIST || (family != AF_INET && family != AF_INET6) ||
	    mnl_attr_get_payload_len(attr) != ip_len(&a))
		return;
	memcpy(a.bytes, mnl_attr_get_payload(attr), ip_len(&a));
	l->list[l->n++] = a;
}

static int ip_take_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct ip_list *l = arg;
	const struct nlattr *attr;

	if (ifa->ifa_index != l->ifindex)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, nlh, sizeof(*ifa))
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			ip_take(l, ifa->ifa_family, attr);
	return MNL_CB_OK;
}

static int ip_take_neighbour(const struct nlmsghdr *nlh, void *arg)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	struct ip_list *l = arg;
	const struct nlattr *attr;

	if ((unsigned int)nd->ndm_ifindex != l->ifindex || nd->ndm_state & NUD_NOARP)
		return MNL_CB_OK;
	mnl_attr_for_each (attr, nlh, sizeof(*nd))
		if (mnl_attr_get_type(attr) == NDA_DST)
			ip_take(l, nd->ndm_family, attr);
	return MNL_CB_OK;
}

static int ip_forget(unsigned int ifindex, const struct ip_address *a)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh = ip_start(buf, RTM_DELNEIGH, 0);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));
	int ret;

	nd->ndm_family = (uint8_t)ip_af(a);
	nd->ndm_ifindex = (int)ifindex;
	mnl_attr_put(nlh, NDA_DST, ip_len(a), a->bytes);
	ret = rtnl_request(nlh, NULL, NULL);
	/* The kernel may forget it by itself. */
	return ret == -ENOENT ? 0 : ret;
}

int ip_clear(const char *ifname)
{
	struct ip_list addresses = { .ifindex = if_nametoindex(ifname) };
	struct ip_list neighbours = { .ifindex = addresses.ifindex };
	char buf[RTNL_REQUEST_SIZE] = { 0 }, more[RTNL_REQUEST_SIZE] = { 0 };
	struct nlmsghdr *nlh = ip_start(buf, RTM_GETADDR, NLM_F_DUMP);
	int ret, one;

	if (addresses.ifindex == 0)
		return -ENODEV;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	ret = rtnl_request(nlh, ip_take_address, &addresses);
	for (unsigned int i = 0; i < addresses.n; i++) {
		if (!ip_is_test(&addresses.list[i]))
			continue;
		one = ip_request(RTM_DELADDR, addresses.ifindex, &addresses.list[i]);
		/* The first address of a network takes the others with it (promote_secondaries). */
		ret = ret < 0 || one == -EADDRNOTAVAIL ? ret : one;
	}
	nlh = ip_start(more, RTM_GETNEIGH, NLM_F_DUMP);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
	one = rtnl_request(nlh, ip_take_neighbour, &neighbours);
	ret = ret < 0 ? ret : one;
	for (unsigned int i = 0; i < neighbours.n; i++) {
		if (!ip_is_test(&neighbours.list[i]))
			continue;
		one = ip_forget(neighbours.ifindex, &neighbours.list[i]);
		ret = ret < 0 ? ret : one;
	}
	return ret;
}

int ip_answer_strictly(const struct sysroot *root)
{
	_cleanup_close_ int fd =
		sysroot_openat(root, O_WRONLY, "proc/sys/net/ipv4/conf/all/arp_ignore");

	return fd < 0 ? fd : util_write_all(fd, "1\n", 2);
}
