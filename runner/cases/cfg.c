/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PF sets, the VF obeys: the rows. */
#include "cases/areas.h"
#include "cases/cfg.h"
#include "cases/requires.h"

/*
 * What drivers say of a guest that tries what it may not, and of a PF's setting that a VF has to
 * follow: igb, ixgbe, i40e and ice in Linux 6.12.
 */
static const struct provoked cfg_said[] = {
	{ "igb", "*attempted to override administratively set*" },
	{ "igb", "*Spoof event(s) detected on VF*" },
	{ "igb", "*The VF MAC address has been set, but the PF device is not up*" },
	{ "igb", "*VF * requested MACVLAN filter but is administratively denied*" },
	{ "ixgbe", "*attempted to override administratively set*" },
	{ "ixgbe", "*Spoofed packets detected*" },
	{ "ixgbe", "*requested MACVLAN filter but is administratively denied*" },
	{ "ixgbe", "*Reload the VF driver*" },
	{ "ixgbe", "*Unprivileged VF * is attempting to configure*" },
	{ "i40e", "*attempting to override administratively set*" },
	{ "i40e", "*Unprivileged VF * is attempting to configure promiscuous mode*" },
	{ "i40e", "*switch the VF to trusted*" },
	{ "ice", "*VF * to trusted*" },
	/* In the guest: VLAN 0, which the kernel joins by itself, is refused beside a port VLAN. */
	{ "ixgbevf", "*VF could not set VLAN *" },
	{ "ixgbevf", "*Could not remove VLAN *" },
	{ "igbvf", "*Vlan id * is not added*" },
	{ "igbvf", "*Failed to add vlan id *" },
	{ "igbvf", "*Failed to remove vlan id *" },
	{ 0 },
};

#define CFG_RUN(name)                               \
	static int run_##name(struct ctx *ctx)      \
	{                                           \
		return policy_run(ctx, cfg_##name); \
	}

CFG_RUN(spoof_mac)
CFG_RUN(spoof_vlan)
CFG_RUN(vlan)
CFG_RUN(vlan_qos)
CFG_RUN(vlan_guest)
CFG_RUN(mac_change)
CFG_RUN(mac_guest)
CFG_RUN(mac_swap)
CFG_RUN(mac_dup)
CFG_RUN(trust)
CFG_RUN(promisc)
CFG_RUN(rate_max)
CFG_RUN(rate_min)
CFG_RUN(bcast)
CFG_RUN(mcast)
CFG_RUN(mtu)
CFG_RUN(link)
CFG_RUN(macs)
CFG_RUN(all)
CFG_RUN(persist)
CFG_RUN(qinq)

#define CFG_ROW(name, text)                          \
	{ .id = "cfg_" #name,                        \
	  .set = SET_FULL,                           \
	  .title = text,                             \
	  .subject = SUBJECT_PF,                     \
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs }, \
	  .timeout_s = POLICY_TIMEOUT_S,             \
	  .ports = PORTS_PEER,                       \
	  .fixture = &fixture_policy,                \
	  .provokes = cfg_said,                      \
	  .run = run_##name }

const struct case_def cfg_cases[] = {
	CFG_ROW(spoof_mac, "The spoof check stops frames with a foreign sender"),
	CFG_ROW(spoof_vlan, "The spoof check stops frames of a foreign VLAN"),
	CFG_ROW(vlan, "A port VLAN is done, both ways, and 0 clears it"),
	CFG_ROW(vlan_qos, "The priority of a port VLAN is in the tag"),
	CFG_ROW(vlan_guest, "A guest's own VLAN passes to its members alone"),
	CFG_ROW(mac_change, "A MAC that the PF sets is the VF's, and the old one is not"),
	CFG_ROW(mac_guest, "A guest cannot take another MAC unless it is trusted"),
	CFG_ROW(mac_swap, "Two VFs exchange their MACs, and traffic follows"),
	CFG_ROW(mac_dup, "One MAC for two VFs does no harm"),
	CFG_ROW(trust, "Trust reads back and has its effect"),
	CFG_ROW(promisc, "A promiscuous guest sees no unicast frame of others"),
	CFG_ROW(rate_max, "A rate limit is kept, and 0 lifts it"),
	CFG_ROW(rate_min, "A guaranteed rate reads back"),
	CFG_ROW(bcast, "A VF's broadcast comes to everybody once, and not to itself"),
	CFG_ROW(mcast, "Groups that a guest has joined come to it, and no others"),
	CFG_ROW(mtu, "Frames up to the largest MTU pass whole"),
	CFG_ROW(link, "A VF's link is as its PF sets it"),
	CFG_ROW(macs, "Further MACs of a guest work as far as trust allows"),
	CFG_ROW(all, "Each combination of settings does what each does alone"),
	CFG_ROW(persist, "Settings survive PF down, a reset of the VF and a new guest"),
	CFG_ROW(qinq, "A port VLAN with an 802.1ad tag is done"),
	{ .id = NULL },
};
