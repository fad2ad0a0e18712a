/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PF sets for its VFs, through rtnetlink: IFLA_VFINFO_LIST. */
#include "sys/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "sys/rtnl.h"

/* @data of @len bytes begins with the VF's number. */
static int set_vf(const char *pf_ifname, uint16_t type, const void *data, size_t len)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, pf_ifname, &ifi);
	struct nlattr *list = mnl_attr_nest_start(nlh, IFLA_VFINFO_LIST);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_VF_INFO);

	mnl_attr_put(nlh, type, len, data);
	mnl_attr_nest_end(nlh, info);
	mnl_attr_nest_end(nlh, list);
	return rtnl_request(nlh, NULL, NULL);
}

int link_set_vf_mac(const char *pf_ifname, unsigned int vf, const uint8_t mac[6])
{
	struct ifla_vf_mac m = { .vf = vf };

	memcpy(m.mac, mac, 6);
	return set_vf(pf_ifname, IFLA_VF_MAC, &m, sizeof(m));
}

int link_set_vf_trust(const char *pf_ifname, unsigned int vf, bool on)
{
	return set_vf(pf_ifname, IFLA_VF_TRUST, &(struct ifla_vf_trust){ vf, on },
		      sizeof(struct ifla_vf_trust));
}

int link_set_vf_spoofchk(const char *pf_ifname, unsigned int vf, bool on)
{
	return set_vf(pf_ifname, IFLA_VF_SPOOFCHK, &(struct ifla_vf_spoofchk){ vf, on },
		      sizeof(struct ifla_vf_spoofchk));
}

struct vf_state {
	unsigned int vf;
	bool found;
	uint8_t mac[6];
	struct link_vf_policy policy;
};

/* Both have the same layout: the VF's number and the setting, all ones where there is none. */
static int vf_setting(const struct nlattr *field)
{
	struct ifla_vf_trust s;

	memcpy(&s, mnl_attr_get_payload(field), sizeof(s));
	return s.setting == UINT32_MAX ? -1 : s.setting != 0;
}

/* A field of one VF. All that is of use is at least 8 bytes long and begins with its number. */
static void take_vf_field(const struct nlattr *field, struct vf_state *want)
{
	const struct ifla_vf_mac *m = mnl_attr_get_payload(field);
	size_t len = mnl_attr_get_payload_len(field);

	if (len < sizeof(struct ifla_vf_trust) || m->vf != want->vf)
		return;
	switch (mnl_attr_get_type(field)) {
	case IFLA_VF_MAC:
		if (len < sizeof(*m))
			break;
		want->found = true;
		memcpy(want->mac, m->mac, sizeof(want->mac));
		break;
	case IFLA_VF_SPOOFCHK:
		want->policy.spoofchk = vf_setting(field);
		break;
	case IFLA_VF_TRUST:
		want->policy.trust = vf_setting(field);
		break;
	}
}

static int take_vf(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr, *info, *field;

	mnl_attr_for_each (attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_VFINFO_LIST)
			continue;
		mnl_attr_for_each_nested (info, attr)
			mnl_attr_for_each_nested (field, info)
				take_vf_field(field, arg);
	}
	return MNL_CB_OK;
}

static int get_vf(const char *pf_ifname, struct vf_state *want)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_GETLINK, NLM_F_ACK, pf_ifname, &ifi);
	int ret;

	/* Without the VFs' counters the list of many VFs still fits into one attribute. */
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
	ret = rtnl_request(nlh, take_vf, want);
	return ret < 0 ? ret : want->found ? 0 : -ENOENT;
}

int link_get_vf_mac(const char *pf_ifname, unsigned int vf, uint8_t mac[6])
{
	struct vf_state want = { .vf = vf };
	int ret = get_vf(pf_ifname, &want);

	memcpy(mac, want.mac, sizeof(want.mac));
	return ret;
}

int link_get_vf_policy(const char *pf_ifname, unsigned int vf, struct link_vf_policy *policy)
{
	struct vf_state want = { .vf = vf, .policy = { -1, -1 } };
	int ret = get_vf(pf_ifname, &want);

	*policy = want.policy;
	return ret;
}
