/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases about a PF's settings do with the fixture: cfg.c has their rows.
 */
#ifndef VFPROOF_CASES_CFG_H
#define VFPROOF_CASES_CFG_H

#include "cases/policy.h"

/* A netdev of the host's whose MTU is changed: the PF's, or that of the port on the wire. */
struct cfg_mtu_host {
	struct policy *p;
	struct end *end;
	unsigned int before, max;
	unsigned int mtu; /* that was set, 0: none */
};

/*
 * Gives the PF and VF 0 the largest MTU that all take, in the order that drivers need; and back,
 * whatever became of it.
 */
int cfg_mtu_raise(struct policy *p, struct cfg_mtu_host *pf, unsigned int *mtu) must_check;
int cfg_mtu_lower(struct policy *p, struct cfg_mtu_host *pf) must_check;

int cfg_spoof_mac(struct policy *p) must_check;
int cfg_spoof_vlan(struct policy *p) must_check;
int cfg_vlan(struct policy *p) must_check;
int cfg_vlan_qos(struct policy *p) must_check;
int cfg_vlan_guest(struct policy *p) must_check;
int cfg_qinq(struct policy *p) must_check;
int cfg_mac_change(struct policy *p) must_check;
int cfg_mac_guest(struct policy *p) must_check;
int cfg_mac_swap(struct policy *p) must_check;
int cfg_mac_dup(struct policy *p) must_check;
int cfg_trust(struct policy *p) must_check;
int cfg_promisc(struct policy *p) must_check;
int cfg_rate_max(struct policy *p) must_check;
int cfg_rate_min(struct policy *p) must_check;
int cfg_bcast(struct policy *p) must_check;
int cfg_mcast(struct policy *p) must_check;
int cfg_mtu(struct policy *p) must_check;
int cfg_link(struct policy *p) must_check;
int cfg_macs(struct policy *p) must_check;
int cfg_persist(struct policy *p) must_check;
int cfg_all(struct policy *p) must_check;

#endif
