/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test traffic between a station of the host's and the netdevs of a guest, or between two guests.
 */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "sys/link.h"
#include "wire/traffic.h"

#define TRAFFIC_FRAMES 200u
#define TRAFFIC_FIRST_MS 20000 /* until the path has to answer at all */
#define TRAFFIC_CALL_MS 15000
#define TRAFFIC_EXCHANGE_MS 60000 /* between guests, as slow as they can be */

struct guest_traffic {
	struct ctx *ctx;
	struct station *from;
	unsigned int n;
	struct guest *owners[GUEST_MAX_NICS]; /* of the NICs */
	const struct guest_nic *nics[GUEST_MAX_NICS];
	struct traffic_path *paths;
	struct agent_echo_stats *stats; /* the agent's own counts */
	bool shown; /* it is shown that all but the wire works */
	struct station *control; /* of the devices' own port, to ask what the wire lets pass */
	bool lost; /* with @shown: the wire has lost what it was to carry */
};

/* A peer's own VFs are reached through its card's switch. */
static bool traffic_is_over_wire(const struct guest_traffic *t, unsigned int i)
{
	const struct rig_dev *dev = t->nics[i]->dev;

	return t->from->wire && !(dev && dev->pf == t->from->port);
}

/*
 * Frames are lost between the station and NIC @i. Returns 0 if that is the wire's doing and the
 * device's part is shown, else -errno with the finding recorded.
 */
static int traffic_lost(struct guest_traffic *t, unsigned int i, const char *measured)
{
	/* A wire that loses some frames loses anybody's, and a few that pass show nothing. */
	const bool all = t->paths[i].counts.answered == 0;
	static const char expected[] = "test frames pass both ways";
	struct ctx *ctx = t->ctx;
	bool own;

	if (!traffic_is_over_wire(t, i) && station_hangs(t->from)) {
		ctx_fail(ctx, "tx_hang", expected,
			 "%s; %s takes frames and does not count them as sent any more", measured,
			 t->from->ifname);
		return -ENODATA;
	}
	if (!traffic_is_over_wire(t, i) || !t->shown) {
		ctx_fail(ctx, traffic_is_over_wire(t, i) ? "wire_lost" : "traffic_lost", expected,
			 "%s", measured);
		return -ENODATA;
	}
	t->lost = true;
	own = t->control && all && station_reaches(t->control, t->from);
	if (t->control && all)
		ctx_evidence(ctx, "wire.control", "frames of %s itself and of %s %s",
			     t->control->what, t->from->what,
			     own ? "pass both ways" : "do not pass");
	ctx_warn(ctx, own || (all && !t->control) ? "wire_mac_lost" : "wire_lost", expected, "%s%s",
		 measured, own ? "; those of the port itself are" : "");
	return 0;
}

int guest_start_echo(struct guest *g, const struct guest_nic *nic, uint32_t session)
{
	struct agent_echo req = { .session = session };
	int ret;

	memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
	ret = vm_agent_call(g->vm, AGENT_ECHO_START, &req, sizeof(req), NULL, 0,
			    ctx_ms(g->ctx, TRAFFIC_CALL_MS));
	return ret < 0 ? guest_lost(g, ret, "preparing for traffic") : 0;
}

int guest_stop_echo(struct guest *g, const struct guest_nic *nic, struct agent_echo_stats *stats)
{
	struct agent_link req = { 0 };
	int ret;

	memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
	ret = vm_agent_call(g->vm, AGENT_ECHO_STOP, &req, sizeof(req), stats, sizeof(*stats),
			    ctx_ms(g->ctx, TRAFFIC_CALL_MS));
	if (ret == sizeof(*stats))
		return 0;
	return guest_lost(g, ret < 0 ? ret : -EPROTO, "ending the traffic");
}

static int traffic_start(struct guest_traffic *t)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < t->n; i++) {
		t->paths[i].session = traffic_new_session();
		memcpy(t->paths[i].peer, t->nics[i]->netdev.mac, sizeof(t->paths[i].peer));
		ret = guest_start_echo(t->owners[i], t->nics[i], t->paths[i].session);
	}
	return ret;
}

static int traffic_run(struct guest_traffic *t)
{
	struct ctx *ctx = t->ctx;
	struct station *s = t->from;
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < t->n; i++) {
		unsigned int ms = traffic_is_over_wire(t, i) ? STATION_WIRE_MS : TRAFFIC_FIRST_MS;
		char text[160];

		ret = traffic_probe(s->fd, s->mac, &t->paths[i], ctx_ms(ctx, ms));
		/* A guest that has ended answers nothing, whatever the NIC does: it is blamed. */
		if (ret == -ETIMEDOUT && guest_alive(t->owners[i]) < 0)
			return ret;
		if (ret == -ETIMEDOUT) {
			util_format(text, sizeof(text),
				    "%s: not one of the frames that %s sent was answered",
				    t->nics[i]->what, s->what);
			return traffic_lost(t, i, text);
		}
	}
	if (ret == 0)
		ret = traffic_exchange(s->fd, s->mac, t->paths, t->n, TRAFFIC_FRAMES,
				       ctx->deadline_ms);
	return ret < 0 ? ctx_error(ctx, ret, "test frames cannot be exchanged on %s: %s", s->ifname,
				   strerror(-ret))
		       : 0;
}

/* What the ends have counted, in words. */
static void traffic_tell(struct ctx *ctx, const char *from, const char *to,
			 const struct traffic_counts *c, const struct agent_echo_stats *s,
			 char *text, size_t size)
{
	util_format(text, size,
		    "%s - %s: sent %u (%u broadcast), got %u, answered %u, came back %u (%u "
		    "broadcast), corrupt %u there and %u back, duplicate %u, overtaken %u",
		    from, to, c->sent, c->broadcast_sent, s->received, s->answered, c->answered,
		    c->broadcast_answered, s->corrupt, c->corrupt, c->duplicate, c->late);
	ctx_evidence(ctx, "traffic", "%s", text);
	if (c->send_error < 0)
		ctx_evidence(ctx, "traffic.send_error", "%s: %s", from, strerror(-c->send_error));
}

/* Frames come twice. That is a FAIL but for a wire where all else is shown to work. */
static int traffic_twice(struct ctx *ctx, bool wire, bool shown, const char *measured)
{
	static const char expected[] = "each test frame arrives once";

	if (wire && shown)
		return ctx_warn(ctx, "wire_duplicate", expected, "%s", measured);
	ctx_fail(ctx, wire ? "wire_duplicate" : "traffic_duplicate", expected, "%s", measured);
	return -ENOTUNIQ;
}

/*
 * @c is what the end that asks saw, @s what the one that answers saw. Damage, loss and frames that
 * come twice are a FAIL; a loss of at most one frame in a hundred, and frames out of order, are a
 * WARN. Of a way over the wire, @t and @i say which it is; @t is NULL for none.
 */
static int traffic_report(struct guest_traffic *t, unsigned int i, struct ctx *ctx,
			  const char *from, const char *to, const struct traffic_counts *c,
			  const struct agent_echo_stats *s)
{
	const char *expected = "all test frames arrive whole, both ways";
	const bool wire = t && traffic_is_over_wire(t, i);
	char text[300];

	traffic_tell(ctx, from, to, c, s, text, sizeof(text));
	switch (traffic_judge(c, s, TRAFFIC_FRAMES)) {
	case TRAFFIC_WHOLE:
		return 0;
	case TRAFFIC_SOME_LOST:
		return ctx_warn(ctx, wire ? "wire_lost" : "traffic_lost", expected, "%s", text);
	case TRAFFIC_DUPLICATE:
		return traffic_twice(ctx, wire, t && t->shown, text);
	case TRAFFIC_REORDERED:
		return ctx_warn(ctx, "traffic_reordered",
				"test frames arrive in the order of sending", "%s", text);
	case TRAFFIC_CORRUPT:
		ctx_fail(ctx, wire ? "wire_corrupt" : "traffic_corrupt", expected, "%s", text);
		return -EBADMSG;
	default:
		if (t)
			return traffic_lost(t, i, text);
		ctx_fail(ctx, "traffic_lost", expected, "%s", text);
		return -ENODATA;
	}
}

/*
 * How fast the frames went. A measure of this way, not of the NIC: a few frames are under way at a
 * time, and both ends make and check every byte.
 */
static void traffic_note_speed(struct ctx *ctx, const char *from, const char *to,
			       const struct traffic_times *t)
{
	uint64_t us = t->end_us - t->start_us;

	if (t->answers == 0 || us == 0)
		return;
	ctx_evidence(ctx, "latency", "%s - %s: mean %.2f ms, at most %.2f ms, %u samples", from, to,
		     (double)t->sum_us / t->answers / 1e3, (double)t->max_us / 1e3, t->answers);
	ctx_evidence(ctx, "throughput", "%s - %s: %.2f Mb/s", from, to,
		     (double)t->bytes * 8 / (double)us);
}

static int traffic_await_link(struct guest_traffic *t)
{
	if (!t->shown || station_try_link(t->from) != -ETIMEDOUT)
		return station_wait_link(t->from);
	t->lost = true;
	return ctx_warn(t->ctx, "link_down", "both ends of the wire have a link",
			"%s (%s) is up and has no carrier", t->from->what, t->from->ifname);
}

static int traffic_check(struct guest_traffic *t)
{
	int ret = traffic_await_link(t);

	if (t->lost)
		return ret;
	if (ret == 0)
		ret = traffic_start(t);
	if (ret == 0)
		ret = traffic_run(t);
	for (unsigned int i = 0; ret == 0 && i < t->n; i++)
		ret = guest_stop_echo(t->owners[i], t->nics[i], &t->stats[i]);
	for (unsigned int i = 0; ret == 0 && !t->lost && i < t->n; i++) {
		ret = traffic_report(t, i, t->ctx, t->from->what, t->nics[i]->what,
				     &t->paths[i].counts, &t->stats[i]);
		traffic_note_speed(t->ctx, t->from->what, t->nics[i]->what, &t->paths[i].times);
	}
	return ret;
}

/* The NICs in slots @first to @first + @n - 1 take part. */
static void traffic_add(struct guest_traffic *t, struct guest *g, unsigned int first,
			unsigned int n)
{
	for (unsigned int i = first; i < first + n && i < g->n_nics; i++) {
		if (g->nics[i].id[0] == '\0' || t->n == ARRAY_SIZE(t->nics))
			continue;
		t->owners[t->n] = g;
		t->nics[t->n++] = &g->nics[i];
	}
}

/* Between @t->from and all that take part. */
static int traffic_with(struct guest_traffic *t)
{
	_cleanup_free_ struct traffic_path *paths = calloc(t->n + 1, sizeof(*paths));
	_cleanup_free_ struct agent_echo_stats *stats = calloc(t->n + 1, sizeof(*stats));

	t->paths = paths;
	t->stats = stats;
	if (!paths || !stats)
		return ctx_error(t->ctx, -ENOMEM, "no memory for traffic");
	if (t->n == 0)
		return ctx_error(t->ctx, -ENODEV, "the guest has no NIC for traffic");
	return traffic_check(t);
}

int guest_check_traffic(struct guest *g, unsigned int first, unsigned int n, struct station *from)
{
	struct guest_traffic t = { .ctx = g->ctx, .from = from };

	traffic_add(&t, g, first, n);
	return traffic_with(&t);
}

int guest_check_traffic_of_all(struct guest *guests, unsigned int n, struct station *from)
{
	struct guest_traffic t = { .ctx = guests[0].ctx, .from = from };

	for (unsigned int i = 0; i < n; i++)
		traffic_add(&t, &guests[i], 0, guests[i].n_nics);
	return traffic_with(&t);
}

int guest_check_wire(struct guest *g, unsigned int i, struct station *from, struct station *control)
{
	struct guest_traffic t = { .ctx = g->ctx, .from = from, .shown = true, .control = control };
	int ret;

	traffic_add(&t, g, i, 1);
	ret = traffic_with(&t);
	return ret < 0 ? ret : t.lost;
}

/* Nothing was to arrive: neither frames nor, had they arrived, answers. */
static int traffic_report_none(struct ctx *ctx, const char *from, const char *to,
			       const struct traffic_counts *c, const struct agent_echo_stats *s)
{
	const char *expected = "frames are sent and none of them arrives";
	char text[200];

	util_format(text, sizeof(text), "%s - %s: sent %u (%u broadcast), arrived %u, came back %u",
		    from, to, c->sent, c->broadcast_sent, s->received + s->corrupt,
		    c->answered + c->corrupt);
	ctx_evidence(ctx, "isolation", "%s", text);
	if (c->send_error < 0 || c->sent == 0 || c->broadcast_sent == 0)
		return ctx_error(ctx, c->send_error < 0 ? c->send_error : -EIO,
				 "the frames of %s could not all be sent: %s", from, text);
	if (s->received + s->corrupt + c->answered + c->corrupt == 0)
		return 0;
	ctx_fail(ctx, "traffic_leak", expected, "%s", text);
	return -EISCONN;
}

int guest_ask(struct guest *a, const struct guest_nic *nic, const struct guest_nic *to,
	      uint32_t session, unsigned int count, bool probe, struct agent_exchange_stats *out)
{
	struct agent_exchange req = {
		.count = (uint16_t)count,
		.session = session,
		.probe_ms = probe ? ctx_ms(a->ctx, TRAFFIC_FIRST_MS) : 0,
		.timeout_ms = ctx_ms(a->ctx, TRAFFIC_EXCHANGE_MS),
	};
	int ret;

	memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
	memcpy(req.peer, to->netdev.mac, sizeof(req.peer));
	ret = vm_agent_call(a->vm, AGENT_EXCHANGE, &req, sizeof(req), out, sizeof(*out),
			    req.probe_ms + req.timeout_ms + TRAFFIC_CALL_MS);
	if (ret == sizeof(*out))
		return 0;
	return guest_lost(a, ret < 0 ? ret : -EPROTO, "sending test frames");
}

int guest_check_between(struct guest *a, unsigned int i, struct guest *b, unsigned int j,
			bool reach)
{
	const struct guest_nic *from = &a->nics[i], *to = &b->nics[j];
	uint32_t session = traffic_new_session();
	struct agent_exchange_stats asked = { 0 };
	struct agent_echo_stats stats = { 0 };
	struct traffic_counts c;
	int ret = guest_start_echo(b, to, session), err;

	if (ret < 0)
		return ret;
	ret = guest_ask(a, from, to, session, TRAFFIC_FRAMES, reach, &asked);
	err = guest_stop_echo(b, to, &stats);
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	if (asked.probe < 0 && (guest_alive(a) < 0 || guest_alive(b) < 0))
		return -ETIMEDOUT;
	if (asked.probe < 0) {
		ctx_fail(a->ctx, "traffic_lost", "test frames pass both ways",
			 "%s: not one of the frames that %s sent was answered", to->what,
			 from->what);
		return -ETIMEDOUT;
	}
	c = (struct traffic_counts){
		.sent = asked.sent,
		.answered = asked.answered,
		.corrupt = asked.corrupt,
		.duplicate = asked.duplicate,
		.broadcast_sent = asked.broadcast_sent,
		.broadcast_answered = asked.broadcast_answered,
		.send_error = asked.send_error,
	};
	return reach ? traffic_report(NULL, 0, a->ctx, from->what, to->what, &c, &stats)
		     : traffic_report_none(a->ctx, from->what, to->what, &c, &stats);
}
