/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent of the macvtaps and the far end that their guests talk to. */
#include "cases/tap.h"

#include <errno.h>
#include <net/if_arp.h>
#include <string.h>

#include "cases/common.h"
#include "engine/undo.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_vf.h"
#include "sys/vf_setting.h"
#include "base/sysroot.h"

/* macvtap is for Ethernet: Linux, macvlan_port_create(). */
static int tap_check_type(struct tap *t)
{
	unsigned int type = ARPHRD_ETHER;
	int ret = netdev_get_type(t->ctx->root, t->taps->rig.ifname, &type);

	if (ret < 0)
		return ctx_error(t->ctx, ret, "the type of %s cannot be read: %s",
				 t->taps->rig.ifname, strerror(-ret));
	if (type == ARPHRD_ETHER)
		return 0;
	ctx_not_applicable(t->ctx, "%s is no Ethernet port (type %u): there is no macvtap for it",
			   t->taps->rig.ifname, type);
	return -EOPNOTSUPP;
}

#define TAP_BUSY_MS 15000 /* a VF that is being reset has no settings meanwhile */

struct tap_vf_setting {
	const char *ifname;
	unsigned int vf;
};

static int tap_trust_on(void *arg)
{
	const struct tap_vf_setting *s = arg;

	return link_set_vf_trust(s->ifname, s->vf, true);
}

static int tap_spoofchk_off(void *arg)
{
	const struct tap_vf_setting *s = arg;

	return link_set_vf_spoofchk(s->ifname, s->vf, false);
}

static const char *tap_setting(int ret)
{
	return ret == 0 ? "set" : ret == -EOPNOTSUPP ? "not settable" : strerror(-ret);
}

/*
 * A macvtap has a MAC of its own: the VF needs the right to receive for it and to send with it. A
 * driver that has no such settings may allow both anyway.
 */
static int tap_allow_macs(struct tap *t, const struct rig_dev *vf)
{
	struct tap_vf_setting setting = { t->taps->rig.ifname, vf->vf };
	struct link_vf_policy policy;
	int ret = link_get_vf_policy(t->taps->rig.ifname, vf->vf, &policy), trust, spoofchk;

	if (ret == -ENOENT) {
		ctx_evidence(t->ctx, "tap.vf", "the PF's driver has no settings for VFs");
		return 0;
	}
	if (ret == 0)
		ret = ctx_undo(t->ctx, UNDO_VF_POLICY, &t->ctx->pf->addr,
			       undo_vf_policy(vf->vf, &policy), t->taps->rig.ifname);
	if (ret < 0)
		return ctx_error(t->ctx, ret, "the settings of %s cannot be read: %s", vf->what,
				 strerror(-ret));
	trust = vf_setting_try(tap_trust_on, &setting, ctx_ms(t->ctx, TAP_BUSY_MS));
	spoofchk = vf_setting_try(tap_spoofchk_off, &setting, ctx_ms(t->ctx, TAP_BUSY_MS));
	t->taps->trusted = trust == 0;
	ctx_evidence(t->ctx, "tap.vf", "%s: trust on: %s, spoof check off: %s", vf->what,
		     tap_setting(trust), tap_setting(spoofchk));
	return 0;
}

static int tap_make_vf(struct tap *t)
{
	struct taps *taps = t->taps;
	struct ctx *ctx = t->ctx;
	int ret = rig_create_vfs(&taps->rig, 1);

	if (ret == 0)
		ret = tap_allow_macs(t, &taps->rig.vfs[0]);
	if (ret == 0)
		ret = rig_bind_host(ctx, &taps->rig.vfs[0], taps->vf_ifname);
	if (ret < 0 || taps->vf_ifname[0])
		return ret;
	ctx_not_applicable(ctx,
			   "this kernel has no driver for %s: it has no network "
			   "interface to put a macvtap on or to talk to",
			   taps->rig.vfs[0].what);
	return -ENODEV;
}

/* A VF with its own driver on the host: the one of an item before, or a new one. */
static int tap_need_vf(struct tap *t)
{
	struct ctx *ctx = t->ctx;
	unsigned int undo = ctx->res->n_undo;
	int ret;

	if (t->taps->vf_ifname[0])
		return 0;
	if (inventory_max_vfs(ctx->pf) == 0) {
		ctx_skip(ctx, "the port reaches no other one and has no VFs: there is no far end");
		return -ENODEV;
	}
	ret = tap_make_vf(t);
	if (ret < 0)
		t->taps->vf_ifname[0] = '\0'; /* what there is of it goes with this item */
	else
		ctx_keep_undo(ctx, undo);
	return ret;
}

/* Behind the NIC's own switch: a VF for the PF, the PF for a VF. */
static int tap_open_own(struct tap *t)
{
	const struct rig *rig = &t->taps->rig;
	int ret;

	t->far = &t->own;
	if (t->kind.vf)
		ret = station_open(&t->own, t->ctx, rig->ifname, "PF");
	else
		ret = station_open_away(&t->own, t->ctx, t->taps->vf_ifname, rig->vfs[0].what);
	return ret == 0 ? station_wait_link(t->far) : ret;
}

/* The wire if there is one, else the NIC's own switch. */
static int tap_open_far(struct tap *t)
{
	struct station *peer = &t->taps->peer;

	if (!peer->ctx)
		return tap_open_own(t);
	t->far = peer;
	ctx_evidence(t->ctx, "station", "%s: %s, in a network namespace of its own", peer->what,
		     peer->ifname);
	return station_wait_link(t->far);
}

int tap_leave_wire(struct tap *t)
{
	int ret = t->kind.vf ? 0 : tap_need_vf(t);

	return ret < 0 ? ret : tap_open_own(t);
}

static int tap_parent_up(struct tap *t)
{
	struct ctx *ctx = t->ctx;
	struct link_info info;
	char mac[18];
	int ret = link_wait_carrier(t->parent, ctx_ms(ctx, CASE_CARRIER_MS));

	if (ret == -ETIMEDOUT) {
		ctx_fail(ctx, "link_down", "the parent of the macvtap has a link",
			 "%s is up and has no carrier", t->parent);
		return ret;
	}
	if (ret == 0)
		ret = link_get(t->parent, &info);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be brought up: %s", t->parent,
				 strerror(-ret));
	memcpy(t->parent_mac, info.mac, sizeof(t->parent_mac));
	ctx_evidence(ctx, "tap.parent", "%s: %s, %s", t->kind.vf ? t->taps->rig.vfs[0].what : "PF",
		     t->parent, link_mac_format(info.mac, mac));
	return 0;
}

int tap_open_parent(struct tap *t)
{
	struct taps *taps = t->taps;
	int ret = tap_check_type(t);

	if (ret == 0 && (t->kind.vf || !taps->peer.ctx))
		ret = tap_need_vf(t);
	if (ret == 0)
		ret = rig_wait_link(&taps->rig);
	if (ret < 0)
		return ret;
	util_strlcpy(t->parent, sizeof(t->parent), t->kind.vf ? taps->vf_ifname : taps->rig.ifname);
	if (t->kind.vf)
		ret = link_set_up(t->parent, true);
	if (ret < 0)
		return ctx_error(t->ctx, ret, "%s cannot be brought up: %s", t->parent,
				 strerror(-ret));
	ret = tap_parent_up(t);
	return ret == 0 ? tap_open_far(t) : ret;
}

/* Linux gives a parent its own MAC back when the last macvtap in passthru mode goes. */
int tap_check_parent(struct tap *t)
{
	struct link_info info;
	char was[18], is[18];
	int ret = link_get(t->parent, &info);

	if (ret < 0)
		return ctx_error(t->ctx, ret, "%s cannot be read: %s", t->parent, strerror(-ret));
	if (memcmp(info.mac, t->parent_mac, sizeof(info.mac)) == 0)
		return 0;
	ctx_fail(t->ctx, "tap_mac_kept", link_mac_format(t->parent_mac, was),
		 "%s has %s after its macvtap has gone", t->parent, link_mac_format(info.mac, is));
	return -EADDRNOTAVAIL;
}
