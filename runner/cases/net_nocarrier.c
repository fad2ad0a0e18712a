/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs of a port without carrier. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "cases/ends.h"
#include "cases/guest_config.h"
#include "engine/undo.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_vf.h"

#define NOCARRIER_VFS 2u
#define NOCARRIER_AWAY_MS 4000 /* until a port's far end that is down is noticed */
#define NOCARRIER_UP_MS 3000 /* the VF's driver asks its PF */
#define NOCARRIER_VF_MS 15000
#define NOCARRIER_BACK_MS 30000

struct nocarrier {
	struct ctx *ctx;
	struct rig rig;
	struct station peer;
	struct guest guest;
	bool taken; /* the port had a carrier */
	unsigned int enabled; /* VFs whose link the PF says to enable, and reads back so */
	uint32_t passed; /* frames from VF to VF */
};

/* ---- the carrier ---- */

static int nocarrier_peer_down(void *arg)
{
	const struct station *s = arg;

	return link_set_up(s->ifname, false);
}

static int nocarrier_peer_up(void *arg)
{
	const struct station *s = arg;

	return link_set_up(s->ifname, true);
}

static bool nocarrier_pf_has_none(void *arg)
{
	const struct nocarrier *n = arg;
	struct link_info info;

	return link_get(n->rig.ifname, &info) == 0 && !info.carrier;
}

/* Returns 0: the port has no carrier; 1: the verdict is there. */
static int nocarrier_take(struct nocarrier *n)
{
	struct ctx *ctx = n->ctx;
	int ret;

	if (ctx->pf->peer < 0 && nocarrier_pf_has_none(n))
		return 0;
	if (ctx->pf->peer < 0 && requires_owes_second_pf(ctx)) {
		ctx_skip(ctx,
			 "the port has a link, and reaches no other port of this host that could "
			 "take it away");
		return 1;
	}
	if (ctx->pf->peer < 0) {
		ctx_not_applicable(ctx,
				   "the port has a link, and reaches no other port of this host "
				   "that could take it away");
		return 1;
	}
	ret = station_open_peer(&n->peer, ctx);
	if (ret == 0)
		ret = station_wait_link(&n->peer);
	if (ret == 0)
		ret = rig_wait_link(&n->rig);
	if (ret < 0)
		return ret;
	n->taken = true;
	ret = station_call(&n->peer, nocarrier_peer_down, &n->peer);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be taken down: %s", n->peer.what,
				 strerror(-ret));
	if (util_poll_until(nocarrier_pf_has_none, n, ctx_ms(ctx, NOCARRIER_AWAY_MS)) == 0)
		return 0;
	/* Some ports keep their link while their netdev is down: that proves nothing of the VFs. */
	ctx_skip(ctx,
		 "the port keeps its link while the %s at the other end is down: pull the cable, "
		 "or let "
		 "that port give up its link (i40e, ice: ethtool --set-priv-flags, "
		 "link-down-on-close)",
		 n->peer.what);
	return 1;
}

/* ---- the VFs ---- */

struct nocarrier_wait {
	struct nocarrier *n;
	unsigned int nic;
	bool want;
	int err;
};

static bool nocarrier_is_so(void *arg)
{
	struct nocarrier_wait *w = arg;
	struct agent_link_state s;
	int said;

	w->err = guest_link_state(&w->n->guest, w->n->guest.nics[w->nic].netdev.ifname, &s, &said);
	return w->err < 0 || (said == 0 && (s.carrier != 0) == w->want);
}

/* Returns 0, -ETIMEDOUT with nothing recorded, -errno. */
static int nocarrier_await(struct nocarrier *n, unsigned int nic, bool want, unsigned int ms)
{
	struct nocarrier_wait w = { .n = n, .nic = nic, .want = want };
	int ret = util_poll_until(nocarrier_is_so, &w, ctx_ms(n->ctx, ms));

	return w.err < 0 ? w.err : ret;
}

/* Each VF is up in the guest and has no carrier. */
static int nocarrier_check_vf(struct nocarrier *n, unsigned int nic)
{
	struct guest *g = &n->guest;
	int said = 0, ret = guest_check_unlinked(g, nic);

	if (ret == 0)
		ret = guest_config_value(g, g->nics[nic].netdev.ifname, CONFIG_UP, 1, &said);
	if (ret < 0)
		return ret;
	if (said < 0) {
		ctx_evidence(n->ctx, "net.nocarrier", "%s cannot be brought up: %s",
			     g->nics[nic].what, strerror(-said));
		return 0;
	}
	/* A VF whose driver has not asked yet has no carrier either. */
	ret = nocarrier_await(n, nic, true, NOCARRIER_UP_MS);
	if (ret == -ETIMEDOUT)
		return 0;
	if (ret < 0)
		return ret;
	ctx_fail(n->ctx, "nocarrier_hidden", "a VF of a port without carrier has none",
		 "%s has a carrier in the guest, and %s has none", g->nics[nic].what,
		 n->rig.ifname);
	return -EBADMSG;
}

/* The link policy "enable": VFs have a link of their own then. */
static int nocarrier_enable(struct nocarrier *n, unsigned int vf)
{
	struct link_vf_policy before, now;
	int ret = link_get_vf_policy(n->rig.ifname, vf, &before);

	if (ret < 0)
		return 0; /* the driver tells nothing of its VFs */
	ret = ctx_undo(n->ctx, UNDO_VF_POLICY, &n->rig.pf->addr, undo_vf_policy(vf, &before),
		       n->rig.ifname);
	if (ret < 0)
		return ctx_error(n->ctx, ret, "no room to record the undo");
	ret = link_set_vf_state(n->rig.ifname, vf, LINK_VF_ENABLE);
	if (ret == 0)
		ret = link_get_vf_policy(n->rig.ifname, vf, &now);
	/* ixgbe takes it and does nothing: what is read back counts. */
	n->enabled += ret == 0 && now.state == LINK_VF_ENABLE;
	ctx_evidence(n->ctx, "net.nocarrier", "VF %u: link state enable: %s", vf,
		     ret < 0			   ? strerror(-ret)
		     : now.state == LINK_VF_ENABLE ? "set"
						   : "taken, and not read back");
	return 0;
}

/* Frames from the first VF to the second. */
static int nocarrier_send(struct nocarrier *n)
{
	struct end a, b;
	struct flow_sent sent = { 0 };
	const uint32_t base = flow_new_base();
	const bool must = n->enabled == NOCARRIER_VFS;
	struct end_flow f = { .from = &a, .session = FLOW_OF(base, 0), .wait = must ? &b : NULL };
	int ret;

	end_of_nic(&a, &n->guest, 0);
	end_of_nic(&b, &n->guest, 1);
	f.dst = b.mac;
	ret = end_open(&b, base, false);
	if (ret == 0)
		ret = ends_send(&f, &sent);
	if (ret == 0)
		ret = end_read(&b);
	n->passed = ret == 0 ? end_count_any(&b, f.session) : 0;
	end_close(&b);
	if (ret < 0)
		return ret;
	ctx_evidence(n->ctx, "net.nocarrier", "from VF to VF: %u frames taken%s%s, %u arrived",
		     sent.frames, sent.error < 0 ? ", then " : "",
		     sent.error < 0 ? strerror(-sent.error) : "", n->passed);
	if (!must || n->passed == ENDS_FRAMES)
		return 0;
	ctx_fail(n->ctx, "nocarrier_apart",
		 "VFs whose link is enabled reach each other without a carrier",
		 "%u of %u frames arrived", n->passed, ENDS_FRAMES);
	return -ENODATA;
}

static int nocarrier_policy(struct nocarrier *n)
{
	int ret = 0;

	for (unsigned int vf = 0; ret == 0 && vf < NOCARRIER_VFS; vf++)
		ret = nocarrier_enable(n, vf);
	for (unsigned int i = 0; ret == 0 && n->enabled == NOCARRIER_VFS && i < NOCARRIER_VFS;
	     i++) {
		ret = nocarrier_await(n, i, true, NOCARRIER_VF_MS);
		if (ret == -ETIMEDOUT)
			ctx_fail(n->ctx, "nocarrier_apart",
				 "a VF whose link is enabled has a carrier", "%s has none",
				 n->guest.nics[i].what);
	}
	return ret < 0 ? ret : nocarrier_send(n);
}

/* The carrier comes back, and all works. */
static int nocarrier_back(struct nocarrier *n)
{
	_cleanup_(station_close) struct station pf = { 0 };
	int ret;

	if (!n->taken)
		return 0;
	ret = station_call(&n->peer, nocarrier_peer_up, &n->peer);
	if (ret < 0)
		return ctx_error(n->ctx, ret, "%s cannot be brought up: %s", n->peer.what,
				 strerror(-ret));
	ret = link_await_carrier(n->rig.ifname, ctx_ms(n->ctx, NOCARRIER_BACK_MS));
	if (ret == -ETIMEDOUT)
		ctx_fail(n->ctx, "link_down", "the port's link comes back", "%s has none",
			 n->rig.ifname);
	if (ret == 0)
		ret = station_open(&pf, n->ctx, n->rig.ifname, "PF");
	for (unsigned int i = 0; ret == 0 && i < NOCARRIER_VFS; i++)
		ret = guest_check_nic(&n->guest, i);
	return ret < 0 ? ret : guest_check_traffic(&n->guest, 0, NOCARRIER_VFS, &pf);
}

static int nocarrier_use(struct nocarrier *n)
{
	struct rig_dev *devs[] = { &n->rig.vfs[0], &n->rig.vfs[1] };
	int ret = rig_open_vfs(&n->rig, n->ctx, n->ctx->pf, NOCARRIER_VFS);

	if (ret == 0)
		ret = nocarrier_take(n);
	if (ret != 0)
		return ret;
	ret = guest_boot(&n->guest, n->ctx, "", devs, NOCARRIER_VFS, 0);
	for (unsigned int i = 0; ret == 0 && i < NOCARRIER_VFS; i++)
		ret = nocarrier_check_vf(n, i);
	if (ret == 0)
		ret = nocarrier_policy(n);
	if (ret == 0)
		ret = nocarrier_back(n);
	if (ret == 0)
		ret = guest_check_klog(&n->guest);
	return ret < 0 ? ret : guest_end(&n->guest);
}

int run_net_nocarrier(struct ctx *ctx)
{
	struct nocarrier *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return ctx_error(ctx, -ENOMEM, "no memory");
	n->ctx = ctx;
	ret = nocarrier_use(n);
	if (ret == 0)
		ctx_pass(ctx, "VFs of a port without carrier say so",
			 "no carrier in the guest; VF to VF: %s%s",
			 n->enabled == NOCARRIER_VFS ? "works with the link policy enable"
			 : n->passed > 0	     ? "works"
					 : "nothing is passed, and no policy would allow it",
			 n->taken ? "; all works when the carrier is back" : "");
	guest_cleanup(&n->guest);
	station_close(&n->peer);
	free(n);
	return ret < 0 ? ret : 0;
}
