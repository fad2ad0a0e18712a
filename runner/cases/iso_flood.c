/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF that sends all it can: what is left for another guest's VF. The first guest's processor does
 * the same work while it is found out what the other VF has without that, so that only the card's
 * part of it makes the difference.
 */
#include "cases/iso.h"

#include <errno.h>
#include <string.h>

#include "cases/ends.h"
#include "cases/stray.h"
#include "sys/link.h"
#include "wire/traffic.h"

#define FLOOD_LEAD_MS 500u /* of the neighbour's sending, that are not counted */
#define FLOOD_COUNTED_MS 3000u
#define FLOOD_SENDING_MS (FLOOD_LEAD_MS + FLOOD_COUNTED_MS + 500u)
/* From before the neighbour begins until after it has ended. */
#define FLOOD_MS (FLOOD_SENDING_MS + 2000u)
#define FLOOD_END_MS 15000u /* for both to end, on a host that is busy */
#define FLOOD_SIZE FRAME_MAX_SIZE /* of the neighbour's frames */
#define FLOOD_PART 4u /* of what it had, that the neighbour has to keep */
#define FLOOD_LEAST 100u /* frames that it must come to, for a comparison */
#define FLOOD_EXPECTED "the other VF keeps at least a quarter of what it had"

/* Frames a second, of one stretch. */
struct flood_rate {
	uint64_t neighbour, flood;
};

struct flood_run {
	struct stray s;
	struct end neighbour;
	uint64_t lead_ms, end_ms; /* of what is counted, in util_now_ms() */
	uint64_t start, packets; /* of the PF's netdev at the first, and since */
	uint64_t start_us, us;
	struct flow_sent sent;
	struct agent_stray_flooded flooded;
	int ret; /* of a step that failed */
};

static void flood_count(struct flood_run *r, uint64_t *packets, uint64_t *us)
{
	struct link_info info;

	r->ret = link_get(r->s.p->rig.ifname, &info);
	*packets = info.rx_packets;
	*us = util_now_us();
	if (r->ret < 0)
		r->ret = ctx_error(r->s.ctx, r->ret, "counters of %s cannot be read",
				   r->s.p->rig.ifname);
}

/* True when the time that counts is over. */
static bool flood_is_counted(void *arg)
{
	struct flood_run *r = arg;
	uint64_t packets = 0, us = 0;

	if (r->start_us == 0 && util_now_ms() >= r->lead_ms)
		flood_count(r, &r->start, &r->start_us);
	if (r->ret < 0)
		return true;
	if (util_now_ms() < r->end_ms)
		return false;
	flood_count(r, &packets, &us);
	r->packets = packets - r->start;
	r->us = us - r->start_us;
	return true;
}

static bool neighbour_has_ended(void *arg)
{
	struct flood_run *r = arg;

	r->ret = end_flood_ended(&r->neighbour, &r->sent);
	return r->ret != 0;
}

static bool flood_has_ended(void *arg)
{
	struct flood_run *r = arg;

	r->ret = stray_flood_ended(&r->s, &r->flooded);
	return r->ret != 0;
}

static int flood_await(struct flood_run *r, bool (*is_over)(void *arg), const char *what)
{
	int ret;

	r->ret = 0;
	ret = util_poll_until(is_over, r, ctx_ms(r->s.ctx, FLOOD_END_MS));
	if (ret < 0)
		return ctx_error(r->s.ctx, ret, "%s does not end in time", what);
	return r->ret < 0 ? r->ret : 0;
}

/* What comes of the neighbour's frames while the first guest's VF sends, or its processor only
 * works. */
static int flood_measure(struct flood_run *r, bool idle, struct flood_rate *rate)
{
	const uint32_t session = traffic_new_session();
	uint8_t frame[AGENT_STRAY_FRAME] = { 0 };
	int ret;

	/* To itself: no other processor has any of it. */
	stray_frame(&r->s, session, frame);
	memcpy(frame, r->s.vf_mac, sizeof(r->s.vf_mac));
	ret = stray_flood(&r->s, frame, idle, FLOOD_MS);
	if (ret == 0)
		ret = end_flood(&r->neighbour, r->s.p->pf.mac, FLOOD_SIZE, FLOOD_SENDING_MS);
	if (ret != 0)
		return ret;
	r->start_us = 0;
	r->lead_ms = util_now_ms() + FLOOD_LEAD_MS;
	r->end_ms = r->lead_ms + FLOOD_COUNTED_MS;
	ret = flood_await(r, flood_is_counted, "counting");
	if (ret == 0)
		ret = flood_await(r, neighbour_has_ended, "the other VF's sending");
	if (ret == 0)
		ret = flood_await(r, flood_has_ended, "the VF's sending");
	if (ret < 0)
		return ret;
	if (stray_arrived(&r->s, session, 0))
		return ctx_error(r->s.ctx, -ENODATA,
				 "what %s sends to itself comes to the PF, where it is counted for "
				 "the other VF's",
				 r->s.dev->what);
	rate->neighbour = r->us ? r->packets * 1000000 / r->us : 0;
	rate->flood = r->flooded.us ? r->flooded.frames * 1000000 / r->flooded.us : 0;
	ctx_evidence(r->s.ctx, "flood",
		     "%s %s: it has sent %llu frames a second, and of the other VF's %llu a second "
		     "come to the PF (%llu in %llu ms; its netdev took %u)",
		     r->s.dev->what, idle ? "is off and its guest busy" : "sends all it can",
		     (unsigned long long)rate->flood, (unsigned long long)rate->neighbour,
		     (unsigned long long)r->packets, (unsigned long long)(r->us / 1000),
		     r->sent.frames);
	return 0;
}

static bool flood_leaves_part(const struct flood_rate *quiet, const struct flood_rate *loud)
{
	return loud->neighbour * FLOOD_PART >= quiet->neighbour;
}

static int flood_judge(struct flood_run *r, const struct flood_rate *quiet,
		       const struct flood_rate *loud)
{
	struct ctx *ctx = r->s.ctx;

	/* Less than the neighbour has is no flood. */
	if (quiet->neighbour * FLOOD_COUNTED_MS / 1000 < FLOOD_LEAST ||
	    loud->flood < quiet->neighbour || quiet->flood > 0)
		return ctx_error(
			ctx, -ENODATA,
			"nothing is shown: the other VF sends %llu frames a second, and %s "
			"%llu when it sends all it can, and %llu when it is off",
			(unsigned long long)quiet->neighbour, r->s.dev->what,
			(unsigned long long)loud->flood, (unsigned long long)quiet->flood);
	if (!flood_leaves_part(quiet, loud))
		return ctx_fail(ctx, "iso_flood_starved", FLOOD_EXPECTED,
				"%llu frames of %u bytes a second while %s sends %llu of %u, and "
				"%llu without",
				(unsigned long long)loud->neighbour, FLOOD_SIZE, r->s.dev->what,
				(unsigned long long)loud->flood, FRAME_MIN_SIZE,
				(unsigned long long)quiet->neighbour);
	return 0;
}

static int flood_run(struct flood_run *r, struct flood_rate *quiet, struct flood_rate *loud)
{
	struct flood_rate again;
	int ret = stray_check_sends(&r->s);

	if (ret == 0)
		ret = flood_measure(r, true, quiet);
	if (ret == 0)
		ret = flood_measure(r, false, loud);
	/* It may be the host that has other things to do since: then there is less without, too. */
	if (ret == 0 && !flood_leaves_part(quiet, loud)) {
		ret = flood_measure(r, true, &again);
		if (ret == 0 && again.neighbour < quiet->neighbour)
			*quiet = again;
	}
	return ret == 0 ? flood_judge(r, quiet, loud) : ret;
}

static int flood_between(struct pair *p)
{
	struct flood_run *r = calloc(1, sizeof(*r));
	struct flood_rate quiet = { 0 }, loud = { 0 };
	int ret;

	if (!r)
		return ctx_error(p->rig.ctx, -ENOMEM, "no memory for counters");
	end_of_nic(&r->neighbour, &p->second, 0);
	ret = stray_begin(&r->s, p);
	if (ret == 0)
		ret = flood_run(r, &quiet, &loud);
	ret = stray_end(&r->s, ret);
	if (ret == 0 && !stray_is_judged(p->rig.ctx))
		ctx_pass(p->rig.ctx, FLOOD_EXPECTED,
			 "%llu of %llu frames of %u bytes a second, while %s sends %llu of %u",
			 (unsigned long long)loud.neighbour, (unsigned long long)quiet.neighbour,
			 FLOOD_SIZE, r->s.dev->what, (unsigned long long)loud.flood,
			 FRAME_MIN_SIZE);
	free(r);
	return ret;
}

int iso_flood(struct pair *p)
{
	int ret = pair_take_second(p), err;

	if (ret < 0)
		return ret;
	ret = flood_between(p);
	err = ret < 0 ? 0 : pair_return_second(p);
	return ret != 0 ? ret : err;
}
