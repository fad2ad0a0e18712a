/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VF, one owner after the other: what the first one has set is not there for the next. What is
 * in the VF's registers is seen through VFIO, which resets the VF when it is opened and closed;
 * what is in the card's filters by frames, with the VF's own driver on the host as its owner.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/ends.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/vf_bare.h"
#include "cases/vf_flr.h"
#include "cases/vf_registers.h"
#include "engine/undo.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_config.h"
#include "sys/link_vf.h"
#include "sys/vf_setting.h"

#define SETTING_MS 15000
#define FRAMES 16u
#define FRAMES_MS 10000u
#define TAKEN_MS 3000u
#define VLAN 77u

static const char reuse_expected[] = "nothing of a VF's owner is there for the next one";

/* What one owner did, and the next must not have. */
struct estate {
	uint8_t mac[6], other[6]; /* its own MAC, and one more that it took */
	bool mac_changes; /* the PF gives the next owner another one */
	bool trusted; /* the PF trusted it, and does so no more */
	bool has_other; /* frames to @other did not arrive before, and did then */
	bool has_vlan; /* likewise those of the VLAN */
	uint64_t frames; /* that its netdev had counted */
};

struct trust {
	const char *pf_ifname;
	unsigned int vf;
	bool on;
};

static int set_trust(void *arg)
{
	const struct trust *t = arg;

	return link_set_vf_trust(t->pf_ifname, t->vf, t->on);
}

/* What an owner may do with further MACs is up to the PF's trust, where its driver has that. */
static int trust_vf(struct vf_bare *b, const struct rig_dev *vf, bool on, bool *done)
{
	struct ctx *ctx = b->rig.ctx;
	struct trust t = { b->rig.ifname, vf->vf, on };
	struct link_vf_policy policy;
	int ret = link_get_vf_policy(b->rig.ifname, vf->vf, &policy);

	*done = false;
	if (ret == 0 && on)
		ret = ctx_undo(ctx, UNDO_VF_POLICY, &ctx->pf->addr, undo_vf_policy(vf->vf, &policy),
			       b->rig.ifname);
	if (ret == -ENOSPC)
		return ctx_error(ctx, ret, "no room to record the undo");
	if (ret == 0)
		ret = vf_setting_try(set_trust, &t, ctx_ms(ctx, SETTING_MS));
	*done = ret == 0;
	if (on)
		ctx_evidence(ctx, "reuse.trust", "%s", ret < 0 ? strerror(-ret) : "on");
	return 0;
}

struct taken {
	struct station *from, *to;
	const uint8_t *mac;
};

static bool is_taken(void *arg)
{
	const struct taken *t = arg;

	return station_count(t->from, t->to, t->mac, FRAMES, FRAMES_MS) == (int)FRAMES;
}

/* One more MAC: shown only if its frames do not arrive without it. */
static int take_other_mac(struct vf_bare *b, struct station *s, struct estate *e)
{
	struct ctx *ctx = b->rig.ctx;
	struct taken t = { &b->pf, s, e->other };
	int before = station_count(&b->pf, s, e->other, FRAMES, FRAMES_MS), ret;

	if (before < 0)
		return ctx_error(ctx, before, "frames cannot be counted at %s: %s", s->what,
				 strerror(-before));
	if (before > 0) {
		ctx_evidence(ctx, "reuse.macs", "frames to a MAC that nobody has arrive: %d of %u",
			     before, FRAMES);
		return 0;
	}
	ret = station_add_mac(s, e->other);
	e->has_other = ret == 0 && util_poll_until(is_taken, &t, ctx_ms(ctx, TAKEN_MS)) == 0;
	ctx_evidence(ctx, "reuse.macs", "a further MAC of the owner: %s",
		     ret < 0	    ? strerror(-ret)
		     : e->has_other ? "its frames arrive"
				    : "taken, and its frames do not arrive: not looked at");
	return 0;
}

/* How many of FRAMES frames of the VLAN, sent by the PF to the VF's own MAC, come to it. */
static int count_vlan(struct vf_bare *b, struct station *s)
{
	uint32_t base = flow_new_base();
	struct end pf, vf;
	struct end_flow tagged = { .from = &pf,
				   .dst = s->mac,
				   .session = FLOW_OF(base, 0),
				   .count = FRAMES,
				   .tpid = LINK_VF_8021Q,
				   .tci = VLAN };
	struct end_flow behind = { .from = &pf,
				   .dst = s->mac,
				   .session = FLOW_OF(base, 1),
				   .count = FRAMES,
				   .wait = &vf };
	int ret;

	end_of_station(&pf, &b->pf);
	end_of_station(&vf, s);
	ret = end_open(&vf, base, false);
	if (ret == 0)
		ret = ends_send(&tagged, NULL);
	if (ret == 0)
		ret = ends_send(&behind, NULL);
	if (ret == 0)
		ret = end_read(&vf);
	if (ret == 0 && end_count(&vf, behind.session, 0, 0) == 0)
		ret = ctx_error(b->rig.ctx, -ENODATA, "%s gets no frames without a tag either",
				s->what);
	if (ret == 0)
		ret = (int)end_count_any(&vf, tagged.session);
	end_close(&vf);
	return ret;
}

struct vlan_taken {
	struct vf_bare *b;
	struct station *s;
};

static bool vlan_is_taken(void *arg)
{
	const struct vlan_taken *t = arg;

	return count_vlan(t->b, t->s) == (int)FRAMES;
}

static int join_vlan(void *arg)
{
	const struct station *s = arg;
	int ret = link_add_vlan("vfreuse", s->ifname, VLAN, LINK_VF_8021Q);

	return ret < 0 ? ret : link_set_up("vfreuse", true);
}

/* The owner's own VLAN: a device on its netdev, which goes with that. */
static int take_vlan(struct vf_bare *b, struct station *s, struct estate *e)
{
	struct ctx *ctx = b->rig.ctx;
	struct vlan_taken t = { b, s };
	int ret = case_load_module(ctx, "8021q"), before;

	if (ret < 0)
		return ctx_error(ctx, ret, "module 8021q does not load: %s", strerror(-ret));
	before = count_vlan(b, s);
	if (before < 0)
		return before;
	ret = station_call(s, join_vlan, s);
	e->has_vlan = ret == 0 && before == 0 &&
		      util_poll_until(vlan_is_taken, &t, ctx_ms(ctx, TAKEN_MS)) == 0;
	ctx_evidence(ctx, "reuse.vlan", "VLAN %u of the owner: %s", VLAN,
		     ret < 0	   ? strerror(-ret)
		     : before > 0  ? "its frames arrive in any case"
		     : e->has_vlan ? "its frames arrive"
				   : "joined, and its frames do not arrive: not looked at");
	return 0;
}

/* The VLAN that only the first owner has joined. */
static int vlan_must_not_come(struct vf_bare *b, struct station *s)
{
	int n = count_vlan(b, s);

	if (n <= 0)
		return n;
	ctx_fail(b->rig.ctx, "vf_state_left", reuse_expected,
		 "%d of %u frames of VLAN %u, which the owner before had joined, come to the next "
		 "owner of %s",
		 n, FRAMES, VLAN, s->what);
	return CASE_OVER;
}

static int first_owner(struct vf_bare *b, struct rig_dev *vf, struct estate *e)
{
	struct ctx *ctx = b->rig.ctx;
	struct link_info info;
	struct station s = { 0 };
	int ret = trust_vf(b, vf, true, &e->trusted), err;

	if (ret == 0)
		ret = vf_bare_start(b, vf, &s);
	if (ret == 0)
		ret = vf_bare_check(b, &s, "of its first owner");
	if (ret == 0)
		ret = take_other_mac(b, &s, e);
	if (ret == 0)
		ret = take_vlan(b, &s, e);
	if (ret == 0) {
		memcpy(e->mac, s.mac, sizeof(e->mac));
		ret = station_get_link(&s, &info);
		if (ret < 0)
			ctx_error(ctx, ret, "%s cannot be read: %s", s.ifname, strerror(-ret));
		e->frames = info.rx_packets + info.tx_packets;
	}
	err = s.ctx ? vf_bare_stop(b, vf, &s) : 0;
	return ret < 0 ? ret : err;
}

/* What whoever rules the host does between two owners. */
static int between_owners(struct vf_bare *b, struct rig_dev *vf, struct estate *e)
{
	struct ctx *ctx = b->rig.ctx;
	struct vf_flr_times times = { 0 };
	struct vf_mac m;
	bool done;
	int ret = e->trusted ? trust_vf(b, vf, false, &done) : 0;

	if (ret == 0 && vf->mac_known) {
		vf->mac[1] ^= 0x01;
		e->mac_changes = vf_mac_set(&vf_mac_netlink, b->rig.ifname, vf->vf, vf->mac,
					    ctx_ms(ctx, SETTING_MS), &m) == VF_MAC_SET;
		if (!e->mac_changes)
			vf->mac[1] ^= 0x01;
	}
	ctx_evidence(ctx, "reuse.mac", "%s",
		     e->mac_changes ? "the next owner has another one"
				    : "the PF may not change it");
	return ret < 0 ? ret : vf_flr_kernel(ctx, vf, &times);
}

/* Frames to @mac, which the first owner had, must not come to the second. */
static int must_not_come(struct vf_bare *b, struct station *s, const uint8_t mac[6],
			 const char *label, const char *what)
{
	struct ctx *ctx = b->rig.ctx;
	int n = station_count(&b->pf, s, mac, FRAMES, FRAMES_MS);
	char text[18];

	if (n < 0)
		return ctx_error(ctx, n, "frames cannot be counted at %s: %s", s->what,
				 strerror(-n));
	if (n == 0)
		return 0;
	ctx_fail(ctx, label, reuse_expected,
		 "%u of %u frames to %s, %s of the owner before, come to the next owner of %s",
		 (unsigned int)n, FRAMES, link_mac_format(mac, text), what, s->what);
	return CASE_OVER;
}

static int look_at_estate(struct vf_bare *b, struct rig_dev *vf, struct station *s,
			  const struct estate *e)
{
	struct ctx *ctx = b->rig.ctx;
	struct link_info info;
	char want[18], got[18];
	int ret = station_get_link(s, &info);

	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be read: %s", s->ifname, strerror(-ret));
	if (info.rx_packets + info.tx_packets >= e->frames) {
		ctx_fail(ctx, "vf_state_left", reuse_expected,
			 "the next owner of %s begins with %llu frames counted; the one before "
			 "had %llu",
			 vf->what, (unsigned long long)(info.rx_packets + info.tx_packets),
			 (unsigned long long)e->frames);
		return CASE_OVER;
	}
	if (e->mac_changes && memcmp(s->mac, vf->mac, sizeof(s->mac)) != 0) {
		ctx_fail(ctx, "vf_state_left", reuse_expected,
			 "the next owner of %s has the MAC %s and not %s", vf->what,
			 link_mac_format(s->mac, got), link_mac_format(vf->mac, want));
		return CASE_OVER;
	}
	ret = vf_bare_check(b, s, "of its next owner");
	if (ret == 0 && e->mac_changes)
		ret = must_not_come(b, s, e->mac, "vf_state_left", "the MAC");
	if (ret == 0 && e->has_vlan)
		ret = vlan_must_not_come(b, s);
	if (ret == 0 && e->has_other)
		ret = must_not_come(b, s, e->other, "vf_filter_left", "a further MAC");
	return ret;
}

static int next_owner(struct vf_bare *b, struct rig_dev *vf, const struct estate *e)
{
	struct station s = { 0 };
	int ret = vf_bare_start(b, vf, &s), err;

	if (ret == 0)
		ret = look_at_estate(b, vf, &s, e);
	err = s.ctx ? vf_bare_stop(b, vf, &s) : 0;
	return ret < 0 ? ret : err;
}

static int run_reuse(struct ctx *ctx)
{
	struct vf_bare *b = ctx->fixture;
	struct rig_dev *vf = &b->rig.vfs[0];
	struct estate e = { .other = { 0x02, 0x78, b->rig.mac[3], b->rig.mac[4], b->rig.mac[5],
				       0x01 } };
	unsigned int registers = 0;
	int ret = first_owner(b, vf, &e);

	if (ret == 0)
		ret = between_owners(b, vf, &e);
	if (ret == 0)
		ret = next_owner(b, vf, &e);
	if (ret == 0)
		ret = vf_registers_check(ctx, vf, &registers);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, reuse_expected, "counters%s%s%s, %u registers",
			e.mac_changes ? ", MAC" : "", e.has_other ? ", further MAC" : "",
			e.has_vlan ? ", VLAN" : "", registers);
}

const struct case_def vf_reuse_cases[] = {
	{ .id = "vf_reuse",
	  .set = SET_FULL,
	  .title = "Nothing of a VF's owner is there for the next one",
	  .subject = SUBJECT_PF,
	  .needs = { &req_iommu_on, &req_irq_remap, &req_pf_driver, &req_vfs, &req_link },
	  .timeout_s = 180,
	  .fixture = &fixture_vf_bare,
	  .run = run_reuse },
	{ .id = NULL },
};
