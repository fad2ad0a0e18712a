/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further unicast MACs in a guest: macvlans on VF 0. Making one succeeds even if the PF refuses its
 * MAC, so that what counts is which of them get their frames.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"

#define MACS 3u /* that any driver promises a trusted VF: igbvf's most */
#define MACS_OVER 1u /* and so many more do no harm */

static const char *macs_name(unsigned int i, char name[IFNAMSIZ])
{
	util_format(name, IFNAMSIZ, "more%u", i);
	return name;
}

static void macs_mac(const struct policy *p, unsigned int i, uint8_t mac[6])
{
	policy_free_mac(p, 16 + i, mac);
}

static int macs_add(struct policy *p, unsigned int first, unsigned int n)
{
	char name[IFNAMSIZ];
	uint8_t mac[ETH_ALEN];
	int said, ret = 0;

	for (unsigned int i = first; ret == 0 && i < first + n; i++) {
		macs_mac(p, i, mac);
		ret = guest_add_macvlan(&p->guest, 0, macs_name(i, name), mac, &said);
		if (ret == 0 && said < 0)
			ret = ctx_error(p->ctx, said, "the guest cannot make a macvlan: %s",
					strerror(-said));
	}
	return ret;
}

static int macs_remove(struct policy *p)
{
	char name[IFNAMSIZ];
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < MACS + MACS_OVER; i++)
		ret = guest_delete_netdev(&p->guest, macs_name(i, name));
	return ret;
}

static void macs_tell(struct policy *p, unsigned int n, unsigned int in, unsigned int out,
		      bool trusted)
{
	ctx_evidence(p->ctx, "macs", "%s: of %u further MACs %u got frames, %u sent",
		     trusted ? "trusted" : "untrusted", n, in, out);
}

/* How many of the first @n MACs get the PF's frames, and how many can send to the PF. */
static int macs_count(struct policy *p, unsigned int n, unsigned int *in, unsigned int *out)
{
	struct end_flow behind = { .from = &p->pf, .dst = p->vf[0].mac, .wait = &p->vf[0] };
	struct end_flow back = { .from = &p->vf[0], .dst = p->pf.mac, .wait = &p->pf };
	struct end_flow f[2] = {
		{ .from = &p->pf, .count = 1, .size = FRAME_MIN_SIZE },
		{ .from = &p->vf[0], .dst = p->pf.mac, .count = 1, .size = FRAME_MIN_SIZE }
	};
	uint8_t mac[ETH_ALEN];
	int ret = policy_new_flow(p, &f[0].session);

	if (ret == 0)
		ret = policy_new_flow(p, &f[1].session);
	for (unsigned int i = 0; ret == 0 && i < n; i++) {
		macs_mac(p, i, mac);
		f[0].dst = f[1].src = mac;
		f[0].first = f[1].first = i;
		ret = ends_send(&f[0], NULL);
		if (ret == 0)
			ret = ends_send(&f[1], NULL);
	}
	if (ret == 0)
		ret = policy_must_come(p, &behind, "cfg_macs_harm",
				       "a VF with further MACs gets frames for its own");
	if (ret == 0)
		ret = policy_must_come(p, &back, "cfg_macs_harm",
				       "a VF with further MACs sends with its own");
	*in = end_count(&p->vf[0], f[0].session, 0, 0);
	*out = end_count(&p->pf, f[1].session, 0, 0);
	return ret;
}

static int macs_trust(struct policy *p, bool on)
{
	const struct policy_set s = { .what = POLICY_TRUST, .vf = 0, .value = on };
	int ret = policy_set(p, &s);

	if (ret == 0)
		ret = policy_restart_link(p, 0);
	return ret < 0 ? ret : policy_await_path(p, &p->vf[0], &p->pf);
}

/* Untrusted: none, as the PF has set the VF's MAC. */
static int macs_check_untrusted(struct policy *p)
{
	unsigned int in, out;
	int ret = macs_trust(p, false);

	if (ret == 0)
		ret = macs_add(p, 0, MACS);
	if (ret == 0)
		ret = macs_count(p, MACS, &in, &out);
	if (ret == 0)
		ret = macs_remove(p);
	if (ret < 0)
		return ret;
	macs_tell(p, MACS, in, out, false);
	if (in == 0)
		return 0;
	ctx_fail(p->ctx, "cfg_macs_untrusted",
		 "an untrusted VF whose MAC the PF has set gets no frames for further MACs",
		 "%u of %u got theirs", in, MACS);
	return -EISCONN;
}

static int macs_check_trusted(struct policy *p)
{
	unsigned int in, out;
	int ret = macs_trust(p, true);

	if (ret == 0)
		ret = macs_add(p, 0, MACS);
	if (ret == 0)
		ret = macs_count(p, MACS, &in, &out);
	if (ret < 0)
		return ret;
	macs_tell(p, MACS, in, out, true);
	if (in == MACS && out == MACS)
		return 0;
	ctx_fail(p->ctx, "cfg_macs_lost", "a trusted VF uses further MACs",
		 "of %u further MACs %u got frames, %u sent", MACS, in, out);
	return -ENODATA;
}

/* One too many may be refused, with all that were asked for at the same time. It does no harm. */
static int macs_check_over(struct policy *p)
{
	unsigned int in, out;
	int ret = macs_add(p, MACS, MACS_OVER);

	if (ret == 0)
		ret = macs_count(p, MACS + MACS_OVER, &in, &out);
	if (ret == 0)
		macs_tell(p, MACS + MACS_OVER, in, out, true);
	return ret;
}

/* Whether the spoof check, which reads as on, still does anything: ixgbe's does not. */
static int macs_check_spoof(struct policy *p)
{
	struct end_flow f = { .from = &p->vf[0], .dst = p->pf.mac };
	struct end_flow behind = { .from = &p->vf[0], .dst = p->pf.mac, .wait = &p->pf };
	const struct policy_set off = { .what = POLICY_SPOOFCHK, .vf = 0, .value = 0 };
	const struct policy_set on = { .what = POLICY_SPOOFCHK, .vf = 0, .value = 1 };
	struct link_vf_policy now = LINK_VF_POLICY_NONE;
	uint8_t foreign[ETH_ALEN];
	int ret = link_get_vf_policy(p->rig.ifname, 0, &now);

	if (ret == -ENOENT || now.spoofchk != 1)
		return 0;
	policy_free_mac(p, 5, foreign);
	f.src = foreign;
	ret = policy_new_flow(p, &f.session);
	if (ret == 0)
		ret = ends_send(&f, NULL);
	if (ret == 0)
		ret = policy_must_come(p, &behind, "traffic_lost", "a VF's own frames pass");
	if (ret < 0)
		return ret;
	if (end_count_any(&p->pf, f.session) > 0)
		ctx_warn(p->ctx, "cfg_macs_spoof",
			 "the spoof check reads as on, and is, while a VF has further MACs",
			 "%u of %u frames with a foreign sender came to the PF",
			 end_count_any(&p->pf, f.session), ENDS_FRAMES);
	/* Off and on is what sets it again. */
	ret = policy_set(p, &off);
	return ret < 0 ? ret : policy_set(p, &on);
}

int cfg_macs(struct policy *p)
{
	int ret = macs_check_untrusted(p), err = 0;

	if (ret == 0)
		ret = macs_check_trusted(p);
	if (ret == 0)
		ret = macs_check_spoof(p);
	if (ret == 0)
		ret = macs_check_over(p);
	if (p->guest.vm && !vm_ended(p->guest.vm))
		err = macs_remove(p);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx, "further MACs of a guest work as far as trust allows",
			"%u macvlans: none without trust, all with it; one more does no harm",
			MACS);
}
