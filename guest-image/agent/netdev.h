/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's network devices as the agent reports them.
 */
#ifndef VFPROOF_AGENT_NETDEV_H
#define VFPROOF_AGENT_NETDEV_H

#include "base/util.h"
#include "wire/agent_proto.h"

struct sysroot;

/*
 * The netdevs that have a device under them, at most @max, by name order of the kernel. Returns
 * their number or -errno; *@total is how many there are.
 */
int agent_netdev_list(const struct sysroot *root, struct agent_netdev *out, unsigned int max,
		      unsigned int *total) must_check;
/* Returns 0, -ENODEV or -errno. */
int agent_netdev_get(const struct sysroot *root, const char *ifname,
		     struct agent_netdev *out) must_check;
/*
 * Brings the netdev up and waits for carrier. -ENOLINK if it stays without; @out is filled. -ETIME
 * if its driver does not come back from that.
 */
int agent_netdev_up(const struct sysroot *root, const char *ifname, unsigned int timeout_ms,
		    struct agent_netdev *out) must_check;

#endif
