/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bonds through rtnetlink. */
#include "sys/bond.h"

#include <errno.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <string.h>

#include "base/sysroot.h"
#include "sys/link.h"
#include "sys/rtnl.h"

#define BOND_MIIMON_MS 100
#define BOND_FAIL_OVER_MAC_ACTIVE 1 /* drivers/net/bonding/bond_options.c */

static int bond_create(const char *ifname)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh =
		rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifname, &ifi);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bond");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u8(nlh, IFLA_BOND_MODE, BOND_MODE_ACTIVEBACKUP);
	mnl_attr_put_u32(nlh, IFLA_BOND_MIIMON, BOND_MIIMON_MS);
	mnl_attr_put_u8(nlh, IFLA_BOND_FAIL_OVER_MAC, BOND_FAIL_OVER_MAC_ACTIVE);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_request(nlh, NULL, NULL);
}

/* A netdev has to be down for that; the bond brings it up. */
static int bond_enslave(const char *slave, unsigned int bond)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;
	int ret = link_set_up(slave, false);

	if (ret < 0)
		return ret;
	nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, slave, &ifi);
	mnl_attr_put_u32(nlh, IFLA_MASTER, bond);
	return rtnl_request(nlh, NULL, NULL);
}

static int bond_set_primary(const char *ifname, unsigned int primary)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "bond");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_BOND_PRIMARY, primary);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_request(nlh, NULL, NULL);
}

int bond_make(const char *ifname, const char *primary, const char *other)
{
	unsigned int bond;
	int ret = bond_create(ifname);

	if (ret < 0)
		return ret;
	bond = if_nametoindex(ifname);
	ret = link_set_up(ifname, true);
	if (ret == 0)
		ret = bond_enslave(primary, bond);
	if (ret == 0)
		ret = bond_enslave(other, bond);
	return ret < 0 ? ret : bond_set_primary(ifname, if_nametoindex(primary));
}

int bond_get_active(const struct sysroot *root, const char *ifname, char active[IFNAMSIZ])
{
	/* An empty file is no error: no netdev is active. */
	ssize_t n = sysroot_read(root, active, IFNAMSIZ, "sys/class/net/%s/bonding/active_slave",
				 ifname);

	if (n <= 0)
		active[0] = '\0';
	util_trim(active);
	return n < 0 ? (int)n : 0;
}

void bond_get_master(const struct sysroot *root, const char *ifname, char master[IFNAMSIZ])
{
	if (sysroot_link_name(root, master, IFNAMSIZ, "sys/class/net/%s/master", ifname) < 0)
		master[0] = '\0';
}
