/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to VFs in guests when something is done beside them or above them: a neighbour is
 * reset, the PF goes down and up, the PF is reset. With the fixture "pair".
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "cases/areas.h"
#include "cases/common.h"
#include "cases/pair.h"
#include "cases/vf_flr.h"
#include "cases/vfs.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/nic_reset.h"
#include "wire/traffic.h"

#define NEIGHBOUR_RESETS 10u
#define NEIGHBOUR_MS 60000u
#define ROUND_FRAMES 200u
#define BACK_MS 30000u
#define RELOAD_MS 60000u
#define DOWN_AFTER_FRAMES 32u
#define GUEST_NICS 2u

/* Frames that the PF sent to a guest's NIC, and what came back. */
struct tally {
	unsigned int rounds, sent, answered, corrupt;
};

/* Test frames between the PF and NIC @i of the first guest, all of them counted. */
static int count_round(struct pair *p, unsigned int i, unsigned int frames, struct tally *t)
{
	struct guest *g = &p->first;
	struct traffic_path path = { .session = traffic_new_session() };
	struct agent_echo_stats stats = { 0 };
	int ret = guest_start_echo(g, &g->nics[i], path.session), err;

	if (ret < 0)
		return ret;
	memcpy(path.peer, g->nics[i].netdev.mac, sizeof(path.peer));
	ret = traffic_exchange(p->pf.fd, p->pf.mac, &path, 1, frames, g->ctx->deadline_ms);
	err = guest_stop_echo(g, &g->nics[i], &stats);
	if (ret < 0)
		return ctx_error(g->ctx, ret, "test frames cannot be exchanged on %s: %s",
				 p->pf.ifname, strerror(-ret));
	t->rounds++;
	t->sent += path.counts.sent;
	t->answered += path.counts.answered;
	t->corrupt += path.counts.corrupt + stats.corrupt;
	return err;
}

struct neighbour {
	struct ctx *ctx;
	const struct rig_dev *dev;
};

static int reset_neighbour(void *arg)
{
	const struct neighbour *n = arg;
	struct vf_flr_times times = { 0 };
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < NEIGHBOUR_RESETS; i++)
		ret = vf_flr_kernel(n->ctx, n->dev, &times);
	vf_flr_tell(n->ctx, n->dev->what, &times);
	return ret;
}

/* Traffic of VF 0 goes on until the resets of @dev are over; at least one round. */
static int traffic_beside_resets(struct pair *p, const struct rig_dev *dev, struct tally *t)
{
	struct ctx *ctx = p->rig.ctx;
	struct neighbour n = { .ctx = ctx, .dev = dev };
	uint64_t deadline = util_now_ms() + ctx_ms(ctx, NEIGHBOUR_MS);
	struct child_end end;
	struct child child;
	bool over = false;
	int ret = child_start(&child, reset_neighbour, &n);

	if (ret < 0)
		return ctx_error(ctx, ret, "no process for the resets: %s", strerror(-ret));
	while (ret == 0 && !over && util_now_ms() < deadline) {
		ret = count_round(p, 0, ROUND_FRAMES, t);
		over = child_await(&child, util_now_ms(), NULL, &end);
	}
	if (!over)
		end = child_wait(&child, deadline, NULL);
	if (ret < 0 || (end.state == CHILD_EXITED && end.value == 0))
		return ret;
	/* What was wrong with a reset, the child has said. */
	if (!ctx_failed(ctx))
		ctx_fail(ctx, "reset_failed", "a VF can be reset while its neighbour has traffic",
			 "the resets of %s did not end", dev->what);
	return CASE_OVER;
}

static int flr_isolated(struct pair *p)
{
	static const char expected[] = "not one frame of a VF is lost while another VF is reset";
	struct ctx *ctx = p->rig.ctx;
	struct tally control = { 0 }, t = { 0 };
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev), err;

	if (ret < 0)
		return ret;
	ret = guest_check_traffic(&p->first, 0, 1, &p->pf);
	if (ret == 0)
		ret = count_round(p, 0, ROUND_FRAMES, &control);
	if (ret == 0 && (control.answered < control.sent || control.corrupt > 0))
		ret = ctx_error(ctx, -EIO,
				"without a reset %u of %u frames come back (%u wrong): what a "
				"reset does cannot be told",
				control.answered, control.sent, control.corrupt);
	if (ret == 0)
		ret = traffic_beside_resets(p, dev, &t);
	if (ret == 0 && (t.answered < t.sent || t.corrupt > 0)) {
		ctx_fail(
			ctx, "vf_flr_neighbour", expected,
			"of %u frames between the PF and VF 0 %u came back (%u wrong) while %s was "
			"reset %u times; without resets all %u did",
			t.sent, t.answered, t.corrupt, dev->what, NEIGHBOUR_RESETS, control.sent);
		ret = CASE_OVER;
	}
	err = pair_return_spare(p);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(ctx, expected, "%u frames to VF 0 and back in %u rounds, %s reset %u times",
			t.sent, t.rounds, dev->what, NEIGHBOUR_RESETS);
}

static int run_flr_isolated(struct ctx *ctx)
{
	return pair_run(ctx, flr_isolated);
}

/*
 * Waits until frames pass between the PF and both NICs of the guest again, for BACK_MS in all, and
 * then looks at all of it. @after says in the finding what was done.
 */
static int come_back(struct pair *p, const char *label, const char *after, unsigned int *ms)
{
	static const char expected[] = "all VFs come back within 30 s";
	struct ctx *ctx = p->rig.ctx;
	struct guest *g = &p->first;
	uint64_t begin = util_now_ms(), end = begin + ctx_ms(ctx, BACK_MS);
	int ret = link_await_carrier(p->rig.ifname, ctx_ms(ctx, BACK_MS));

	if (ret < 0) {
		ctx_fail(ctx, label, expected, "%s the PF has no carrier: %s", after,
			 strerror(-ret));
		return ret;
	}
	for (unsigned int i = 0; ret == 0 && i < GUEST_NICS; i++) {
		struct traffic_path path = { .session = traffic_new_session() };
		struct agent_echo_stats stats;
		uint64_t now = util_now_ms();

		ret = guest_start_echo(g, &g->nics[i], path.session);
		if (ret < 0)
			return ret;
		memcpy(path.peer, g->nics[i].netdev.mac, sizeof(path.peer));
		ret = traffic_probe(p->pf.fd, p->pf.mac, &path,
				    end > now ? (unsigned int)(end - now) : 0);
		if (ret < 0)
			ctx_fail(ctx, label, expected, "%s %s: not one frame was answered in %u ms",
				 after, g->nics[i].what, (unsigned int)(util_now_ms() - begin));
		if (guest_stop_echo(g, &g->nics[i], &stats) < 0)
			return -EPROTO;
	}
	*ms = (unsigned int)(util_now_ms() - begin);
	for (unsigned int i = 0; ret == 0 && i < GUEST_NICS; i++)
		ret = guest_check_nic(g, i);
	return ret < 0 ? ret : pair_check_traffic(p);
}

struct going_down {
	const char *ifname;
	uint64_t sent; /* frames before */
};

static bool frames_pass(void *arg)
{
	const struct going_down *d = arg;
	struct link_info info;

	return link_get(d->ifname, &info) == 0 && info.tx_packets >= d->sent + DOWN_AFTER_FRAMES;
}

/* Takes the PF down as soon as frames are on their way. */
static int take_down(void *arg)
{
	struct going_down *d = arg;
	struct link_info info;
	int ret = link_get(d->ifname, &info);

	d->sent = info.tx_packets;
	/* A driver that counts late is no reason to stay up. */
	if (ret == 0)
		(void)!util_poll_until(frames_pass, d, 1000);
	return ret < 0 ? ret : link_set_up(d->ifname, false);
}

static int down_under_traffic(struct pair *p, struct tally *t)
{
	struct ctx *ctx = p->rig.ctx;
	struct going_down d = { .ifname = p->rig.ifname };
	struct link_info info;
	struct child_end end;
	struct child child;
	int ret = child_start(&child, take_down, &d);

	if (ret < 0)
		return ctx_error(ctx, ret, "no process to take the PF down: %s", strerror(-ret));
	ret = count_round(p, 0, TRAFFIC_MAX_FRAMES, t);
	end = child_wait(&child, util_now_ms() + ctx_ms(ctx, BACK_MS), NULL);
	if (ret == 0 && (end.state != CHILD_EXITED || end.value != 0 ||
			 link_get(d.ifname, &info) < 0 || info.admin_up))
		ret = ctx_error(ctx, -EIO, "%s was not taken down", d.ifname);
	return ret;
}

static int pf_down(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct tally t = { 0 };
	struct link_info info;
	unsigned int ms = 0;
	int ret = pair_check_traffic(p), err;

	if (ret == 0)
		ret = vfs_find_pf(ctx, ctx->pf, true, p->rig.ifname, &info);
	if (ret < 0)
		return ret;
	ret = down_under_traffic(p, &t);
	ctx_evidence(ctx, "pf_down", "%u of %u frames to VF 0 were answered until the PF was down",
		     t.answered, t.sent);
	err = link_set_up(p->rig.ifname, true);
	if (err < 0)
		ctx_fail(ctx, "link_down", "the PF's network interface comes up again", "%s: %s",
			 p->rig.ifname, strerror(-err));
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	ret = come_back(p, "vf_pf_down_lost", "after the PF was down", &ms);
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "vf.pf_down", "frames pass again after %u ms", ms);
	return ctx_pass(ctx, "VFs in a guest come back when their PF was down",
			"2 VFs: frames after %u ms, then driver, MAC, link and traffic", ms);
}

static int run_pf_down(struct ctx *ctx)
{
	return pair_run(ctx, pf_down);
}

/* True if the errno says that there is no such way to reset this port. */
static bool is_no_way(int err)
{
	return err == -EOPNOTSUPP || err == -ENODEV;
}

/*
 * Resets the PF in the first way that its driver has. Returns what came of it, 0 or -errno; @how is
 * that way, NULL if there is none.
 */
static int reset_pf(struct pair *p, const char **how)
{
	struct ctx *ctx = p->rig.ctx;
	const char *ifname = p->rig.ifname;
	char why[160];
	int ret = nic_reset_ethtool(ifname);

	*how = "ethtool --reset";
	if (is_no_way(ret)) {
		ctx_evidence(ctx, "pf_reset.ethtool", "not there: %s", strerror(-ret));
		*how = "devlink reload";
		ret = nic_reload_devlink(&ctx->pf->addr, ctx_ms(ctx, RELOAD_MS), why, sizeof(why));
		if (ret < 0)
			ctx_evidence(ctx, "pf_reset.devlink", "%s%s%s", strerror(-ret),
				     why[0] ? ": " : "", why);
	}
	if (is_no_way(ret)) {
		*how = "ethtool --negotiate";
		ret = nic_restart_link(ifname);
		if (ret < 0)
			ctx_evidence(ctx, "pf_reset.negotiate", "%s", strerror(-ret));
	}
	if (is_no_way(ret))
		*how = NULL;
	return ret;
}

static int pf_reset(struct pair *p)
{
	static const char expected[] =
		"a reset of the PF is refused, or all VFs come back within 30 s";
	struct ctx *ctx = p->rig.ctx;
	struct link_info before = { 0 }, after = { 0 };
	unsigned int ms = 0;
	const char *how;
	int ret = pair_check_traffic(p), done;

	if (ret == 0)
		ret = vfs_find_pf(ctx, ctx->pf, true, p->rig.ifname, &before);
	if (ret < 0)
		return ret;
	done = reset_pf(p, &how);
	if (!how)
		return ctx_not_applicable(ctx,
					  "the driver %s has no reset of the port: neither "
					  "ethtool's, nor devlink's, nor a new negotiation",
					  ctx->pf->driver);
	ret = come_back(p, "vf_pf_reset_lost",
			done < 0 ? "after a refused reset" : "after its reset", &ms);
	if (ret < 0)
		return ret;
	if (link_get(p->rig.ifname, &after) < 0)
		after = before;
	ctx_evidence(ctx, "vf.pf_reset", "%s: frames pass again after %u ms", how, ms);
	ctx_evidence(ctx, "pf_reset", "%s: %s, the PF's carrier changed %u times", how,
		     done < 0 ? strerror(-done) : "done",
		     after.carrier_changes - before.carrier_changes);
	return ctx_pass(ctx, expected, "%s: %s; 2 VFs: driver, MAC, link and traffic", how,
			done < 0 ? strerror(-done) : "done");
}

static int run_pf_reset(struct ctx *ctx)
{
	return pair_run(ctx, pf_reset);
}

/* What a guest's driver says while its PF does not answer. */
static const struct provoked reset_noticed[] = {
	{ "ixgbevf", "*Failed to set MTU at*" },
	{ 0 },
};

const struct case_def vf_pf_cases[] = {
	{ .id = "vf_flr_isolated",
	  .set = SET_FULL,
	  .title = "A VF that is reset does not disturb its neighbour",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = 180,
	  .fixture = &fixture_pair,
	  .run = run_flr_isolated },
	{ .id = "vf_pf_down",
	  .set = SET_FULL,
	  .title = "VFs in a guest come back when the PF was down",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = 180,
	  .fixture = &fixture_pair,
	  .run = run_pf_down },
	{ .id = "vf_pf_reset",
	  .set = SET_FULL,
	  .title = "A reset of the PF is refused, or its VFs in a guest come back",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = 240,
	  .fixture = &fixture_pair,
	  .provokes = reset_noticed,
	  .run = run_pf_reset },
	{ .id = NULL },
};
