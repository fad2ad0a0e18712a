/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of guest, VF and PF against the frames that were sent. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "sys/ethtool_queue.h"
#include "sys/inventory.h"
#include "sys/vf_stats.h"
#include "wire/traffic.h"

#define STATS_FRAMES 1000u
#define STATS_PROBE_MS 20000
#define STATS_REFRESH_MS 6000 /* ixgbe reads its VFs' counters every two seconds */
#define STATS_CALL_MS 15000
/*
 * What the kernels send besides (groups that they join, neighbours): so many frames, of the
 * greatest size, and one in so many of the frames that were counted.
 */
#define STATS_OTHERS 40u
#define STATS_OTHERS_PART 20u
#define STATS_FRAME_EXTRA 8u /* checksum and VLAN tag, which some drivers count */

/* Frames and bytes in one direction. */
struct stats_count {
	uint64_t frames, bytes;
};

/* One place where both directions are counted. */
struct stats_view {
	struct stats_count rx, tx;
};

enum stats_place { STATS_GUEST, STATS_PF, STATS_VF, STATS_PLACES };

struct stats_run {
	struct pair *p;
	const struct guest_nic *nic;
	bool vf_counts; /* the family's PF counts its VFs' frames */
	struct stats_view before[STATS_PLACES], after[STATS_PLACES];
	struct traffic_path path;
	struct agent_echo_stats echo;
	int err; /* of reading */
	struct stats_count there, back; /* what was sent by the PF, and answered */
};

static struct stats_view stats_of(const struct netdev_counters *c)
{
	return (struct stats_view){ .rx = { c->rx_packets, c->rx_bytes },
				    .tx = { c->tx_packets, c->tx_bytes } };
}

static int stats_read(struct stats_run *r, struct stats_view out[STATS_PLACES])
{
	struct ctx *ctx = r->p->rig.ctx;
	struct agent_link req = { 0 };
	struct netdev_counters c;
	struct vf_stats vf = { 0 };
	bool lost;
	int ret;

	memcpy(req.ifname, r->nic->netdev.ifname, sizeof(req.ifname));
	ret = net_call(&r->p->first, AGENT_COUNTERS, &req, sizeof(req), &c, sizeof(c), &lost);
	if (lost)
		return ret;
	if (ret != sizeof(c))
		return ctx_error(ctx, ret < 0 ? ret : -EPROTO, "%s: its counters cannot be read",
				 r->nic->what);
	out[STATS_GUEST] = stats_of(&c);
	/* Before those of the VF: reading these brings them up to date (ixgbe). */
	ret = netdev_read_counters(r->p->rig.ifname, &c);
	if (ret == 0)
		ret = vf_stats_get(r->p->rig.ifname, r->nic->dev->vf, &vf);
	if (ret < 0 && ret != -ENOENT)
		return ctx_error(ctx, ret, "counters of %s cannot be read: %s", r->p->rig.ifname,
				 strerror(-ret));
	out[STATS_PF] = stats_of(&c);
	out[STATS_VF] = (struct stats_view){ .rx = { vf.rx_packets, vf.rx_bytes },
					     .tx = { vf.tx_packets, vf.tx_bytes } };
	return 0;
}

static int stats_send(struct stats_run *r)
{
	struct station *s = &r->p->pf;
	struct ctx *ctx = r->p->rig.ctx;
	int ret;

	r->path.session = traffic_new_session();
	memcpy(r->path.peer, r->nic->netdev.mac, sizeof(r->path.peer));
	ret = guest_start_echo(&r->p->first, r->nic, r->path.session);
	if (ret < 0)
		return ret;
	ret = traffic_probe(s->fd, s->mac, &r->path, ctx_ms(ctx, STATS_PROBE_MS));
	if (ret == -ETIMEDOUT) {
		ctx_fail(ctx, "traffic_lost", "test frames pass both ways",
			 "%s: not one of the frames that the PF sent was answered", r->nic->what);
		return ret;
	}
	if (ret == 0)
		ret = stats_read(r, r->before);
	if (ret == 0)
		ret = traffic_exchange(s->fd, s->mac, &r->path, 1, STATS_FRAMES, ctx->deadline_ms);
	if (ret < 0)
		return ctx_failed(ctx) ? ret
				       : ctx_error(ctx, ret, "test frames cannot be exchanged: %s",
						   strerror(-ret));
	ret = guest_stop_echo(&r->p->first, r->nic, &r->echo);
	for (uint32_t i = 0; i < STATS_FRAMES; i++)
		r->there.bytes += frames_size(i);
	r->there.frames = STATS_FRAMES;
	r->back = r->there;
	return ret;
}

/* At least all that was sent, and no more than that and what the kernels send besides. */
static bool stats_fits(const struct stats_count *before, const struct stats_count *after,
		       const struct stats_count *sent)
{
	const uint64_t frames = after->frames - before->frames;
	const uint64_t bytes = after->bytes - before->bytes;
	const uint64_t others = STATS_OTHERS + sent->frames / STATS_OTHERS_PART;

	return frames >= sent->frames && frames <= sent->frames + others && bytes >= sent->bytes &&
	       bytes <= sent->bytes + sent->frames * STATS_FRAME_EXTRA + others * FRAME_MAX_SIZE;
}

struct stats_place_info {
	enum stats_place place;
	const char *what;
	bool pf; /* it sends what is counted there, else it receives it */
};

static const struct stats_place_info places[] = {
	{ STATS_GUEST, "the guest's netdev", false },
	{ STATS_PF, "the PF's netdev", true },
	{ STATS_VF, "the VF's counters at the PF", false },
};

static bool stats_place_fits(const struct stats_run *r, const struct stats_place_info *i)
{
	const struct stats_view *b = &r->before[i->place], *a = &r->after[i->place];

	return stats_fits(&b->rx, &a->rx, i->pf ? &r->back : &r->there) &&
	       stats_fits(&b->tx, &a->tx, i->pf ? &r->there : &r->back);
}

static bool stats_all_fit(void *arg)
{
	struct stats_run *r = arg;

	r->err = stats_read(r, r->after);
	if (r->err < 0)
		return true;
	for (size_t k = 0; k < ARRAY_SIZE(places); k++)
		if ((places[k].place != STATS_VF || r->vf_counts) &&
		    !stats_place_fits(r, &places[k]))
			return false;
	return true;
}

static void stats_tell(const struct stats_run *r, const struct stats_place_info *i, char *text,
		       size_t size)
{
	const struct stats_view *b = &r->before[i->place], *a = &r->after[i->place];

	util_format(text, size,
		    "%s: %llu frames, %llu bytes received; %llu frames, %llu bytes sent", i->what,
		    (unsigned long long)(a->rx.frames - b->rx.frames),
		    (unsigned long long)(a->rx.bytes - b->rx.bytes),
		    (unsigned long long)(a->tx.frames - b->tx.frames),
		    (unsigned long long)(a->tx.bytes - b->tx.bytes));
}

static int stats_judge(struct stats_run *r)
{
	struct ctx *ctx = r->p->rig.ctx;
	unsigned int wrong = 0;
	char text[200];

	for (size_t k = 0; k < ARRAY_SIZE(places); k++) {
		if (places[k].place == STATS_VF && !r->vf_counts)
			continue;
		stats_tell(r, &places[k], text, sizeof(text));
		ctx_evidence(ctx, "net.stats", "%s", text);
		if (stats_place_fits(r, &places[k]))
			continue;
		wrong++;
		ctx_fail(ctx, "stats_wrong", "counters agree with the frames that were sent",
			 "%u frames with %llu bytes went each way; %s", STATS_FRAMES,
			 (unsigned long long)r->there.bytes, text);
	}
	return wrong > 0 ? -EBADMSG : 0;
}

/* Frames that were lost count nowhere for sure: then there is nothing to compare with. */
static int stats_check_whole(const struct stats_run *r)
{
	const struct traffic_counts *c = &r->path.counts;

	if (traffic_judge(c, &r->echo, STATS_FRAMES) == TRAFFIC_WHOLE)
		return 0;
	ctx_fail(r->p->rig.ctx, "traffic_lost", "all test frames arrive whole, both ways",
		 "PF - %s: sent %u, arrived %u, came back %u, corrupt %u and %u, twice %u",
		 r->nic->what, c->sent, r->echo.received, c->answered, r->echo.corrupt, c->corrupt,
		 c->duplicate);
	return -ENODATA;
}

static int net_stats(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	const struct profile *profile = ctx->pf->profile;
	struct stats_run r = { .p = p,
			       .nic = &p->first.nics[0],
			       .vf_counts = profile && profile->vf_stats };
	int ret = stats_send(&r);

	if (ret == 0)
		ret = stats_check_whole(&r);
	/* The last look is what counts. */
	if (ret == 0)
		(void)!util_poll_until(stats_all_fit, &r, ctx_ms(ctx, STATS_REFRESH_MS));
	if (ret == 0)
		ret = r.err < 0 ? r.err : stats_judge(&r);
	if (ret < 0)
		return ret;
	if (!r.vf_counts)
		ctx_evidence(ctx, "net.stats", "%s is not known to count what its VFs do",
			     ctx->pf->driver);
	return ctx_pass(ctx, "counters agree with the frames that were sent",
			"%u frames each way: netdevs of guest and PF%s count them", STATS_FRAMES,
			r.vf_counts ? ", and the PF's counters of the VF," : "");
}

int run_net_stats(struct ctx *ctx)
{
	return pair_run(ctx, net_stats);
}
