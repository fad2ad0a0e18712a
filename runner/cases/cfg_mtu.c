/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Large frames: the PF gets its largest MTU, then the drivers of the VFs start anew (an 82599 gives
 * a VF nothing until both agree), then the VFs get theirs.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/link.h"
#include "sys/link_config.h"

#define MTU_USUAL 1500u
#define MTU_SIZES 60u /* of frames, from the smallest to the largest */
#define MTU_MORE 100u /* a frame that is too long for its receiver has so many bytes more */
#define MTU_MORE_FRAMES 20u
#define MTU_HEADER (FRAME_MAX_SIZE - MTU_USUAL)
#define MTU_LARGEST (FRAME_LARGEST - MTU_HEADER)

static int mtu_read_host(void *arg)
{
	struct cfg_mtu_host *h = arg;
	struct link_info info;
	int ret = link_get(h->end->ifname, &info);

	h->before = info.mtu;
	h->max = info.max_mtu ? info.max_mtu : info.mtu;
	return ret;
}

static int mtu_set_host_now(void *arg)
{
	const struct cfg_mtu_host *h = arg;

	return link_set_mtu(h->end->ifname, h->mtu);
}

static int mtu_find_host(struct cfg_mtu_host *h)
{
	int ret = station_call(h->end->station, mtu_read_host, h);

	if (ret == 0)
		ret = ctx_undo(h->p->ctx, UNDO_MTU, NULL, h->before, h->end->ifname);
	return ret < 0 ? ctx_error(h->p->ctx, ret, "the MTU of %s cannot be read: %s", h->end->what,
				   strerror(-ret))
		       : 0;
}

static int mtu_set_host(struct cfg_mtu_host *h, unsigned int mtu)
{
	int ret;

	h->mtu = mtu;
	ret = station_call(h->end->station, mtu_set_host_now, h);
	if (ret == 0)
		ret = station_wait_link(h->end->station);
	else
		ctx_fail(h->p->ctx, "cfg_mtu_refused", "an MTU up to the largest is taken",
			 "%s: MTU %u: %s", h->end->what, mtu, strerror(-ret));
	return ret;
}

static int mtu_set_vf(struct policy *p, unsigned int i, unsigned int mtu)
{
	int said, ret = guest_config_value(&p->guest, p->vf[i].ifname, CONFIG_MTU, mtu, &said);

	if (ret == 0 && said < 0) {
		ctx_fail(p->ctx, "cfg_mtu_refused", "an MTU up to the largest is taken",
			 "VF %u: MTU %u: %s", i, mtu, strerror(-said));
		ret = said;
	}
	return ret < 0 ? ret : policy_await_path(p, &p->pf, &p->vf[i]);
}

/* The largest that both VFs' netdevs and the PF's take, as they say. */
static int mtu_find_vf_max(struct policy *p, unsigned int *max)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++) {
		struct agent_link_state state;
		int said;

		ret = guest_link_state(&p->guest, p->vf[i].ifname, &state, &said);
		if (ret == 0 && said == 0 && state.max_mtu && state.max_mtu < *max)
			*max = state.max_mtu;
	}
	return ret;
}

/* One frame of each of MTU_SIZES sizes up to that of the MTU. */
static int mtu_check_sizes(struct policy *p, struct end *from, struct end *to, unsigned int mtu)
{
	struct end_flow f = { .from = from, .dst = to->mac, .wait = to, .count = 1 };
	unsigned int most = mtu + MTU_HEADER, step = (most - FRAME_MIN_SIZE) / (MTU_SIZES - 1);
	char text[160];
	int ret = policy_new_flow(p, &f.session);

	for (unsigned int i = 0; ret == 0 && i < MTU_SIZES; i++) {
		f.first = f.come_before = i;
		f.size = i == MTU_SIZES - 1 ? most : FRAME_MIN_SIZE + i * step;
		ret = ends_send(&f, NULL);
		if (ret == 0 && end_count(to, f.session, 0, 0) < i) /* two are missing */
			break;
	}
	if (ret == 0)
		ret = end_read(to);
	if (ret < 0)
		return ret;
	end_tell(to, f.session, text, sizeof(text));
	ctx_evidence(p->ctx, "mtu", "%s to %s, %u sizes up to %u bytes: %s", from->what, to->what,
		     MTU_SIZES, most, text);
	if (end_count(to, f.session, 0, 0) == MTU_SIZES &&
	    end_count_any(to, f.session) == MTU_SIZES)
		return 0;
	ctx_fail(p->ctx, "cfg_mtu_lost", "frames of every size up to the MTU pass whole",
		 "%s to %s, MTU %u: of %u sizes up to %u bytes came: %s (the last that was sent "
		 "has %u)",
		 from->what, to->what, mtu, MTU_SIZES, most, text, f.size);
	return -ENODATA;
}

static int mtu_check_all_sizes(struct policy *p, unsigned int mtu)
{
	bool passes;
	int ret = mtu_check_sizes(p, &p->vf[0], &p->pf, mtu);

	if (ret == 0)
		ret = mtu_check_sizes(p, &p->pf, &p->vf[0], mtu);
	if (ret == 0)
		ret = mtu_check_sizes(p, &p->vf[0], &p->vf[1], mtu);
	/* A switch on the way may have an MTU of its own. */
	if (ret == 0)
		ret = policy_ask_wire(p, NULL, 0, 0, mtu + MTU_HEADER, &passes);
	if (ret == 0 && passes)
		ret = mtu_check_sizes(p, &p->vf[0], policy_wire(p), mtu);
	return ret == 0 && passes ? mtu_check_sizes(p, policy_wire(p), &p->vf[0], mtu) : ret;
}

/*
 * VF 1 has the usual MTU again, and gets frames that are longer than that: whole, or none, as a
 * card may have one limit for the port; and its driver goes on.
 */
static int mtu_check_longer(struct policy *p)
{
	struct end_flow f = { .from = &p->vf[0],
			      .dst = p->vf[1].mac,
			      .count = MTU_MORE_FRAMES,
			      .size = FRAME_MAX_SIZE + MTU_MORE };
	struct end_flow behind = { .from = &p->vf[0], .dst = p->vf[1].mac, .wait = &p->vf[1] };
	uint32_t good, all;
	char text[160];
	int ret = mtu_set_vf(p, 1, MTU_USUAL);

	if (ret == 0)
		ret = policy_new_flow(p, &f.session);
	if (ret == 0)
		ret = ends_send(&f, NULL);
	if (ret == 0)
		ret = policy_must_come(p, &behind, "cfg_mtu_dead",
				       "after frames that are too long for it a VF works on");
	if (ret < 0)
		return ret;
	good = end_count(&p->vf[1], f.session, 0, 0);
	all = end_count_any(&p->vf[1], f.session);
	end_tell(&p->vf[1], f.session, text, sizeof(text));
	ctx_evidence(p->ctx, "mtu", "VF 1 with MTU %u, of %u frames of %u bytes: %s", MTU_USUAL,
		     MTU_MORE_FRAMES, f.size, text);
	if (good == all)
		return 0;
	ctx_fail(p->ctx, "cfg_mtu_cut", "a frame that is too long comes whole or not at all",
		 "%u of %u bytes sent: %s", MTU_MORE_FRAMES, f.size, text);
	return -EPROTO;
}

static int mtu_restart_vfs(struct policy *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++)
		ret = policy_restart(p, i);
	return ret;
}

static int mtu_check(struct policy *p, struct cfg_mtu_host *pf, struct cfg_mtu_host *wire,
		     unsigned int *mtu)
{
	int ret = mtu_find_host(pf);

	*mtu = pf->max < MTU_LARGEST ? pf->max : MTU_LARGEST;
	if (ret == 0 && wire->end)
		ret = mtu_find_host(wire);
	if (ret == 0 && wire->end && wire->max < *mtu)
		*mtu = wire->max;
	if (ret == 0)
		ret = mtu_set_host(pf, *mtu);
	if (ret == 0 && wire->end)
		ret = mtu_set_host(wire, *mtu);
	if (ret == 0)
		ret = mtu_restart_vfs(p);
	if (ret == 0)
		ret = mtu_find_vf_max(p, mtu);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = mtu_set_vf(p, i, *mtu);
	if (ret == 0)
		ret = mtu_check_all_sizes(p, *mtu);
	return ret < 0 || *mtu < MTU_USUAL + MTU_MORE ? ret : mtu_check_longer(p);
}

/* In the other order: the VFs, the PF, and the drivers of the VFs anew. */
static int mtu_back(struct policy *p, struct cfg_mtu_host *pf, struct cfg_mtu_host *wire)
{
	int said, ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_config_value(&p->guest, p->vf[i].ifname, CONFIG_MTU, MTU_USUAL, &said);
	if (pf->mtu)
		ret = mtu_set_host(pf, pf->before) < 0 ? -EIO : ret;
	if (wire->end && wire->mtu)
		ret = mtu_set_host(wire, wire->before) < 0 ? -EIO : ret;
	if (ret == 0)
		ret = mtu_restart_vfs(p);
	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++)
		ret = policy_await_path(p, &p->pf, &p->vf[i]);
	return ret;
}

int cfg_mtu_raise(struct policy *p, struct cfg_mtu_host *pf, unsigned int *mtu)
{
	int ret;

	*pf = (struct cfg_mtu_host){ .p = p, .end = &p->pf };
	ret = mtu_find_host(pf);
	*mtu = pf->max < MTU_LARGEST ? pf->max : MTU_LARGEST;
	if (ret == 0)
		ret = mtu_set_host(pf, *mtu);
	if (ret == 0)
		ret = mtu_restart_vfs(p);
	if (ret == 0)
		ret = mtu_find_vf_max(p, mtu);
	return ret < 0 ? ret : mtu_set_vf(p, 0, *mtu);
}

int cfg_mtu_lower(struct policy *p, struct cfg_mtu_host *pf)
{
	struct cfg_mtu_host none = { .p = p };

	return mtu_back(p, pf, &none);
}

int cfg_mtu(struct policy *p)
{
	struct cfg_mtu_host pf = { .p = p, .end = &p->pf },
			    wire = { .p = p, .end = policy_wire(p) };
	unsigned int mtu;
	int ret = mtu_check(p, &pf, &wire, &mtu), err;

	err = mtu_back(p, &pf, &wire);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx, "frames of every size up to the largest MTU pass whole",
			"MTU %u: %u sizes between VFs, PF%s; a longer frame than its MTU does a VF "
			"no harm; and back",
			mtu, MTU_SIZES, wire.end ? " and wire" : "");
}
