/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All settings at the same time: whether they survive what happens to a port, a VF and a guest, and
 * whether each combination of them does what each of them does alone.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/link.h"

#define ALL_VLAN 100u
#define ALL_RATE 100u /* Mbit/s: only that it reads back is looked at */
#define ALL_STEPS 16u

enum { ALL_SPOOF = 1, ALL_TRUST = 2, ALL_VLAN_ON = 4, ALL_RATE_ON = 8 };

struct all {
	struct policy *p;
	bool trust, rate; /* the driver has them */
	unsigned int is; /* what is set */
};

/* Tries once what there is; only spoof check and port VLAN have to be. */
static int all_find(struct all *a)
{
	const struct policy_set trust = { .what = POLICY_TRUST, .vf = 0, .value = 0 };
	const struct policy_set rate = { .what = POLICY_RATE, .vf = 0, .value = ALL_RATE };
	const struct policy_set none = { .what = POLICY_RATE, .vf = 0, .value = 0 };
	int ret = policy_try(a->p, &trust);

	a->trust = ret == 0;
	/* EINVAL: none of this family, or none so low. */
	a->rate = policy_try(a->p, &rate) == 0;
	return a->rate ? policy_set(a->p, &none) : 0;
}

/* Sets what differs. The VF learns of a VLAN when its driver starts anew. */
static int all_set(struct all *a, unsigned int want)
{
	const unsigned int differs = a->is ^ want;
	struct policy_set s[] = {
		{ .what = POLICY_TRUST, .value = want & ALL_TRUST ? 1 : 0 },
		{ .what = POLICY_VLAN, .value = want & ALL_VLAN_ON ? ALL_VLAN : 0 },
		{ .what = POLICY_RATE, .value = want & ALL_RATE_ON ? ALL_RATE : 0 },
		{ .what = POLICY_SPOOFCHK, .value = want & ALL_SPOOF ? 1 : 0 },
	};
	static const unsigned int bits[] = { ALL_TRUST, ALL_VLAN_ON, ALL_RATE_ON, ALL_SPOOF };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(s); i++)
		if (differs & bits[i])
			ret = policy_set(a->p, &s[i]);
	a->is = want;
	if (ret == 0 && differs & (ALL_VLAN_ON | ALL_TRUST))
		ret = policy_restart(a->p, 0);
	return ret;
}

/* "spoofchk on, trust off, vlan 100, rate 0" */
static const char *all_say(unsigned int is, char *buf, size_t size)
{
	util_format(buf, size, "spoofchk %s, trust %s, vlan %u, max_tx_rate %u",
		    is & ALL_SPOOF ? "on" : "off", is & ALL_TRUST ? "on" : "off",
		    is & ALL_VLAN_ON ? ALL_VLAN : 0, is & ALL_RATE_ON ? ALL_RATE : 0);
	return buf;
}

/* What reads back, trust and rate among it. */
static int all_check_read(struct all *a, const char *when)
{
	struct link_vf_policy now;
	char text[100];
	int ret = link_get_vf_policy(a->p->rig.ifname, 0, &now);

	if (ret < 0)
		return ctx_error(a->p->ctx, ret, "the settings of VF 0 cannot be read: %s",
				 strerror(-ret));
	if ((now.spoofchk < 0 || now.spoofchk == !!(a->is & ALL_SPOOF)) &&
	    (!a->trust || now.trust < 0 || now.trust == !!(a->is & ALL_TRUST)) &&
	    now.vlan == (a->is & ALL_VLAN_ON ? (int)ALL_VLAN : 0) &&
	    (!a->rate || now.max_tx == (a->is & ALL_RATE_ON ? ALL_RATE : 0)))
		return 0;
	ctx_fail(a->p->ctx, "cfg_not_read_back", all_say(a->is, text, sizeof(text)),
		 "%s: spoofchk %d, trust %d, vlan %d, max_tx_rate %lld", when, now.spoofchk,
		 now.trust, now.vlan, (long long)now.max_tx);
	return -EIO;
}

/*
 * What it does, at the PF: frames with a foreign sender do not come with the spoof check and do
 * without; the VF's own have the tag of its VLAN.
 */
static int all_check_effect(struct all *a, const char *when)
{
	struct policy *p = a->p;
	const bool vlan = a->is & ALL_VLAN_ON;
	uint8_t foreign[ETH_ALEN];
	struct end_flow spoofed = { .from = &p->vf[0], .dst = p->pf.mac, .src = foreign };
	struct end_flow own = { .from = &p->vf[0],
				.dst = p->pf.mac,
				.wait = &p->pf,
				.come_tpid = vlan ? LINK_VF_8021Q : 0,
				.come_tci = vlan ? ALL_VLAN : 0 };
	char text[100], expected[200];
	int ret;

	policy_free_mac(p, 6, foreign);
	util_format(expected, sizeof(expected), "%s: %s", when, all_say(a->is, text, sizeof(text)));
	ret = policy_new_flow(p, &spoofed.session);
	if (ret == 0)
		ret = ends_send(&spoofed, NULL);
	if (ret == 0)
		ret = policy_must_come(p, &own, "cfg_all_lost", expected);
	if (ret < 0)
		return ret;
	if (a->is & ALL_SPOOF)
		return policy_must_not(p, &p->pf, spoofed.session, "cfg_spoof_passes", expected);
	if (end_count_any(&p->pf, spoofed.session) > 0)
		return 0;
	ctx_fail(p->ctx, "cfg_spoof_stays", expected,
		 "no frame with a foreign sender came to the PF, though the check is off");
	return -ENODATA;
}

static int all_check(struct all *a, const char *when)
{
	int ret = policy_await_path(a->p, &a->p->vf[0], &a->p->pf);

	if (ret == 0)
		ret = all_check_read(a, when);
	return ret < 0 ? ret : all_check_effect(a, when);
}

static int all_begin(struct all *a, struct policy *p)
{
	const struct policy_set off = { .what = POLICY_SPOOFCHK, .vf = 0, .value = 0 };
	int ret;

	*a = (struct all){ .p = p };
	/* From a state that is known. */
	ret = policy_set(p, &off);
	if (ret == 0)
		ret = all_find(a);
	return ret < 0 ? ret : policy_join_vlan(p, &p->pf, ALL_VLAN);
}

int cfg_all(struct policy *p)
{
	struct all a;
	unsigned int done = 0;
	int ret = all_begin(&a, p);

	/* One setting changes with each step: the Gray code. */
	for (unsigned int i = 0; ret == 0 && i < ALL_STEPS; i++) {
		unsigned int want = i ^ i >> 1;

		if ((want & ALL_TRUST && !a.trust) || (want & ALL_RATE_ON && !a.rate))
			continue;
		ret = all_set(&a, want);
		if (ret == 0)
			ret = all_check(&a, "in combination");
		done += ret == 0;
	}
	if (ret == 0)
		ret = all_set(&a, 0);
	policy_leave_vlan(p, &p->pf, ALL_VLAN);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx, "each combination of settings does what each of them does alone",
			"%u combinations of spoof check, port VLAN%s%s", done,
			a.trust ? ", trust" : "", a.rate ? ", rate" : "");
}

/* ---- what settings have to survive ---- */

static int persist_pf_down_up(struct all *a)
{
	struct policy *p = a->p;
	int ret = ctx_undo(p->ctx, UNDO_LINK_UP, &p->rig.pf->addr, 1, p->rig.ifname);

	if (ret == 0)
		ret = link_set_up(p->rig.ifname, false);
	if (ret == 0)
		ret = link_set_up(p->rig.ifname, true);
	if (ret < 0)
		return ctx_error(p->ctx, ret, "the PF cannot be taken down and up: %s",
				 strerror(-ret));
	ret = rig_wait_link(&p->rig);
	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++)
		ret = guest_check_nic(&p->guest, i);
	return ret;
}

/* The guest ends, so that the VFs are reset on the host (an FLR), and another one boots. */
static int persist_new_guest(struct all *a)
{
	struct policy *p = a->p;
	int ret;

	for (unsigned int i = 0; i < p->n_vfs; i++)
		end_close(&p->vf[i]);
	ret = policy_boot_again(p);
	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++) {
		ret = guest_check_nic(&p->guest, i);
		if (ret == 0)
			ret = policy_reopen(p, i);
	}
	return ret;
}

static int persist_check(struct all *a)
{
	unsigned int want =
		ALL_SPOOF | ALL_VLAN_ON | (a->trust ? ALL_TRUST : 0) | (a->rate ? ALL_RATE_ON : 0);
	int ret = all_set(a, want);

	if (ret == 0)
		ret = all_check(a, "as set");
	if (ret == 0)
		ret = persist_pf_down_up(a);
	if (ret == 0)
		ret = all_check(a, "after PF down and up");
	if (ret == 0)
		ret = policy_restart(a->p, 0);
	if (ret == 0)
		ret = all_check(a, "after a restart of the VF's driver");
	if (ret == 0)
		ret = persist_new_guest(a);
	return ret < 0 ? ret
		       : all_check(a, "after the guest's end, the VF's reset and a new guest");
}

int cfg_persist(struct policy *p)
{
	struct all a;
	int ret = all_begin(&a, p);

	if (ret == 0)
		ret = persist_check(&a);
	if (ret == 0)
		ret = all_set(&a, 0);
	policy_leave_vlan(p, &p->pf, ALL_VLAN);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx,
			"what the PF has set survives PF down and up, a driver's restart, the VF's "
			"reset and a new guest",
			"MAC, spoof check, port VLAN%s%s: read back, and by effect",
			a.trust ? ", trust" : "", a.rate ? ", rate" : "");
}
