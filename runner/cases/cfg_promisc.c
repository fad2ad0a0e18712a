/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest sees that makes its VF promiscuous: VF 1 is, and VF 0 is sent to. A broadcast in
 * the same run shows that VF 1 receives.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#define PROMISC_FRAMES 1000u
#define PROMISC_BROADCASTS 10u

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* What the promiscuous VF saw of frames for others. */
struct promisc_seen {
	uint32_t own; /* of the card: for VF 0, sent by the PF */
	uint32_t wire; /* for VF 0, over the wire */
	uint32_t nobody; /* for a MAC that nobody has */
};

static int promisc_set(struct policy *p, bool on)
{
	int said, ret = guest_config_value(&p->guest, p->vf[1].ifname, CONFIG_PROMISC, on, &said);

	if (ret == 0 && said < 0)
		ret = ctx_error(p->ctx, said, "the guest's netdev cannot be made promiscuous: %s",
				strerror(-said));
	return ret;
}

/* Frames of @from for VF 0, and how many of them VF 1 saw; a broadcast behind them comes to it. */
static int promisc_look(struct policy *p, struct end *from, uint32_t *seen)
{
	struct end_flow f = { .from = from,
			      .dst = p->vf[0].mac,
			      .count = PROMISC_FRAMES,
			      .size = FRAME_MIN_SIZE,
			      .wait = &p->vf[0] };
	struct end_flow all = {
		.from = from, .dst = broadcast, .count = PROMISC_BROADCASTS, .wait = &p->vf[1]
	};
	int ret = policy_must_come(p, &f, "traffic_lost", "frames for a VF come to it");

	if (ret == 0)
		ret = policy_must_come(p, &all, "traffic_lost",
				       "a broadcast comes to the promiscuous VF");
	*seen = end_count_any(&p->vf[1], f.session);
	return ret;
}

static int promisc_look_all(struct policy *p, struct promisc_seen *seen)
{
	struct end_flow f = { .from = &p->pf };
	struct end_flow behind = { .from = &p->pf, .dst = p->vf[1].mac, .wait = &p->vf[1] };
	uint8_t nobody[ETH_ALEN];
	int ret;

	*seen = (struct promisc_seen){ 0 };
	policy_free_mac(p, 4, nobody);
	f.dst = nobody;
	ret = promisc_look(p, &p->pf, &seen->own);
	if (ret == 0 && policy_wire(p))
		ret = promisc_look(p, policy_wire(p), &seen->wire);
	if (ret == 0)
		ret = policy_new_flow(p, &f.session);
	if (ret == 0)
		ret = ends_send(&f, NULL);
	if (ret == 0)
		ret = policy_must_come(p, &behind, "traffic_lost", "frames for a VF come to it");
	seen->nobody = end_count_any(&p->vf[1], f.session);
	return ret;
}

static void promisc_tell(struct policy *p, const char *when, const struct promisc_seen *seen)
{
	ctx_evidence(p->ctx, "promisc",
		     "%s: of %u frames of the PF's for another VF it saw %u, of %u over the wire "
		     "%u; of %u for a MAC that nobody has %u",
		     when, PROMISC_FRAMES, seen->own, policy_wire(p) ? PROMISC_FRAMES : 0,
		     seen->wire, ENDS_FRAMES, seen->nobody);
}

/* As the driver promises: that is told, and no reason to fail. */
static int promisc_look_trusted(struct policy *p, bool *lacks)
{
	const struct policy_set s = { .what = POLICY_TRUST, .vf = 1, .value = 1 };
	struct promisc_seen seen;
	int ret = policy_try(p, &s);

	*lacks = policy_is_lacking(ret);
	if (*lacks)
		return 0;
	if (ret == 0)
		ret = policy_set(p, &s);
	if (ret == 0)
		ret = policy_restart_link(p, 1);
	if (ret == 0)
		ret = policy_await_path(p, &p->vf[1], &p->pf);
	if (ret == 0)
		ret = promisc_look_all(p, &seen);
	if (ret == 0)
		promisc_tell(p, "trusted and promiscuous", &seen);
	return ret;
}

static int promisc_check(struct policy *p, struct promisc_seen *seen)
{
	const struct policy_set off = { .what = POLICY_TRUST, .vf = 1, .value = 0 };
	int ret = policy_try(p, &off);

	ret = policy_is_lacking(ret) ? 0 : ret;
	if (ret < 0)
		return policy_set(p, &off); /* which records it */
	ret = promisc_set(p, true);
	if (ret == 0)
		ret = promisc_look_all(p, seen);
	if (ret < 0)
		return ret;
	promisc_tell(p, "untrusted and promiscuous", seen);
	if (seen->own + seen->wire == 0)
		return 0;
	ctx_fail(p->ctx, "cfg_promisc_sees",
		 "a promiscuous guest that is not trusted sees no unicast frame of others",
		 "VF 1 saw %u of %u for VF 0 from the PF%s", seen->own, PROMISC_FRAMES,
		 seen->wire ? ", and others over the wire" : "");
	return -EISCONN;
}

int cfg_promisc(struct policy *p)
{
	struct promisc_seen seen;
	bool lacks = false;
	int ret = promisc_check(p, &seen), err = 0;

	if (ret == 0)
		ret = promisc_look_trusted(p, &lacks);
	if (p->guest.vm && !vm_ended(p->guest.vm))
		err = promisc_set(p, false);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx,
			"a promiscuous guest that is not trusted sees no unicast frame of others",
			"none of %u%s; a broadcast came; %s", PROMISC_FRAMES,
			policy_wire(p) ? " of the PF's and as many of the wire's" : " of the PF's",
			lacks ? "the driver has no trust" : "what trust gives is in the evidence");
}
