/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a PF sets for its VFs: rtnetlink's IFLA_VFINFO_LIST (do_setvfinfo() and rtnl_fill_vfinfo()
 * in Linux' net/core/rtnetlink.c). What a driver lacks it refuses with -EOPNOTSUPP. Reading is less
 * plain: link state and rates of a driver that has none read as "auto" and 0.
 */
#ifndef VFPROOF_SYS_LINK_VF_H
#define VFPROOF_SYS_LINK_VF_H

#include "base/util.h"

/* IFLA_VF_LINK_STATE_* */
enum link_vf_state { LINK_VF_AUTO, LINK_VF_ENABLE, LINK_VF_DISABLE };

#define LINK_VF_8021Q 0x8100
#define LINK_VF_8021AD 0x88a8

/* -1: the PF's driver does not tell. */
struct link_vf_policy {
	int spoofchk; /* 1: frames with a source MAC that is not the VF's are dropped */
	int trust; /* 1: the VF may set further MACs and be promiscuous */
	int vlan, qos; /* of the port VLAN; vlan 0: there is none */
	int protocol; /* of its tag: LINK_VF_8021Q or LINK_VF_8021AD */
	int state; /* enum link_vf_state */
	int64_t min_tx, max_tx; /* Mbit/s, 0: no limit */
};

/* What no driver told. */
#define LINK_VF_POLICY_NONE ((struct link_vf_policy){ -1, -1, -1, -1, -1, -1, -1, -1 })

/* Sets, or (all zero) clears, the MAC that the PF gives to VF @vf: IFLA_VF_MAC. */
int link_set_vf_mac(const char *pf_ifname, unsigned int vf, const uint8_t mac[6]) must_check;
/* Reads it back. -ENOENT: the driver tells nothing of this VF. */
int link_get_vf_mac(const char *pf_ifname, unsigned int vf, uint8_t mac[6]) must_check;
/* Reads all of it. -ENOENT likewise. */
int link_get_vf_policy(const char *pf_ifname, unsigned int vf,
		       struct link_vf_policy *policy) must_check;
/* IFLA_VF_TRUST and IFLA_VF_SPOOFCHK. */
int link_set_vf_trust(const char *pf_ifname, unsigned int vf, bool on) must_check;
int link_set_vf_spoofchk(const char *pf_ifname, unsigned int vf, bool on) must_check;
/*
 * The port VLAN: IFLA_VF_VLAN for 802.1Q, IFLA_VF_VLAN_LIST for 802.1ad. @vlan 0 with @qos 0 clears
 * it.
 */
int link_set_vf_vlan(const char *pf_ifname, unsigned int vf, unsigned int vlan, unsigned int qos,
		     uint16_t protocol) must_check;
/* IFLA_VF_RATE: both in Mbit/s, 0 for none. */
int link_set_vf_rate(const char *pf_ifname, unsigned int vf, unsigned int min_tx,
		     unsigned int max_tx) must_check;
/* IFLA_VF_LINK_STATE. */
int link_set_vf_state(const char *pf_ifname, unsigned int vf, enum link_vf_state state) must_check;

#endif
