/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Broadcasts, and groups that a guest joins. */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/profile.h"

#define BCAST_FRAMES 20u
#define GROUPS 100u
#define GROUPS_IP 4u /* that IP joins by itself: all hosts, all nodes, solicited nodes */

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* Once: not twice, and not cut. */
static int bcast_check_once(struct policy *p, struct end *at, uint32_t session)
{
	uint32_t good = end_count(at, session, 0, 0), all = end_count_any(at, session);
	char text[160];

	if (good + 1 >= BCAST_FRAMES && all == good)
		return 0;
	ctx_fail(p->ctx, good + 1 < BCAST_FRAMES ? "cfg_bcast_lost" : "cfg_bcast_twice",
		 "a VF's broadcast comes to everybody once", "%u sent; at %s: %s", BCAST_FRAMES,
		 at->what, end_tell(at, session, text, sizeof(text)));
	return -EPROTO;
}

int cfg_bcast(struct policy *p)
{
	struct end_flow f = { .from = &p->vf[0], .dst = broadcast, .count = BCAST_FRAMES };
	struct end_flow own = { .from = &p->pf, .dst = p->vf[0].mac, .wait = &p->vf[0] };
	char text[160];
	int ret = policy_new_flow(p, &f.session);

	/* Each end is waited for in turn; they all have it from the same switch. */
	for (unsigned int i = 1; ret == 0 && i < p->n_ends; i++) {
		struct end_flow behind = { .from = &p->vf[0],
					   .dst = p->ends[i]->mac,
					   .wait = p->ends[i] };

		if (i == 1)
			ret = ends_send(&f, NULL);
		if (ret == 0)
			ret = policy_must_come(p, &behind, "traffic_lost",
					       "frames pass between all ends");
		if (ret == 0)
			ret = bcast_check_once(p, p->ends[i], f.session);
	}
	if (ret == 0)
		ret = policy_must_come(p, &own, "traffic_lost", "frames come to the sender");
	if (ret < 0)
		return ret;
	if (end_count_any(&p->vf[0], f.session) > 0) {
		ctx_fail(p->ctx, "cfg_bcast_echo", "a VF's broadcast does not come back to it",
			 "%u sent, came back: %s", BCAST_FRAMES,
			 end_tell(&p->vf[0], f.session, text, sizeof(text)));
		return -EPROTO;
	}
	return ctx_pass(p->ctx, "a VF's broadcast comes to everybody once, and not to itself",
			"%u of them to %u ends", BCAST_FRAMES, p->n_ends - 1);
}

/* ---- groups ---- */

/* Of group @i of the case; the last two bytes are the hash's. */
static void group_mac(unsigned int i, uint8_t mac[6])
{
	const unsigned int low = 0x3000 + i;
	const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x40, (uint8_t)(low >> 8), (uint8_t)low };

	memcpy(mac, group, ETH_ALEN);
}

static int group_set(struct policy *p, unsigned int first, unsigned int n, bool join)
{
	struct agent_config c = { .op = join ? CONFIG_JOIN : CONFIG_LEAVE, .value = n };
	int said, ret;

	util_strlcpy(c.ifname, sizeof(c.ifname), p->vf[1].ifname);
	group_mac(first, c.mac);
	ret = guest_config(&p->guest, &c, &said);
	if (ret < 0 || said == 0)
		return ret;
	ctx_fail(p->ctx, "cfg_mcast_refused", "a guest may join groups", "%u groups: %s", n,
		 strerror(-said));
	return said;
}

/* The PF sends a frame to each of @n groups; how many came to VF 1. */
static int group_count(struct policy *p, unsigned int first, unsigned int n, uint32_t *come)
{
	struct end_flow behind = { .from = &p->pf, .dst = p->vf[1].mac, .wait = &p->vf[1] };
	struct end_flow f = { .from = &p->pf, .count = 1, .size = FRAME_MIN_SIZE };
	int ret = policy_new_flow(p, &f.session);
	uint8_t mac[ETH_ALEN];

	for (unsigned int i = 0; ret == 0 && i < n; i++) {
		group_mac(first + i, mac);
		f.dst = mac;
		f.first = i;
		ret = ends_send(&f, NULL);
	}
	if (ret == 0)
		ret = policy_must_come(p, &behind, "traffic_lost", "frames for a VF come to it");
	*come = end_count(&p->vf[1], f.session, 0, 0);
	return ret;
}

/* A group that nobody has joined, with a hash of its own; joining it is the control. */
#define GROUP_APART 0x0f00u

static int group_check_apart(struct policy *p)
{
	uint32_t come;
	int ret = group_count(p, GROUP_APART, 1, &come);

	if (ret < 0)
		return ret;
	if (come > 0) {
		ctx_fail(p->ctx, "cfg_mcast_leak",
			 "frames for a group that a guest has not joined do not come to it",
			 "one came");
		return -EISCONN;
	}
	ret = group_set(p, GROUP_APART, 1, true);
	if (ret == 0)
		ret = group_count(p, GROUP_APART, 1, &come);
	if (ret == 0)
		ret = group_set(p, GROUP_APART, 1, false);
	if (ret < 0 || come > 0)
		return ret;
	ctx_fail(p->ctx, "cfg_mcast_lost", "frames for a group that a guest has joined come to it",
		 "none came for the only one that it had joined");
	return -ENODATA;
}

int cfg_mcast(struct policy *p)
{
	const struct policy_set off = { .what = POLICY_TRUST, .vf = 1, .value = 0 };
	const struct profile *profile = p->rig.pf->profile;
	unsigned int limit = profile && profile->vf_groups ? profile->vf_groups : GROUPS;
	unsigned int must = limit < GROUPS ? limit - GROUPS_IP : GROUPS;
	uint32_t come = 0, all = 0;
	int ret = policy_try(p, &off);

	ret = policy_is_lacking(ret) ? 0 : ret;
	if (ret == 0)
		ret = group_check_apart(p);
	if (ret == 0)
		ret = group_set(p, 0, must, true);
	if (ret == 0)
		ret = group_count(p, 0, must, &come);
	if (ret == 0 && come < must) {
		ctx_fail(p->ctx, "cfg_mcast_lost",
			 "frames for every group that a guest has joined come to it, up to its "
			 "driver's limit",
			 "of %u groups %u; the driver's limit is %u", must, come, limit);
		ret = -ENODATA;
	}
	if (ret == 0 && must < GROUPS)
		ret = group_set(p, must, GROUPS - must, true);
	if (ret == 0)
		ret = group_count(p, 0, GROUPS, &all);
	if (ret == 0)
		ret = group_set(p, 0, GROUPS, false);
	if (ret < 0)
		return ret;
	if (all < GROUPS)
		return ctx_warn(p->ctx, "cfg_mcast_limit",
				"frames for every group that a guest has joined come to it",
				"of %u groups %u: the VF's driver drops the rest in silence "
				"(%u came of %u, one that was not joined did not)",
				GROUPS, all, come, must);
	return ctx_pass(p->ctx, "groups that a guest has joined come to it, and others do not",
			"%u groups; one that was not joined did not come until it was", GROUPS);
}
