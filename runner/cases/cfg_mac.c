/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MACs of VFs: those that the PF gives, and those that a guest takes. The PF is the far end: what
 * it sends to a MAC that no VF has goes out to the wire and comes to no VF.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/link.h"

/* @from's frames for a MAC come to @to, or @to's with that MAC as sender come to the PF. */
static int mac_check_taken(struct policy *p, struct end *from, struct end *to, const uint8_t mac[6])
{
	struct end_flow f = { .from = from, .dst = mac, .wait = to };

	return policy_must_come(p, &f, "cfg_mac_not_taken",
				"frames for a VF's MAC come to that VF");
}

static int mac_check_sent(struct policy *p, struct end *from, const uint8_t mac[6])
{
	struct end_flow f = { .from = from, .dst = p->pf.mac, .src = mac, .wait = &p->pf };

	return policy_must_come(p, &f, "cfg_mac_not_sent",
				"frames with a VF's MAC as sender leave it");
}

/*
 * Frames for @gone do not come to VF @i; those for its MAC, which do, are sent behind them.
 */
static int mac_check_gone(struct policy *p, unsigned int i, const uint8_t gone[6])
{
	struct end_flow f = { .from = &p->pf, .dst = gone };
	int ret = policy_new_flow(p, &f.session);

	if (ret == 0)
		ret = ends_send(&f, NULL);
	if (ret == 0)
		ret = mac_check_taken(p, &p->pf, &p->vf[i], p->vf[i].mac);
	return ret < 0 ? ret
		       : policy_must_not(p, &p->vf[i], f.session, "cfg_mac_stays",
					 "frames for a MAC that a VF has not any more do not come "
					 "to it");
}

static int mac_set(struct policy *p, unsigned int i, const uint8_t mac[6])
{
	const struct policy_set s = { .what = POLICY_MAC, .vf = i, .mac = mac };

	return policy_set(p, &s);
}

/* The VF's driver starts anew, and has the MAC that the PF has set. */
static int mac_restart(struct policy *p, unsigned int i, const uint8_t mac[6])
{
	int ret;

	policy_expect_mac(p, i, mac);
	ret = policy_restart(p, i);
	return ret < 0 ? ret : policy_await_path(p, &p->vf[i], &p->pf);
}

static int mac_back(struct policy *p, unsigned int i)
{
	int ret = mac_set(p, i, p->rig.vfs[i].mac);

	return ret < 0 ? ret : mac_restart(p, i, p->rig.vfs[i].mac);
}

/* A PF that gives its VFs no MAC: virtio. Recorded then. */
static bool mac_is_lacking(struct policy *p)
{
	if (p->rig.vfs[0].mac_known)
		return false;
	ctx_not_applicable(p->ctx, "the PF's driver gives VFs no MAC");
	return true;
}

int cfg_mac_change(struct policy *p)
{
	uint8_t old[ETH_ALEN], new[ETH_ALEN];
	int ret;

	if (mac_is_lacking(p))
		return 0;
	memcpy(old, p->vf[0].mac, sizeof(old));
	policy_free_mac(p, 0, new);
	ret = mac_check_taken(p, &p->pf, &p->vf[0], old);
	if (ret == 0)
		ret = mac_set(p, 0, new);
	if (ret == 0)
		ret = mac_restart(p, 0, new);
	if (ret == 0)
		ret = mac_check_gone(p, 0, old);
	if (ret == 0)
		ret = mac_check_sent(p, &p->vf[0], new);
	if (ret == 0)
		ret = mac_back(p, 0);
	if (ret == 0)
		ret = mac_check_gone(p, 0, new);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx, "a MAC that the PF sets is the VF's from its driver's next start",
			"set, used both ways, the old one deaf (%u frames); and back", ENDS_FRAMES);
}

/* ---- the guest's own choice ---- */

enum mac_effect { MAC_REFUSED, MAC_WITHOUT_EFFECT, MAC_WORKS };

/*
 * The guest gives VF 0 a MAC. What comes of it: its driver or the PF refuses, or no frame for it or
 * from it passes, or all do. *@half: only one way.
 */
static int mac_try(struct policy *p, const uint8_t mac[6], enum mac_effect *effect, bool *half)
{
	struct end_flow in = { .from = &p->pf, .dst = mac },
			out = { .from = &p->vf[0], .dst = p->pf.mac, .src = mac };
	struct end_flow behind = { .from = &p->pf, .dst = p->vf[1].mac, .wait = &p->vf[1] };
	bool taken, sent;
	int said, ret = guest_config_mac(&p->guest, p->vf[0].ifname, mac, &said);

	*effect = MAC_REFUSED;
	*half = false;
	ctx_evidence(p->ctx, "guest.mac", "VF 0 is given a MAC in the guest: %s",
		     said < 0 ? strerror(-said) : "taken");
	if (ret < 0 || said < 0)
		return ret;
	ret = policy_new_flow(p, &in.session);
	if (ret == 0)
		ret = policy_new_flow(p, &out.session);
	/* What can come is waited for, as long as it takes to be sure that it does not. */
	in.wait = &p->vf[0];
	out.wait = &p->pf;
	if (ret == 0)
		ret = ends_send(&in, NULL);
	if (ret == 0)
		ret = ends_send(&out, NULL);
	if (ret == 0)
		ret = policy_must_come(p, &behind, "traffic_lost", "the other VF works meanwhile");
	if (ret < 0)
		return ret;
	taken = end_count_any(&p->vf[0], in.session) > 0;
	sent = end_count_any(&p->pf, out.session) > 0;
	*half = taken != sent;
	*effect = taken && sent ? MAC_WORKS : MAC_WITHOUT_EFFECT;
	ctx_evidence(p->ctx, "guest.mac", "frames for it: %u of %u came; frames from it: %u of %u",
		     end_count_any(&p->vf[0], in.session), ENDS_FRAMES,
		     end_count_any(&p->pf, out.session), ENDS_FRAMES);
	return 0;
}

/*
 * The guest's MAC is again what the PF says. The guest gives it back first: a driver that is taken
 * down tells a PF that trusts it its MAC once more (igbvf's init_hw).
 */
static int mac_guest_back(struct policy *p)
{
	int said, ret = guest_config_mac(&p->guest, p->vf[0].ifname, p->rig.vfs[0].mac, &said);

	if (ret == 0)
		ret = mac_set(p, 0, p->rig.vfs[0].mac);

	return ret < 0 ? ret : mac_restart(p, 0, p->rig.vfs[0].mac);
}

static int mac_trust(struct policy *p, bool on)
{
	const struct policy_set s = { .what = POLICY_TRUST, .vf = 0, .value = on };
	int ret = policy_set(p, &s);

	if (ret == 0)
		ret = policy_restart_link(p, 0);
	return ret < 0 ? ret : policy_await_path(p, &p->vf[0], &p->pf);
}

/* Untrusted: neither frames for the guest's MAC nor frames with it pass. */
static int mac_check_untrusted(struct policy *p, const uint8_t mac[6], enum mac_effect *effect)
{
	bool half;
	int ret = mac_try(p, mac, effect, &half);

	if (ret < 0 || (*effect != MAC_WORKS && !half))
		return ret;
	ctx_fail(p->ctx, "cfg_mac_guest_works",
		 "an untrusted guest cannot take another MAC than the PF has set",
		 "frames %s it pass", half ? "for or from" : "for and from");
	return -EISCONN;
}

/* The control: a trusted guest can. */
static int mac_check_trusted(struct policy *p, const uint8_t mac[6])
{
	enum mac_effect effect;
	bool half;
	int ret = mac_try(p, mac, &effect, &half);

	if (ret < 0 || effect == MAC_WORKS)
		return ret;
	ctx_fail(p->ctx, "cfg_trust_no_effect", "a trusted guest can take another MAC",
		 effect == MAC_REFUSED ? "it is refused"
		 : half		       ? "frames pass one way only"
				       : "it is taken, and no frame for it or from it passes");
	return -ENODATA;
}

/* The guest takes another MAC, and its own again: without trust (*@effect), then with it. */
static int mac_off_and_on(struct policy *p, const uint8_t mac[6], enum mac_effect *effect)
{
	int ret = mac_trust(p, false);

	if (ret == 0)
		ret = mac_check_untrusted(p, mac, effect);
	if (ret == 0)
		ret = mac_guest_back(p);
	if (ret == 0)
		ret = mac_trust(p, true);
	if (ret == 0)
		ret = mac_check_trusted(p, mac);
	return ret < 0 ? ret : mac_guest_back(p);
}

static int mac_check_trust(struct policy *p)
{
	uint8_t mac[ETH_ALEN];
	enum mac_effect effect;
	int ret;

	policy_free_mac(p, 1, mac);
	ret = mac_off_and_on(p, mac, &effect);
	/* And once more without, as that it was taken back is not seen in what it reads. */
	if (ret == 0)
		ret = mac_trust(p, false);
	if (ret == 0)
		ret = mac_check_untrusted(p, mac, &effect);
	return ret < 0 ? ret : mac_guest_back(p);
}

int cfg_trust(struct policy *p)
{
	const struct policy_set off = { .what = POLICY_TRUST, .vf = 0, .value = 0 };
	int ret = policy_set(p, &off);

	if (ret == 0)
		ret = mac_check_trust(p);

	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx, "trust reads back, and lets a guest choose its MAC or not",
			"off: without effect or refused; on: frames pass both ways; off again: "
			"without effect or refused");
}

/* Where there is no trust, only a refusal can be told from a path that does not work. */
static int mac_guest_without_trust(struct policy *p, const uint8_t mac[6])
{
	enum mac_effect effect;
	int ret = mac_check_untrusted(p, mac, &effect);

	if (ret == 0)
		ret = mac_guest_back(p);
	if (ret < 0)
		return ret;
	if (effect != MAC_REFUSED)
		return ctx_error(p->ctx, -ENODATA,
				 "no frame for the guest's MAC passes, and without a setting for "
				 "trust nothing shows that one could");
	return ctx_pass(p->ctx, "a guest cannot take another MAC than the PF has set",
			"it is refused");
}

int cfg_mac_guest(struct policy *p)
{
	const struct policy_set off = { .what = POLICY_TRUST, .vf = 0, .value = 0 };
	uint8_t mac[ETH_ALEN];
	enum mac_effect effect;
	int ret;

	if (mac_is_lacking(p))
		return 0;
	ret = policy_try(p, &off);
	policy_free_mac(p, 2, mac);
	if (policy_is_lacking(ret))
		return mac_guest_without_trust(p, mac);
	ret = mac_off_and_on(p, mac, &effect);
	if (ret == 0)
		ret = mac_trust(p, false);
	if (ret == 0)
		ret = mac_check_gone(p, 0, mac);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx,
			"a guest cannot take another MAC than the PF has set, unless it is trusted",
			"untrusted: %s; trusted: frames pass both ways; and back",
			effect == MAC_REFUSED ? "refused" : "without effect");
}

/* ---- two VFs ---- */

/* Both drivers are gone from their VFs while the MACs change, as two VFs have none in common. */
static int mac_give(struct policy *p, const uint8_t a[6], const uint8_t b[6])
{
	uint8_t spare[ETH_ALEN];
	int ret;

	policy_free_mac(p, 3, spare);
	ret = mac_set(p, 0, spare);
	if (ret == 0)
		ret = mac_set(p, 1, b);
	if (ret == 0)
		ret = mac_set(p, 0, a);
	if (ret == 0)
		ret = mac_restart(p, 0, a);
	return ret < 0 ? ret : mac_restart(p, 1, b);
}

/* Frames for each MAC come to its VF, and to it alone; each sends with its own. */
static int mac_check_each(struct policy *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++) {
		ret = mac_check_gone(p, i, p->vf[1 - i].mac);
		if (ret == 0)
			ret = mac_check_sent(p, &p->vf[i], p->vf[i].mac);
	}
	return ret;
}

int cfg_mac_swap(struct policy *p)
{
	const uint8_t *a = p->rig.vfs[0].mac, *b = p->rig.vfs[1].mac;
	int ret;

	if (mac_is_lacking(p))
		return 0;
	ret = mac_check_each(p);
	if (ret == 0)
		ret = mac_give(p, b, a);
	if (ret == 0)
		ret = mac_check_each(p);
	if (ret == 0)
		ret = mac_give(p, a, b);
	if (ret == 0)
		ret = mac_check_each(p);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx, "two VFs exchange their MACs, and traffic follows",
			"there and back: frames for each MAC came to the VF that had it, and to it "
			"alone");
}

int cfg_mac_dup(struct policy *p)
{
	const uint8_t *a = p->rig.vfs[0].mac, *b = p->rig.vfs[1].mac;
	const struct policy_set dup = { .what = POLICY_MAC, .vf = 0, .mac = b };
	int refused, ret = 0;
	uint32_t session;

	if (mac_is_lacking(p))
		return 0;
	refused = policy_try(p, &dup);
	if (refused == 0) {
		struct end_flow f = { .from = &p->pf, .dst = b, .wait = &p->vf[1] };

		policy_expect_mac(p, 0, b);
		ret = policy_restart(p, 0);
		if (ret == 0)
			ret = policy_new_flow(p, &session);
		f.session = session;
		/* Both or one get the frames: either is fine. */
		if (ret == 0)
			ret = ends_send(&f, NULL);
		if (ret == 0)
			ret = end_read(&p->vf[0]);
		if (ret == 0)
			ctx_evidence(p->ctx, "mac.dup", "of %u frames %u came to VF 0, %u to VF 1",
				     ENDS_FRAMES, end_count_any(&p->vf[0], session),
				     end_count_any(&p->vf[1], session));
		if (ret == 0)
			ret = guest_alive(&p->guest);
	}
	/* Afterwards each works with its own. */
	if (ret == 0)
		ret = mac_give(p, a, b);
	if (ret == 0)
		ret = mac_check_each(p);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx, "one MAC for two VFs is refused, or does no harm",
			"%s; afterwards each VF works with its own",
			refused < 0 ? strerror(-refused) : "taken");
}
