/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bond of VFs of two ports in a guest, and the way over the wire that it rests on. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "cases/guest_config.h"
#include "cases/net_gap.h"
#include "engine/undo.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_vf.h"

#define BOND_NAME "vfbond0"
#define BOND_ACTIVE_MS 10000
#define BOND_OVER_MS 3000 /* within which traffic has to go on */
#define BOND_STEADY_MS 2500 /* a VF whose carrier is back has it within that */
#define BOND_WAIT_MS 15000 /* how long it is watched for that */
#define BOND_BACK_MS 40000 /* a link comes up, and a switch forwards */

struct bond_run {
	struct fixture_wide *f;
	struct net_end own, far;
	struct net_gap gap;
	const struct guest_nic *primary, *other;
	const char *how; /* it was taken down */
};

/* ---- the bond ---- */

static int bond_create(struct bond_run *r)
{
	struct agent_bond req = { .ifname = BOND_NAME };
	bool lost;
	int ret = guest_load_module(&r->f->guest, "bonding");

	memcpy(req.primary, r->primary->netdev.ifname, sizeof(req.primary));
	memcpy(req.other, r->other->netdev.ifname, sizeof(req.other));
	if (ret < 0)
		return ret;
	ret = net_call(&r->f->guest, AGENT_BOND, &req, sizeof(req), NULL, 0, &lost);
	if (ret < 0 && !lost) {
		ctx_fail(r->f->rig.ctx, "bond_refused", "a bond takes the VFs of two ports",
			 "%s and %s: %s", r->primary->what, r->other->what, strerror(-ret));
		return ret;
	}
	return ret < 0 ? ret : 0;
}

struct bond_wait {
	struct bond_run *r;
	const struct guest_nic *want;
	int err;
};

static bool bond_is_active(void *arg)
{
	struct bond_wait *w = arg;
	struct agent_link req = { .ifname = BOND_NAME };
	struct agent_master m;
	bool lost;
	int ret = net_call(&w->r->f->guest, AGENT_MASTER, &req, sizeof(req), &m, sizeof(m), &lost);

	w->err = ret < 0 ? ret : 0;
	return ret < 0 || strncmp(m.active, w->want->netdev.ifname, sizeof(m.active)) == 0;
}

/* -ETIMEDOUT with nothing recorded: it is another one. */
static int bond_await(struct bond_run *r, const struct guest_nic *want, unsigned int ms)
{
	struct bond_wait w = { .r = r, .want = want };
	int ret = util_poll_until(bond_is_active, &w, ctx_ms(r->f->rig.ctx, ms));

	return w.err < 0 ? w.err : ret;
}

static int bond_open(struct bond_run *r)
{
	int ret = bond_create(r);

	if (ret == 0)
		ret = bond_await(r, r->primary, BOND_ACTIVE_MS);
	if (ret == -ETIMEDOUT) {
		ctx_fail(r->f->rig.ctx, "bond_refused", "the bond's primary VF is active",
			 "%s is not after %u s", r->primary->what, BOND_ACTIVE_MS / 1000);
		return ret;
	}
	if (ret == 0)
		ret = net_open_netdev(&r->own, &r->f->guest, "the bond", BOND_NAME, NET_HOST_VF);
	return ret;
}

static int bond_close(struct bond_run *r, int ret)
{
	struct guest *g = &r->f->guest;
	uint64_t lost;

	(void)net_gap_stop(&r->gap, &lost);
	ret = net_ends_close(ret, &r->own, &r->far, NULL);
	if (ret < 0 && (!g->vm || vm_ended(g->vm)))
		return ret;
	if (guest_delete_netdev(g, BOND_NAME) < 0)
		return ret < 0 ? ret : -EIO;
	return ret;
}

/* ---- the active VF goes, and comes back ---- */

static int bond_take_down(struct bond_run *r, bool down)
{
	struct rig *rig = &r->f->rig;
	int ret = link_set_up(rig->ifname, !down);

	return ret < 0 ? ctx_error(rig->ctx, ret, "%s cannot be taken %s: %s", rig->ifname,
				   down ? "down" : "up", strerror(-ret))
		       : 0;
}

/* A PF that is down leaves some VFs their link: then the VF's own link state is what can be set. */
static int bond_disable(struct bond_run *r, bool disable)
{
	struct rig *rig = &r->f->rig;
	int ret = link_set_vf_state(rig->ifname, 0, disable ? LINK_VF_DISABLE : LINK_VF_AUTO);

	r->how = "its VF's link is disabled";
	if (ret == -EOPNOTSUPP)
		ctx_not_applicable(rig->ctx,
				   "the VF keeps its link while %s is down, and the driver "
				   "cannot disable it",
				   rig->ifname);
	else if (ret < 0)
		ctx_error(rig->ctx, ret, "the link state of VF 0 cannot be set: %s",
			  strerror(-ret));
	return ret;
}

static int bond_record(struct bond_run *r)
{
	struct rig *rig = &r->f->rig;
	struct link_vf_policy policy;
	int ret = ctx_undo(rig->ctx, UNDO_LINK_UP, &rig->pf->addr, 1, rig->ifname);

	if (ret == 0 && link_get_vf_policy(rig->ifname, 0, &policy) == 0)
		ret = ctx_undo(rig->ctx, UNDO_VF_POLICY, &rig->pf->addr, undo_vf_policy(0, &policy),
			       rig->ifname);
	return ret < 0 ? ctx_error(rig->ctx, ret, "no room to record the undo") : 0;
}

/* @ret and @ms are of net_gap_await(): how traffic went on by @nic. */
static int bond_judge(struct bond_run *r, const struct guest_nic *nic, const char *what, int ret,
		      unsigned int ms)
{
	struct ctx *ctx = r->f->rig.ctx;
	const unsigned int limit = ctx_ms(ctx, BOND_OVER_MS);
	char expected[48];

	util_format(expected, sizeof(expected), "traffic goes on within %u ms", limit);
	ctx_evidence(ctx, "net.bond", "%s: traffic %s by %s after %u ms", what,
		     ret < 0 ? "does not go on" : "goes on", nic->what, ms);
	if (ret == 0 && ms <= limit)
		return 0;
	ctx_fail(ctx, ret < 0 ? "bond_lost" : "bond_slow", expected, "%s: %s by %s after %u ms",
		 what, ret < 0 ? "no traffic" : "traffic", nic->what, ms);
	return -EBADMSG;
}

static int bond_check_over(struct bond_run *r, const struct guest_nic *nic, uint64_t since,
			   const char *what)
{
	unsigned int ms = 0;
	int ret = net_gap_await(&r->gap, since, BOND_WAIT_MS, &ms);

	return ret < 0 && ret != -ETIMEDOUT ? ret : bond_judge(r, nic, what, ret, ms);
}

/*
 * The bond stays with a VF whose PF is down. A VF that has kept its carrier gives it no reason to
 * change: a PF that is down is no pulled cable, and what its VFs do then is up to the family. Some
 * go on; ixgbevf shows a carrier again after it has lost it for a moment, as no message of its PF
 * comes any more (Linux ixgbevf_check_mac_link_vf(), mailbox API 1.5). Returns 0 then.
 */
static int bond_check_kept(struct bond_run *r)
{
	struct ctx *ctx = r->f->rig.ctx;
	struct agent_link_state s = { 0 };
	int said, ret = guest_link_state(&r->f->guest, r->primary->netdev.ifname, &s, &said);

	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "net.bond", "%s while its PF is down: %s", r->primary->what,
		     s.carrier ? "it shows a carrier" : "no carrier");
	if (s.carrier)
		return 0;
	ctx_fail(ctx, "bond_slow", "the bond's other VF becomes active within 3 s",
		 "%s is active, and has no carrier", r->primary->what);
	return -EBADMSG;
}

static int bond_disable_active(struct bond_run *r)
{
	int ret = bond_take_down(r, false);
	uint64_t since = util_now_ms();

	if (ret == 0)
		ret = bond_disable(r, true);
	if (ret == 0)
		ret = bond_await(r, r->other, BOND_WAIT_MS);
	if (ret == -ETIMEDOUT)
		ctx_fail(r->f->rig.ctx, "bond_slow", "the bond's other VF becomes active",
			 "%s is active %u s after %s", r->primary->what, BOND_WAIT_MS / 1000,
			 r->how);
	return ret < 0 ? ret : bond_check_over(r, r->other, since, r->how);
}

/*
 * The PF goes down. Returns 1 if the bond stays with its VF, or is back on it before the PF is;
 * 0: it has changed, and traffic has gone on in time.
 */
static int bond_pf_down(struct bond_run *r)
{
	uint64_t since = util_now_ms();
	unsigned int ms = 0;
	int ret = bond_take_down(r, true), back, gap;

	if (ret == 0)
		ret = bond_await(r, r->other, BOND_OVER_MS);
	if (ret < 0)
		return ret == -ETIMEDOUT ? 1 : ret;
	gap = net_gap_await(&r->gap, since, BOND_OVER_MS, &ms);
	if (gap < 0 && gap != -ETIMEDOUT)
		return gap;
	back = bond_await(r, r->primary, BOND_STEADY_MS);
	if (back != -ETIMEDOUT)
		return back < 0 ? back : 1;
	return bond_judge(r, r->other, r->how, gap, ms);
}

static int bond_fail_over(struct bond_run *r, bool *disabled)
{
	int ret = bond_pf_down(r);

	*disabled = ret > 0;
	if (ret <= 0)
		return ret;
	ret = bond_check_kept(r);
	return ret < 0 ? ret : bond_disable_active(r);
}

static int bond_back(struct bond_run *r, bool disabled)
{
	struct ctx *ctx = r->f->rig.ctx;
	int ret = disabled ? bond_disable(r, false) : bond_take_down(r, false);

	if (ret == 0)
		ret = bond_await(r, r->primary, BOND_BACK_MS);
	if (ret == -ETIMEDOUT) {
		ctx_fail(ctx, "bond_lost", "the bond goes back to the VF once it has a link again",
			 "%s is not active after %u s", r->primary->what, BOND_BACK_MS / 1000);
		return ret;
	}
	return ret < 0 ? ret
		       : bond_check_over(r, r->primary, util_now_ms(), "back on the first VF");
}

static int bond_use(struct bond_run *r)
{
	bool disabled = false;
	int ret = net_open_station(&r->far, &r->f->peer, NET_HOST_PEER);

	/* The way that the bond rests on, over the wire. */
	if (ret == 0)
		ret = net_open_guest(&r->own, &r->f->guest, 0, NET_HOST_VF);
	if (ret == 0)
		ret = net_check_ip(&r->far, &r->own);
	if (ret == 0)
		ret = net_close(&r->own);
	if (ret == 0)
		ret = bond_open(r);
	if (ret == 0)
		ret = net_gap_start(&r->gap, &r->own, &r->far, "bond_lost");
	if (ret == 0)
		ret = bond_record(r);
	if (ret == 0)
		ret = bond_fail_over(r, &disabled);
	return ret < 0 ? ret : bond_back(r, disabled);
}

static int net_bond(struct fixture_wide *f)
{
	const unsigned int last = f->rig.n_vfs;
	struct bond_run r = { .f = f,
			      .primary = &f->guest.nics[0],
			      .other = &f->guest.nics[last],
			      .how = "its PF is down" };
	uint64_t lost;
	int ret = bond_use(&r);

	lost = r.gap.ask.state.sent - r.gap.ask.state.received;
	ret = bond_close(&r, ret);
	/* The NICs are up on their own again. */
	if (ret == 0)
		ret = rig_wait_link(&f->rig);
	if (ret == 0)
		ret = guest_check_nic(&f->guest, 0);
	if (ret == 0)
		ret = guest_check_nic(&f->guest, last);
	if (ret < 0)
		return ret;
	return ctx_pass(f->rig.ctx, "a bond of VFs of two ports goes on without either",
			"IP over the wire; %s: traffic goes on within %u ms, and back; %llu "
			"messages lost, 50 ms each",
			r.how, ctx_ms(f->rig.ctx, BOND_OVER_MS), (unsigned long long)lost);
}

int run_net_bond(struct ctx *ctx)
{
	return fixture_wide_run(ctx, net_bond);
}
