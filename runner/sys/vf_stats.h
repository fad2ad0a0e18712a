/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a PF counts of its VFs: IFLA_VF_STATS of rtnetlink.
 */
#ifndef VFPROOF_SYS_VF_STATS_H
#define VFPROOF_SYS_VF_STATS_H

#include "base/util.h"

struct vf_stats {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes; /* as the VF sees them */
	uint64_t broadcast, multicast, rx_dropped, tx_dropped;
};

/*
 * Returns 0, -ENOENT (the PF's driver has no such VF, or does not tell of it) or -errno. A driver
 * that counts nothing has zeroes (rtnl_fill_vfinfo(), Linux net/core/rtnetlink.c), and so has one
 * that failed: only the family's profile tells whether it counts.
 */
int vf_stats_get(const char *pf_ifname, unsigned int vf, struct vf_stats *out) must_check;

#endif
