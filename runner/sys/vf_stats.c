/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the counters of one VF from its PF. */
#include "sys/vf_stats.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "sys/rtnl.h"

struct stats_wanted {
	unsigned int vf;
	bool found;
	struct vf_stats stats;
};

static void take_counter(const struct nlattr *attr, struct vf_stats *s)
{
	uint64_t *const fields[] = {
		[IFLA_VF_STATS_RX_PACKETS] = &s->rx_packets,
		[IFLA_VF_STATS_TX_PACKETS] = &s->tx_packets,
		[IFLA_VF_STATS_RX_BYTES] = &s->rx_bytes,
		[IFLA_VF_STATS_TX_BYTES] = &s->tx_bytes,
		[IFLA_VF_STATS_BROADCAST] = &s->broadcast,
		[IFLA_VF_STATS_MULTICAST] = &s->multicast,
		[IFLA_VF_STATS_RX_DROPPED] = &s->rx_dropped,
		[IFLA_VF_STATS_TX_DROPPED] = &s->tx_dropped,
	};
	uint16_t type = mnl_attr_get_type(attr);

	if (type < ARRAY_SIZE(fields) && fields[type] && mnl_attr_get_payload_len(attr) == 8)
		*fields[type] = mnl_attr_get_u64(attr);
}

/* Everything of one VF. Its number is in each setting, but not in the counters. */
static void take_info(const struct nlattr *info, struct stats_wanted *want)
{
	const struct nlattr *field, *counter;
	struct vf_stats s = { 0 };
	struct ifla_vf_mac mac;
	bool ours = false;

	mnl_attr_for_each_nested (field, info) {
		if (mnl_attr_get_type(field) == IFLA_VF_MAC &&
		    mnl_attr_get_payload_len(field) >= sizeof(mac)) {
			memcpy(&mac, mnl_attr_get_payload(field), sizeof(mac));
			ours = mac.vf == want->vf;
		}
		if (mnl_attr_get_type(field) == IFLA_VF_STATS)
			mnl_attr_for_each_nested (counter, field)
				take_counter(counter, &s);
	}
	if (!ours)
		return;
	want->found = true;
	want->stats = s;
}

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr, *info;

	mnl_attr_for_each (attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_VFINFO_LIST)
			continue;
		mnl_attr_for_each_nested (info, attr)
			if (mnl_attr_get_type(info) == IFLA_VF_INFO)
				take_info(info, arg);
	}
	return MNL_CB_OK;
}

int vf_stats_get(const char *pf_ifname, unsigned int vf, struct vf_stats *out)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct stats_wanted want = { .vf = vf };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_GETLINK, NLM_F_ACK, pf_ifname, &ifi);
	int ret;

	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_VF);
	ret = rtnl_request(nlh, take_link, &want);
	*out = want.stats;
	return ret < 0 ? ret : want.found ? 0 : -ENOENT;
}
