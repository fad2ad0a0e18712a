/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The link state that the PF gives a VF: auto, disable, enable. */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/link.h"

#define LINK_FOLLOWS_MS 10000u /* drivers look every 2 s */
#define LINK_PULLED_MS 6000u

struct link_wait {
	struct policy *p;
	unsigned int vf;
	bool carrier;
	int err;
};

static bool link_is_so(void *arg)
{
	struct link_wait *w = arg;
	struct agent_link_state state;
	int said;

	w->err = guest_link_state(&w->p->guest, w->p->vf[w->vf].ifname, &state, &said);
	return w->err < 0 || (said == 0 && (state.carrier != 0) == w->carrier);
}

/* The VF has a carrier, or none, in the guest: FAIL @label if not in time. */
static int link_await(struct policy *p, unsigned int vf, bool carrier, const char *label,
		      const char *expected)
{
	struct link_wait w = { p, vf, carrier, 0 };
	int ret = util_poll_until(link_is_so, &w, ctx_ms(p->ctx, LINK_FOLLOWS_MS));

	if (w.err < 0 || ret == 0)
		return w.err;
	ctx_fail(p->ctx, label, expected, "VF %u still has %s after %u s", vf,
		 carrier ? "none" : "one", LINK_FOLLOWS_MS / 1000);
	return ret;
}

static int link_set(struct policy *p, unsigned int vf, enum link_vf_state state)
{
	const struct policy_set s = { .what = POLICY_STATE, .vf = vf, .value = state };

	return policy_set(p, &s);
}

/*
 * Disabled: no carrier in the guest, and nothing comes to it. The PF's frames for the other VF are
 * sent behind.
 */
static int link_check_disabled(struct policy *p)
{
	struct end_flow in = { .from = &p->pf, .dst = p->vf[0].mac };
	struct end_flow behind = { .from = &p->pf, .dst = p->vf[1].mac, .wait = &p->vf[1] };
	struct end_flow out = { .from = &p->vf[0], .dst = p->pf.mac };
	struct flow_sent sent;
	int ret = link_set(p, 0, LINK_VF_DISABLE);

	if (ret == 0)
		ret = link_await(p, 0, false, "cfg_link_stays",
				 "a VF that is switched off has no carrier in the guest");
	if (ret == 0)
		ret = policy_new_flow(p, &in.session);
	if (ret == 0)
		ret = policy_new_flow(p, &out.session);
	if (ret == 0)
		ret = ends_send(&in, NULL);
	/* Without a carrier the guest's netdev takes nothing, or lets it fall. */
	if (ret == 0)
		ret = ends_send(&out, &sent);
	if (ret == 0)
		ret = policy_must_come(p, &behind, "traffic_lost",
				       "the other VF works while one is switched off");
	if (ret == 0)
		ret = policy_must_not(p, &p->vf[0], in.session, "cfg_link_passes",
				      "nothing comes to a VF that is switched off");
	return ret < 0 ? ret
		       : policy_must_not(p, &p->pf, out.session, "cfg_link_passes",
					 "nothing comes from a VF that is switched off");
}

static int link_check_auto(struct policy *p)
{
	int ret = link_set(p, 0, LINK_VF_AUTO);

	if (ret == 0)
		ret = link_await(p, 0, true, "cfg_link_gone",
				 "a VF that follows its PF again has a carrier");
	if (ret == 0)
		ret = policy_await_path(p, &p->pf, &p->vf[0]);
	return ret < 0 ? ret : policy_await_path(p, &p->vf[0], &p->pf);
}

/* ---- the port's cable: as far as taking the far end down is like pulling it ---- */

static int link_far_down(void *arg)
{
	const struct end *e = arg;

	return link_set_up(e->ifname, false);
}

static int link_far_up(void *arg)
{
	const struct end *e = arg;

	return link_set_up(e->ifname, true);
}

static bool link_pf_is_down(void *arg)
{
	struct link_info info;

	return link_get(arg, &info) == 0 && !info.carrier;
}

/* With the PF without a carrier: a VF that is enabled passes frames to another one. */
static int link_check_enabled(struct policy *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = link_set(p, i, LINK_VF_ENABLE);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = link_await(p, i, true, "cfg_link_gone",
				 "a VF that is enabled has a carrier while its PF has none");
	if (ret == 0)
		ret = policy_await_path(p, &p->vf[0], &p->vf[1]);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = link_set(p, i, LINK_VF_AUTO);
	return ret;
}

/* What there is without a carrier. *@done: it could be tried. */
static int link_check_pulled(struct policy *p, bool enable, bool *done)
{
	struct end *wire = policy_wire(p);
	int ret, err;

	*done = false;
	if (!wire)
		return 0;
	ret = station_call(wire->station, link_far_down, wire);
	if (ret < 0)
		return ctx_error(p->ctx, ret, "%s cannot be taken down: %s", wire->what,
				 strerror(-ret));
	*done = util_poll_until(link_pf_is_down, p->rig.ifname, ctx_ms(p->ctx, LINK_PULLED_MS)) ==
		0;
	if (*done)
		ret = link_await(p, 0, false, "cfg_link_stays",
				 "a VF in state auto has no carrier while its PF has none");
	if (ret == 0 && *done && enable)
		ret = link_check_enabled(p);
	err = station_call(wire->station, link_far_up, wire);
	if (ret == 0 && err < 0)
		ret = ctx_error(p->ctx, err, "%s cannot be brought up: %s", wire->what,
				strerror(-err));
	if (ret == 0)
		ret = station_wait_link(wire->station);
	return ret < 0 ? ret
		       : link_await(p, 0, true, "cfg_link_gone",
				    "a VF has a carrier again with its PF");
}

/* True if the driver has it: ixgbe says yes and changes nothing. */
static int link_has_enable(struct policy *p, bool *has)
{
	const struct policy_set s = { .what = POLICY_STATE, .vf = 0, .value = LINK_VF_ENABLE };
	struct link_vf_policy now = LINK_VF_POLICY_NONE;
	int ret = policy_try(p, &s), err = link_get_vf_policy(p->rig.ifname, 0, &now);

	*has = ret == 0 && err == 0 && now.state == LINK_VF_ENABLE;
	ctx_evidence(p->ctx, "link.enable", "%s",
		     *has      ? "reads back"
		     : ret < 0 ? strerror(-ret)
			       : "taken without an error, and not done: the driver has none");
	return *has ? link_set(p, 0, LINK_VF_AUTO) : 0;
}

int cfg_link(struct policy *p)
{
	bool enable = false, pulled = false;
	int ret = link_check_disabled(p);

	if (ret == 0)
		ret = link_check_auto(p);
	if (ret == 0)
		ret = link_has_enable(p, &enable);
	if (ret == 0)
		ret = link_check_pulled(p, enable, &pulled);
	if (ret == 0)
		ret = policy_await_path(p, &p->pf, &p->vf[0]);
	if (ret < 0)
		return ret;
	if (!pulled)
		ctx_evidence(p->ctx, "link.pulled",
			     "not done: %s, so that what a VF does while its PF has no carrier was "
			     "not seen",
			     policy_wire(p) ? "the PF keeps its carrier with the far end down"
					    : "there is no far end to be taken down");
	return ctx_pass(p->ctx, "a VF's link is as its PF sets it",
			"disable: no carrier, and no frame either way; auto: back%s%s",
			pulled ? ", and gone with the PF's" : "",
			pulled && enable ? "; enable: frames between VFs without the PF's" : "");
}
