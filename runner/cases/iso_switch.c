/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VF can do to its neighbours by way of the card: see their frames, and stop them. */
#include "cases/iso.h"

#include <errno.h>

#include "cases/ends.h"
#include "cases/stray.h"

#define FRAMES_FLOWS 10u
#define FRAMES_EACH 1000u /* FLOW_MAX_FRAMES at most; 10^4 of all flows */
#define FRAMES_SIZE 60u
#define FRAMES_EXPECTED "a VF that wants to see every frame sees none that is for another one"

/* The ends of iso_frames. */
struct frames {
	struct end pf, watcher, owner;
	uint32_t base;
};

/* To the VF whose they are, and then to the one that watches: its socket does count. */
static int frames_send(struct frames *f)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i <= FRAMES_FLOWS; i++) {
		struct end *to = i < FRAMES_FLOWS ? &f->owner : &f->watcher;
		const struct end_flow flow = { .from = &f->pf,
					       .dst = to->mac,
					       .session = FLOW_OF(f->base, i),
					       .count = i < FRAMES_FLOWS ? FRAMES_EACH : 0,
					       .size = FRAMES_SIZE,
					       .wait = to };

		ret = ends_send(&flow, NULL);
	}
	if (ret == 0)
		ret = end_read(&f->owner);
	return ret < 0 ? ret : end_read(&f->watcher);
}

static int frames_judge(struct frames *f, struct ctx *ctx)
{
	uint32_t own = end_count(&f->watcher, FLOW_OF(f->base, FRAMES_FLOWS), 0, 0);
	uint32_t arrived = 0, seen = 0;

	for (unsigned int i = 0; i < FRAMES_FLOWS; i++) {
		arrived += end_count(&f->owner, FLOW_OF(f->base, i), 0, 0);
		seen += end_count_any(&f->watcher, FLOW_OF(f->base, i));
	}
	ctx_evidence(ctx, "frames",
		     "%u frames for %s: %u arrive there, %s sees %u of them; of %u frames for "
		     "itself it sees %u",
		     FRAMES_FLOWS * FRAMES_EACH, f->owner.what, arrived, f->watcher.what, seen,
		     ENDS_FRAMES, own);
	if (seen > 0)
		return ctx_fail(ctx, "iso_frames_seen", FRAMES_EXPECTED,
				"%s, which is not trusted and wants all frames, sees %u of %u "
				"frames for %s",
				f->watcher.what, seen, FRAMES_FLOWS * FRAMES_EACH, f->owner.what);
	/* One in a hundred may be lost, as in all traffic. */
	if (own < ENDS_FRAMES - ENDS_FRAMES / 100 ||
	    arrived < FRAMES_FLOWS * FRAMES_EACH - FRAMES_FLOWS * FRAMES_EACH / 100)
		return ctx_error(ctx, -ENODATA,
				 "so many frames were lost that nothing is shown: %u of %u arrive "
				 "at %s, and %u of %u at %s",
				 arrived, FRAMES_FLOWS * FRAMES_EACH, f->owner.what, own,
				 ENDS_FRAMES, f->watcher.what);
	return ctx_pass(ctx, FRAMES_EXPECTED, "%s sees none of %u frames for %s", f->watcher.what,
			arrived, f->owner.what);
}

int iso_frames(struct pair *p)
{
	struct frames *f = calloc(1, sizeof(*f));
	struct ctx *ctx = p->rig.ctx;
	int ret;

	if (!f)
		return ctx_error(ctx, -ENOMEM, "no memory for counters");
	f->base = flow_new_base();
	end_of_station(&f->pf, &p->pf);
	end_of_nic(&f->watcher, &p->first, 0);
	end_of_nic(&f->owner, &p->first, 1);
	ret = end_open(&f->watcher, f->base, true);
	if (ret == 0)
		ret = end_open(&f->owner, f->base, false);
	if (ret == 0)
		ret = frames_send(f);
	if (ret == 0)
		ret = frames_judge(f, ctx);
	end_close(&f->owner);
	end_close(&f->watcher);
	free(f);
	return ret;
}

static const struct {
	enum agent_stray_wrong wrong;
	const char *what;
} bad_descriptors[] = {
	{ AGENT_STRAY_NO_LENGTH, "no bytes" },
	{ AGENT_STRAY_LONG, "64 KB less one byte" },
	{ AGENT_STRAY_TYPE, "a type that there is not" },
	{ AGENT_STRAY_SEGMENT, "TCP segments of no bytes" },
	{ AGENT_STRAY_NO_END, "a frame without an end" },
};

/* A queue that the card, or its PF's driver, has switched off for that takes no more. */
static int mdd_send_all(struct stray *s)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(bad_descriptors); i++) {
		struct agent_stray_send req = { .wrong = (uint8_t)bad_descriptors[i].wrong };
		struct agent_stray_sent sent;

		stray_frame(s, 0, req.frame);
		ret = stray_try(s, &req, &sent);
		if (ret == 0)
			ctx_evidence(s->ctx, "descriptor", "%s: %u of %u taken%s",
				     bad_descriptors[i].what, sent.head, sent.descriptors,
				     sent.done ? ", reported as done" : "");
		else if (ret == 1)
			ctx_evidence(s->ctx, "descriptor", "%s: the queue does not work any more",
				     bad_descriptors[i].what);
	}
	return ret < 0 ? ret : 0;
}

int iso_mdd(struct pair *p)
{
	struct stray s;
	int ret = stray_begin(&s, p);

	if (ret == 0)
		ret = stray_check_sends(&s);
	if (ret == 0)
		ret = mdd_send_all(&s);
	/* Before the reset: it is what the neighbour sees of it. */
	if (ret == 0)
		ret = guest_check_traffic(s.g, 0, 1, &p->pf);
	ret = stray_end(&s, ret);
	if (ret != 0)
		return ret;
	return ctx_pass(p->rig.ctx, "the neighbour does not notice, and a reset heals the VF",
			"%zu kinds of descriptors that are none, from %s: the guest's other VF "
			"works all the time, and %s does after a reset",
			ARRAY_SIZE(bad_descriptors), s.dev->what, s.dev->what);
}
