/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port VLANs: what the PF has a VF sent and given. The guest sees no tag, everybody else does. The
 * far end is the port on the wire or, where there is none, the PF; it is a member of both VLANs, so
 * that it is not its own filter that keeps a frame away.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"

#define VLAN_PORT 100u
#define VLAN_OTHER 101u
#define VLAN_QOS 3u
#define VLAN_TCI(vid, qos) ((uint16_t)((qos) << 13 | (vid)))

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

struct vlan {
	struct policy *p;
	struct end *far, *vf;
	uint16_t protocol;
};

static void vlan_init(struct vlan *v, struct policy *p, uint16_t protocol)
{
	*v = (struct vlan){ p, &p->pf, &p->vf[0], protocol };
}

/* The wire, where it passes tags: a switch with access ports does not. */
static int vlan_choose_far(struct vlan *v)
{
	bool passes = false;
	int ret = policy_ask_wire(v->p, NULL, v->protocol, VLAN_PORT, 0, &passes);

	if (ret == 0 && passes)
		ret = policy_ask_wire(v->p, NULL, v->protocol, VLAN_OTHER, 0, &passes);
	if (passes)
		v->far = policy_wire(v->p);
	return ret;
}

/* Sets the port VLAN; the VF learns of it when its driver starts anew. */
static int vlan_set(struct vlan *v, unsigned int vid, unsigned int qos)
{
	const struct policy_set s = {
		.what = POLICY_VLAN, .vf = 0, .value = vid, .qos = qos, .protocol = v->protocol
	};
	int ret = policy_set(v->p, &s);

	return ret < 0 ? ret : policy_restart(v->p, 0);
}

static int vlan_join(struct vlan *v, struct end *e)
{
	int ret = policy_join_vlan(v->p, e, VLAN_PORT);

	return ret < 0 ? ret : policy_join_vlan(v->p, e, VLAN_OTHER);
}

static int vlan_join_all(struct vlan *v)
{
	int ret = vlan_join(v, &v->p->pf);

	if (ret == 0 && policy_wire(v->p))
		ret = vlan_join(v, policy_wire(v->p));
	return ret < 0 ? ret : vlan_choose_far(v);
}

static void vlan_leave_all(struct vlan *v)
{
	struct end *ends[] = { &v->p->pf, policy_wire(v->p) };

	for (size_t i = 0; i < ARRAY_SIZE(ends) && ends[i]; i++) {
		policy_leave_vlan(v->p, ends[i], VLAN_PORT);
		policy_leave_vlan(v->p, ends[i], VLAN_OTHER);
	}
}

/* What the VF sends without a tag comes with this one (0: none) to @to. */
static int vlan_check_sent(struct vlan *v, struct end *to, uint16_t tci)
{
	struct end_flow f = { .from = v->vf,
			      .dst = to->mac,
			      .wait = to,
			      .come_tpid = tci ? v->protocol : 0,
			      .come_tci = tci };

	return policy_must_come(v->p, &f, "cfg_vlan_tag",
				tci ? "what the VF sends has the tag of its port VLAN on the wire"
				    : "without a port VLAN what the VF sends has no tag");
}

/* The far end sends with a tag (0: none). */
static struct end_flow vlan_flow_in(struct vlan *v, uint16_t tci)
{
	return (struct end_flow){
		.from = v->far, .dst = v->vf->mac, .tpid = tci ? v->protocol : 0, .tci = tci
	};
}

/* It comes to the VF, without a tag. */
static int vlan_check_taken(struct vlan *v, uint16_t tci)
{
	struct end_flow f = vlan_flow_in(v, tci);

	f.wait = v->vf;
	return policy_must_come(v->p, &f, "cfg_vlan_not_taken",
				"frames of its port VLAN come to the VF, without their tag");
}

/*
 * Frames of other VLANs and of none do not come to the VF; those of its VLAN, which do, are sent
 * behind them.
 */
static int vlan_check_apart(struct vlan *v, unsigned int mine, unsigned int other)
{
	struct end_flow f[2] = { vlan_flow_in(v, (uint16_t)other), vlan_flow_in(v, 0) };
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++) {
		ret = policy_new_flow(v->p, &f[i].session);
		if (ret == 0)
			ret = ends_send(&f[i], NULL);
	}
	if (ret == 0)
		ret = vlan_check_taken(v, (uint16_t)mine);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = policy_must_not(v->p, v->vf, f[i].session, "cfg_vlan_leak",
				      i == 0 ? "frames of another VLAN do not come to the VF"
					     : "frames without a tag do not come to a VF with a "
					       "port VLAN");
	return ret;
}

/* A broadcast of the VF comes to the PF; @leaks says whether it has to come to a VF of no VLAN. */
static int vlan_check_broadcast(struct vlan *v, uint16_t tci, bool comes)
{
	struct policy *p = v->p;
	struct end_flow f = { .from = v->vf,
			      .dst = broadcast,
			      .wait = &p->pf,
			      .come_tpid = tci ? v->protocol : 0,
			      .come_tci = tci };
	struct end_flow behind = { .from = &p->pf, .dst = p->vf[1].mac, .wait = &p->vf[1] };
	int ret = policy_must_come(p, &f, "cfg_vlan_tag",
				   "a broadcast of the VF comes to the PF with the VF's tag");

	if (ret == 0)
		ret = policy_must_come(p, &behind, "traffic_lost", "frames pass from PF to VF");
	if (ret < 0)
		return ret;
	if (!comes)
		return policy_must_not(p, &p->vf[1], f.session, "cfg_vlan_leak",
				       "a broadcast of a VF with a port VLAN does not come to one "
				       "without");
	if (end_count(&p->vf[1], f.session, 0, 0) > 0)
		return 0;
	ctx_error(p->ctx, -ENODATA,
		  "a broadcast of %s does not come to %s without a port VLAN either: that it does "
		  "not with one proves nothing",
		  p->vf[0].what, p->vf[1].what);
	return -ENODATA;
}

/* The VF is in @mine alone. */
static int vlan_check_member(struct vlan *v, unsigned int mine, unsigned int other)
{
	int ret = vlan_set(v, mine, 0);

	if (ret == 0)
		ret = vlan_check_sent(v, v->far, (uint16_t)mine);
	return ret == 0 ? vlan_check_apart(v, mine, other) : ret;
}

/* Out of all VLANs again: also the control of what must not come, both ways. */
static int vlan_check_cleared(struct vlan *v)
{
	int ret = vlan_set(v, 0, 0);

	if (ret == 0)
		ret = vlan_check_sent(v, v->far, 0);
	if (ret == 0)
		ret = vlan_check_taken(v, 0);
	return ret == 0 ? vlan_check_broadcast(v, 0, true) : ret;
}

static int vlan_check(struct vlan *v)
{
	int ret = vlan_join_all(v);

	if (ret == 0)
		ret = vlan_check_member(v, VLAN_PORT, VLAN_OTHER);
	if (ret == 0)
		ret = vlan_check_broadcast(v, VLAN_PORT, false);
	/* The other one comes to a member of it: the control. */
	if (ret == 0)
		ret = vlan_check_member(v, VLAN_OTHER, VLAN_PORT);
	return ret == 0 ? vlan_check_cleared(v) : ret;
}

int cfg_vlan(struct policy *p)
{
	struct vlan v;
	int ret;

	vlan_init(&v, p, LINK_VF_8021Q);
	ret = vlan_check(&v);
	vlan_leave_all(&v);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx, "a port VLAN is the VF's only one, and the guest does not see it",
			"VLANs %u and %u in turn: tagged at %s, untagged in the guest; other "
			"VLANs and untagged frames kept away, 0 clears it",
			VLAN_PORT, VLAN_OTHER, v.far->what);
}

int cfg_vlan_qos(struct policy *p)
{
	struct vlan v;
	int ret, err;

	if (policy_lacks(p, "vlan_qos", "sets no priority with a port VLAN"))
		return 0;
	vlan_init(&v, p, LINK_VF_8021Q);
	ret = vlan_join_all(&v);
	if (ret == 0)
		ret = vlan_set(&v, VLAN_PORT, VLAN_QOS);
	if (ret == 0)
		ret = vlan_check_sent(&v, v.far, VLAN_TCI(VLAN_PORT, VLAN_QOS));
	err = ret == 0 ? vlan_set(&v, 0, 0) : 0;
	vlan_leave_all(&v);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx, "the priority of a port VLAN is in the tag",
			"VLAN %u, priority %u at %s", VLAN_PORT, VLAN_QOS, v.far->what);
}

/* ---- the same with an 802.1ad tag ---- */

int cfg_qinq(struct policy *p)
{
	const struct policy_set s = {
		.what = POLICY_VLAN, .vf = 0, .value = VLAN_PORT, .protocol = LINK_VF_8021AD
	};
	struct vlan v;
	int ret = policy_try(p, &s), err;

	if (policy_is_lacking(ret) || ret == -EPROTONOSUPPORT)
		return ctx_not_applicable(p->ctx,
					  "driver %s has no port VLAN with an 802.1ad tag: %s",
					  p->rig.pf->driver, strerror(-ret));
	vlan_init(&v, p, LINK_VF_8021AD);
	ret = vlan_set(&v, VLAN_PORT, 0);
	/* Nobody is a member of a service VLAN: the far end takes all. */
	if (ret == 0 && policy_wire(p))
		ret = station_set_promisc(&p->peer_station);
	if (ret == 0)
		ret = vlan_choose_far(&v);
	if (ret == 0)
		ret = vlan_check_sent(&v, v.far, VLAN_PORT);
	err = ret == 0 ? vlan_set(&v, 0, 0) : 0;
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx, "a port VLAN with an 802.1ad tag is on the wire",
			"0x88a8, VLAN %u at %s", VLAN_PORT, v.far->what);
}

/* ---- VLANs of the guest's own ---- */

#define VLAN_SHARED 5u
#define VLAN_ALONE 6u

/* Frames of a VLAN from one end to the other; both are members. */
static int vlan_check_shared(struct policy *p, struct end *from, struct end *to, unsigned int vid)
{
	struct end_flow f = { .from = from,
			      .dst = to->mac,
			      .tpid = LINK_VF_8021Q,
			      .tci = (uint16_t)vid,
			      .wait = to,
			      .come_tpid = LINK_VF_8021Q,
			      .come_tci = (uint16_t)vid };

	return policy_must_come(p, &f, "cfg_vlan_guest_lost",
				"frames of a VLAN that both ends are in pass between them");
}

/* Frames of a VLAN that @to is not in; those of the shared one are sent behind. */
static int vlan_check_foreign(struct policy *p, struct end *from, struct end *to)
{
	struct end_flow f = {
		.from = from, .dst = to->mac, .tpid = LINK_VF_8021Q, .tci = VLAN_ALONE
	};
	int ret = policy_new_flow(p, &f.session);

	if (ret == 0)
		ret = ends_send(&f, NULL);
	if (ret == 0)
		ret = vlan_check_shared(p, from, to, VLAN_SHARED);
	return ret < 0 ? ret
		       : policy_must_not(
				 p, to, f.session, "cfg_vlan_leak",
				 "frames of a VLAN that an end is not in do not come to it");
}

static int vlan_guest_join(struct policy *p, const char *name, unsigned int vid)
{
	int said, ret = guest_add_vlan(&p->guest, 0, name, vid, &said);

	if (ret < 0 || said == 0)
		return ret;
	ctx_fail(p->ctx, "cfg_vlan_guest_refused", "a guest may use VLANs of its own",
		 "VLAN %u: %s", vid, strerror(-said));
	return said;
}

static int vlan_check_guest(struct policy *p)
{
	struct end *vf = &p->vf[0], *pf = &p->pf;
	int ret = vlan_guest_join(p, "shared", VLAN_SHARED);

	if (ret == 0)
		ret = policy_join_vlan(p, pf, VLAN_SHARED);
	if (ret == 0)
		ret = vlan_check_shared(p, vf, pf, VLAN_SHARED);
	if (ret == 0)
		ret = vlan_check_shared(p, pf, vf, VLAN_SHARED);
	/* The other one in the guest alone, at both ends (the control), and on the PF alone. */
	if (ret == 0)
		ret = vlan_guest_join(p, "alone", VLAN_ALONE);
	if (ret == 0)
		ret = vlan_check_foreign(p, vf, pf);
	if (ret == 0)
		ret = policy_join_vlan(p, pf, VLAN_ALONE);
	if (ret == 0)
		ret = vlan_check_shared(p, vf, pf, VLAN_ALONE);
	if (ret == 0)
		ret = vlan_check_shared(p, pf, vf, VLAN_ALONE);
	if (ret == 0)
		ret = guest_delete_netdev(&p->guest, "alone");
	return ret == 0 ? vlan_check_foreign(p, pf, vf) : ret;
}

int cfg_vlan_guest(struct policy *p)
{
	int ret = vlan_check_guest(p), err = 0;

	if (p->guest.vm && !vm_ended(p->guest.vm))
		err = guest_delete_netdev(&p->guest, "alone");
	if (err == 0 && p->guest.vm && !vm_ended(p->guest.vm))
		err = guest_delete_netdev(&p->guest, "shared");
	policy_leave_vlan(p, &p->pf, VLAN_SHARED);
	policy_leave_vlan(p, &p->pf, VLAN_ALONE);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx, "a guest's VLAN passes where both ends are in it, and nowhere else",
			"VLAN %u both ways between the guest and the PF; VLAN %u only while both "
			"were in it",
			VLAN_SHARED, VLAN_ALONE);
}
