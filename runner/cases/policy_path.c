/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has to come from one end to another, and what must not. */
#include "cases/policy.h"

#include <errno.h>
#include <string.h>

#define POLICY_PATH_MS 15000 /* a VF may be reset by what its PF sets */
#define POLICY_ASKED 10u /* frames of the PF to find out what the wire passes */
#define POLICY_LOST 100u /* one frame in so many may be lost where all have to come */

struct policy_path {
	struct policy *p;
	struct end *from, *to;
	uint32_t session, before; /* frames of it that came earlier */
	int err;
};

static bool policy_passes(void *arg)
{
	struct policy_path *w = arg;
	const struct end_flow f = { .from = w->from,
				    .dst = w->to->mac,
				    .session = w->session,
				    .count = 1,
				    .size = FRAME_MIN_SIZE };
	struct flow_sent sent;

	/* A netdev whose link is not up yet takes none. */
	w->err = ends_send(&f, &sent);
	if (w->err == 0)
		w->err = end_read(w->to);
	return w->err < 0 || end_count_any(w->to, w->session) > w->before;
}

int policy_try_path(struct policy *p, struct end *from, struct end *to, unsigned int ms,
		    bool *passes)
{
	/* The last flow of a base is for this alone, and may be used over and over. */
	struct policy_path w = { p, from, to, FLOW_OF(p->base, FLOW_MAX - 1), 0, 0 };
	int ret = end_read(to);

	*passes = false;
	if (ret < 0)
		return ret;
	w.before = end_count_any(to, w.session);
	*passes = util_poll_until(policy_passes, &w, ctx_ms(p->ctx, ms)) == 0 && w.err == 0;
	return w.err;
}

int policy_await_path(struct policy *p, struct end *from, struct end *to)
{
	bool passes;
	int ret = policy_try_path(p, from, to, POLICY_PATH_MS, &passes);

	if (ret < 0 || passes)
		return ret;
	ctx_fail(p->ctx, "traffic_lost", "frames pass between the ends of the case",
		 "none from %s to %s in %u s", from->what, to->what, POLICY_PATH_MS / 1000);
	return -ETIMEDOUT;
}

int policy_ask_wire(struct policy *p, const uint8_t *src, uint16_t tpid, uint16_t tci,
		    uint32_t size, bool *passes)
{
	struct end *wire = policy_wire(p);
	struct end_flow f = { .from = &p->pf,
			      .src = src,
			      .count = POLICY_ASKED,
			      .size = size,
			      .tpid = tpid,
			      .tci = tci,
			      .wait = wire,
			      .come_tpid = tpid,
			      .come_tci = tci };
	char text[200];
	int ret;

	*passes = false;
	if (!wire)
		return 0;
	f.dst = wire->mac;
	ret = policy_new_flow(p, &f.session);
	if (ret == 0)
		ret = ends_send(&f, NULL);
	if (ret < 0)
		return ret;
	*passes = end_count(wire, f.session, tpid, tci) == POLICY_ASKED;
	end_tell(wire, f.session, text, sizeof(text));
	if (*passes)
		ctx_evidence(p->ctx, "wire.control", "%u such frames of the PF itself came to %s",
			     POLICY_ASKED, wire->what);
	else
		ctx_warn(p->ctx, "cfg_wire_lost",
			 "the wire passes such frames of the PF itself; without, it is left out",
			 "of %u with %s%s%s %s had: %s", POLICY_ASKED,
			 src ? "a foreign sender" : "its own sender", tpid ? ", a VLAN tag" : "",
			 size > FRAME_MAX_SIZE ? ", the largest MTU" : "", wire->what, text);
	return 0;
}

/* Where all have to come, a lab's or host's hiccup may take one. */
static bool policy_is_whole(uint32_t come, uint32_t count)
{
	return come + count / POLICY_LOST >= count;
}

int policy_must_come(struct policy *p, struct end_flow *f, const char *label, const char *expected)
{
	uint32_t count = f->count ? f->count : ENDS_FRAMES, come;
	struct flow_sent sent;
	char text[200];
	int ret = 0;

	if (f->session == 0)
		ret = policy_new_flow(p, &f->session);
	if (ret == 0)
		ret = ends_send(f, &sent);
	if (ret < 0)
		return ret;
	come = end_count(f->wait, f->session, f->come_tpid, f->come_tci);
	ctx_evidence(p->ctx, "flow", "%s to %s: %u sent, came: %s", f->from->what, f->wait->what,
		     sent.frames, end_tell(f->wait, f->session, text, sizeof(text)));
	if (policy_is_whole(come, count))
		return 0;
	if (sent.error < 0)
		ctx_fail(p->ctx, label, expected, "%s takes only %u of %u frames: %s",
			 f->from->what, sent.frames, count, strerror(-sent.error));
	else
		ctx_fail(p->ctx, label, expected, "%u frames from %s to %s, came: %s", sent.frames,
			 f->from->what, f->wait->what, text);
	return -ENODATA;
}

int policy_must_not(struct policy *p, struct end *at, uint32_t session, const char *label,
		    const char *expected)
{
	char text[200];
	int ret = end_read(at);

	if (ret < 0)
		return ret;
	if (end_count_any(at, session) == 0)
		return 0;
	ctx_fail(p->ctx, label, expected, "at %s there came: %s", at->what,
		 end_tell(at, session, text, sizeof(text)));
	return -EISCONN;
}
