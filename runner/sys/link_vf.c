/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PF sets for its VFs, through rtnetlink: IFLA_VFINFO_LIST. */
#include "sys/link_vf.h"

#include <arpa/inet.h>
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

int link_set_vf_rate(const char *pf_ifname, unsigned int vf, unsigned int min_tx,
		     unsigned int max_tx)
{
	const struct ifla_vf_rate rate = { vf, min_tx, max_tx };

	return set_vf(pf_ifname, IFLA_VF_RATE, &rate, sizeof(rate));
}

int link_set_vf_state(const char *pf_ifname, unsigned int vf, enum link_vf_state state)
{
	const struct ifla_vf_link_state s = { vf, state };

	return set_vf(pf_ifname, IFLA_VF_LINK_STATE, &s, sizeof(s));
}

/* An attribute of its own, as it is a list; the kernel takes one entry. */
static int set_vf_vlan_ad(const char *pf_ifname, const struct ifla_vf_vlan_info *vlan)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK, pf_ifname, &ifi);
	struct nlattr *list = mnl_attr_nest_start(nlh, IFLA_VFINFO_LIST);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_VF_INFO);
	struct nlattr *vlans = mnl_attr_nest_start(nlh, IFLA_VF_VLAN_LIST);

	mnl_attr_put(nlh, IFLA_VF_VLAN_INFO, sizeof(*vlan), vlan);
	mnl_attr_nest_end(nlh, vlans);
	mnl_attr_nest_end(nlh, info);
	mnl_attr_nest_end(nlh, list);
	return rtnl_request(nlh, NULL, NULL);
}

int link_set_vf_vlan(const char *pf_ifname, unsigned int vf, unsigned int vlan, unsigned int qos,
		     uint16_t protocol)
{
	const struct ifla_vf_vlan_info ad = { vf, vlan, qos, htons(protocol) };
	const struct ifla_vf_vlan q = { vf, vlan, qos };

	return protocol == LINK_VF_8021Q ? set_vf(pf_ifname, IFLA_VF_VLAN, &q, sizeof(q))
					 : set_vf_vlan_ad(pf_ifname, &ad);
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

/* The VLAN with its protocol: a list, of which the kernel gives one entry. */
static void take_vf_vlan(const struct nlattr *list, struct vf_state *want)
{
	struct ifla_vf_vlan_info v;
	const struct nlattr *entry;

	mnl_attr_for_each_nested (entry, list) {
		if (mnl_attr_get_payload_len(entry) < sizeof(v))
			continue;
		memcpy(&v, mnl_attr_get_payload(entry), sizeof(v));
		if (v.vf == want->vf)
			want->policy.protocol = ntohs(v.vlan_proto);
	}
}

/* A field of one VF. All that is of use is at least 8 bytes long and begins with its number. */
static void take_vf_field(const struct nlattr *field, struct vf_state *want)
{
	const struct ifla_vf_mac *m = mnl_attr_get_payload(field);
	size_t len = mnl_attr_get_payload_len(field);

	if (mnl_attr_get_type(field) == IFLA_VF_VLAN_LIST)
		return take_vf_vlan(field, want);
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
	case IFLA_VF_LINK_STATE:
		want->policy.state =
			(int)((const struct ifla_vf_link_state *)(const void *)m)->link_state;
		break;
	case IFLA_VF_VLAN:
		if (len < sizeof(struct ifla_vf_vlan))
			break;
		want->policy.vlan = (int)((const struct ifla_vf_vlan *)(const void *)m)->vlan;
		want->policy.qos = (int)((const struct ifla_vf_vlan *)(const void *)m)->qos;
		break;
	case IFLA_VF_RATE:
		if (len < sizeof(struct ifla_vf_rate))
			break;
		want->policy.min_tx = ((const struct ifla_vf_rate *)(const void *)m)->min_tx_rate;
		want->policy.max_tx = ((const struct ifla_vf_rate *)(const void *)m)->max_tx_rate;
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
	struct vf_state want = { .vf = vf, .policy = LINK_VF_POLICY_NONE };
	int ret = get_vf(pf_ifname, &want);

	*policy = want.policy;
	return ret;
}
