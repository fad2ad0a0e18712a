/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rate limits: how much VF 0 sends to the PF, as the PF's netdev counts what comes. The limit is a
 * third of what came without one, so that a host that is busy meanwhile does not look like it.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/profile.h"

#define RATE_MS 4000u /* of sending, of which */
#define RATE_LEAD_MS 1000u /* are not counted: drivers and cards save up credit */
#define RATE_PART 3u /* the limit is such a part of what came without */
#define RATE_LEAST 11u /* Mbit/s, where the profile says no other: ixgbe's */
#define RATE_STEP 50u /* i40e's */
#define RATE_OVER 115u /* per cent of the limit that may come */
#define RATE_UNDER 60u /* and that has to */
#define RATE_MIN_TRIED 20u
#define RATE_EXTRA_BITS ((4u + 20u) * 8) /* of a frame on a wire: checksum, preamble, gap */

struct rate_run {
	struct policy *p;
	struct flow_sent sent;
	uint64_t start_us, us;
	uint64_t start, packets; /* of the PF's netdev when counting began; and since */
	uint64_t lead_ms; /* util_now_ms() from when on it is counted */
	int err;
};

static void rate_count(struct rate_run *r, uint64_t *packets, uint64_t *us)
{
	struct link_info info;

	r->err = link_get(r->p->rig.ifname, &info);
	*packets = info.rx_packets;
	*us = util_now_us();
}

/* True when the guest's child has ended; counting begins when the lead is over. */
static bool rate_is_over(void *arg)
{
	struct rate_run *r = arg;
	int ret;

	if (r->start_us == 0 && util_now_ms() >= r->lead_ms)
		rate_count(r, &r->start, &r->start_us);
	/* The agent's processor is left to the child that sends. */
	if (r->err == 0 && util_now_ms() < r->lead_ms + RATE_MS - RATE_LEAD_MS)
		return false;
	ret = r->err == 0 ? end_flood_ended(&r->p->vf[0], &r->sent) : 1;
	if (ret < 0)
		r->err = ret;
	return ret != 0;
}

/* *@mbps: what came, as bits of frames on a wire. */
static int rate_measure(struct policy *p, const char *when, unsigned int size, unsigned int *mbps)
{
	struct rate_run r = { .p = p, .lead_ms = util_now_ms() + RATE_LEAD_MS };
	int ret = end_flood(&p->vf[0], p->pf.mac, size, RATE_MS);
	uint64_t end = 0, end_us = 0;

	if (ret < 0)
		return ret;
	ret = util_poll_until(rate_is_over, &r, ctx_ms(p->ctx, 3 * RATE_MS));
	if (ret == 0 && r.err == 0)
		rate_count(&r, &end, &end_us);
	if (ret < 0 || r.err < 0 || r.start_us == 0)
		return ctx_error(p->ctx,
				 r.err < 0 ? r.err
				 : ret < 0 ? ret
					   : -ETIME,
				 "the guest's sending did not end in time");
	r.packets = end - r.start;
	r.us = end_us - r.start_us;
	*mbps = (unsigned int)(r.packets * (size * 8 + RATE_EXTRA_BITS) / (r.us ? r.us : 1));
	ctx_evidence(p->ctx, "rate",
		     "%s: %u Mbit/s came to the PF (%llu frames of %u bytes in %llu ms); the "
		     "guest's netdev "
		     "took %u frames in %llu ms",
		     when, *mbps, (unsigned long long)r.packets, size,
		     (unsigned long long)(r.us / 1000), r.sent.frames,
		     (unsigned long long)(r.sent.us / 1000));
	return 0;
}

static int rate_set(struct policy *p, unsigned int min, unsigned int max)
{
	const struct policy_set s = { .what = POLICY_RATE, .vf = 0, .value = max, .min = min };

	return policy_set(p, &s);
}

static unsigned int rate_least(const struct policy *p)
{
	const struct profile *profile = p->rig.pf->profile;

	return profile && profile->rate_least ? profile->rate_least : RATE_LEAST;
}

/* A step that drivers take, and not less than they do. 0: there is none that low. */
static unsigned int rate_choose(const struct policy *p, unsigned int free)
{
	unsigned int least = rate_least(p), limit = free / RATE_PART;

	if (limit >= RATE_STEP)
		limit -= limit % RATE_STEP;
	if (limit < least)
		limit = least;
	return 2 * limit <= free ? limit : 0;
}

static int rate_check(struct policy *p, unsigned int size, unsigned int free, unsigned int limit,
		      unsigned int *got)
{
	char when[40];
	unsigned int lifted;
	int ret = rate_set(p, 0, limit);

	util_format(when, sizeof(when), "with max_tx_rate %u", limit);
	if (ret == 0)
		ret = rate_measure(p, when, size, got);
	if (ret < 0)
		return ret;
	if (*got * 100 > limit * RATE_OVER || *got * 100 < limit * RATE_UNDER) {
		ctx_fail(p->ctx, *got > limit ? "cfg_rate_exceeded" : "cfg_rate_short",
			 "what a VF sends stays below its max_tx_rate + 15 %, and reaches 60 % of "
			 "it",
			 "%u Mbit/s with a limit of %u, %u without", *got, limit, free);
		return -EPROTO;
	}
	ret = rate_set(p, 0, 0);
	if (ret == 0)
		ret = rate_measure(p, "with 0 again", size, &lifted);
	if (ret < 0 || lifted * 100 >= limit * 150)
		return ret;
	ctx_fail(p->ctx, "cfg_rate_stays", "max_tx_rate 0 lifts the limit",
		 "%u Mbit/s after it, %u with %u and %u before", lifted, *got, limit, free);
	return -EPROTO;
}

/* The limit that was tried with frames of @size bytes, 0 for none, and what came of it. */
struct rate_found {
	unsigned int free, limit, got;
};

static int rate_try(struct policy *p, unsigned int size, struct rate_found *f)
{
	int ret = rate_measure(p, "without a limit", size, &f->free);

	if (ret < 0)
		return ret;
	f->limit = rate_choose(p, f->free);
	return f->limit ? rate_check(p, size, f->free, f->limit, &f->got) : 0;
}

/* What a slow host cannot send in usual frames it may in large ones. */
static int rate_try_large(struct policy *p, struct rate_found *f)
{
	struct cfg_mtu_host pf;
	unsigned int mtu;
	int ret = cfg_mtu_raise(p, &pf, &mtu), err;

	if (ret == 0)
		ret = rate_try(p, mtu + FRAME_MAX_SIZE - ETHERMTU, f);
	err = cfg_mtu_lower(p, &pf);
	return ret < 0 ? ret : err;
}

int cfg_rate_max(struct policy *p)
{
	struct rate_found f;
	int ret;

	if (policy_lacks(p, "rate_max", "has no rate limits"))
		return 0;
	/* Whether there is such a setting at all is the driver's word. */
	ret = rate_set(p, 0, 0);
	if (ret == 0)
		ret = rate_try(p, FRAME_MAX_SIZE, &f);
	if (ret == 0 && f.limit == 0)
		ret = rate_try_large(p, &f);
	if (ret < 0)
		return ret;
	if (f.limit == 0)
		return ctx_skip(p->ctx,
				"this host's VF sends %u Mbit/s, and a limit is tried with half of "
				"that or less: the driver takes no less than %u",
				f.free, rate_least(p));
	return ctx_pass(p->ctx, "what a VF sends stays below its max_tx_rate, and 0 lifts it",
			"%u Mbit/s with a limit of %u, %u without", f.got, f.limit, f.free);
}

int cfg_rate_min(struct policy *p)
{
	struct link_vf_policy now;
	int ret;

	if (policy_lacks(p, "rate_min", "has no guaranteed rate (min_tx_rate is refused)"))
		return 0;
	ret = rate_set(p, RATE_MIN_TRIED, 0);
	if (ret == 0)
		ret = link_get_vf_policy(p->rig.ifname, 0, &now);
	if (ret < 0)
		return ret;
	if (now.min_tx != RATE_MIN_TRIED)
		return ctx_fail(p->ctx, "cfg_not_read_back", "min_tx_rate reads back",
				"%u was set, %lld is read", RATE_MIN_TRIED, (long long)now.min_tx);
	ret = rate_set(p, 0, 0);
	return ret < 0 ? ret
		       : ctx_pass(p->ctx, "min_tx_rate reads back", "%u Mbit/s, and 0 again",
				  RATE_MIN_TRIED);
}
