/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to rtnetlink(7) about one link: what link.c, link_vf.c and macvtap.c share.
 */
#ifndef VFPROOF_SYS_RTNL_H
#define VFPROOF_SYS_RTNL_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include "base/util.h"

#define RTNL_REQUEST_SIZE 512

/*
 * Starts an RTM_* request on @ifname in @buf, RTNL_REQUEST_SIZE bytes of zeroes. Attributes are
 * added to the result.
 */
struct nlmsghdr *rtnl_start(char *buf, uint16_t type, uint16_t flags, const char *ifname,
			    struct ifinfomsg **ifi);
/* Sends @nlh and hands the reply to @cb (may be NULL) until it is acknowledged. 0 or -errno. */
int rtnl_request(struct nlmsghdr *nlh, mnl_cb_t cb, void *arg) must_check;
/* The same with another netlink protocol, such as NETLINK_GENERIC. */
int rtnl_request_of(int protocol, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg) must_check;

#endif
