/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of one-way flows: NICs of a guest and stations of the host. */
#include "cases/ends.h"

#include <errno.h>
#include <string.h>

#include "cases/guest_config.h"
#include "wire/traffic.h"

#define ENDS_TAKE_CALLS 64u /* of 4096 frames each: more than a socket holds */

void end_of_nic(struct end *e, struct guest *g, unsigned int i)
{
	const struct guest_nic *nic = &g->nics[i];

	*e = (struct end){ .ctx = g->ctx, .guest = g };
	util_strlcpy(e->what, sizeof(e->what), nic->what);
	util_strlcpy(e->ifname, sizeof(e->ifname), nic->netdev.ifname);
	memcpy(e->mac, nic->netdev.mac, sizeof(e->mac));
}

void end_of_station(struct end *e, struct station *s)
{
	*e = (struct end){ .ctx = s->ctx, .station = s };
	util_strlcpy(e->what, sizeof(e->what), s->what);
	util_strlcpy(e->ifname, sizeof(e->ifname), s->ifname);
	memcpy(e->mac, s->mac, sizeof(e->mac));
}

static int end_failed(struct end *e, int err, const char *doing)
{
	return ctx_error(e->ctx, err, "%s: %s on %s: %s", e->what, doing, e->ifname,
			 strerror(-err));
}

struct end_opening {
	struct end *end;
	uint32_t base;
	bool promisc;
};

static int end_open_here(void *arg)
{
	const struct end_opening *o = arg;

	return flow_open(&o->end->counter, o->end->ifname, o->base, o->promisc);
}

static int end_open_there(const struct end_opening *o, int *said)
{
	struct agent_flow_open req = { .base = o->base, .promisc = o->promisc };

	util_strlcpy(req.ifname, sizeof(req.ifname), o->end->ifname);
	return guest_call(o->end->guest, AGENT_FLOW_OPEN, &req, sizeof(req), NULL, 0, NULL, said);
}

int end_open(struct end *e, uint32_t base, bool promisc)
{
	struct end_opening o = { e, base, promisc };
	int said = 0, ret = 0;

	if (e->guest)
		ret = end_open_there(&o, &said);
	else
		said = station_call(e->station, end_open_here, &o);
	if (ret < 0)
		return ret;
	e->open = said == 0;
	return said < 0 ? end_failed(e, said, "no packet socket") : 0;
}

void end_close(struct end *e)
{
	struct agent_flow_name req = { 0 };

	if (!e->open)
		return;
	e->open = false;
	if (!e->guest) {
		util_closep(&e->counter.fd);
		return;
	}
	if (!e->guest->vm || vm_ended(e->guest->vm))
		return;
	util_strlcpy(req.ifname, sizeof(req.ifname), e->ifname);
	/* Should it fail the next one to open the same finds the slot and closes it. */
	(void)!vm_agent_call(e->guest->vm, (enum agent_type)AGENT_FLOW_CLOSE, &req, sizeof(req),
			     NULL, 0, ctx_ms(e->ctx, GUEST_CALL_MS));
}

static int end_read_here(struct end *e)
{
	int ret = 1;

	for (unsigned int i = 0; ret > 0 && i < ENDS_TAKE_CALLS; i++)
		ret = flow_take(&e->counter);
	if (ret < 0)
		return end_failed(e, ret, "frames cannot be read");
	e->n_rows = e->counter.n_rows;
	memcpy(e->rows, e->counter.rows, e->n_rows * sizeof(e->rows[0]));
	return 0;
}

int end_read(struct end *e)
{
	struct agent_flow_name req = { 0 };
	size_t len = 0;
	int said, ret;

	if (!e->guest)
		return end_read_here(e);
	util_strlcpy(req.ifname, sizeof(req.ifname), e->ifname);
	ret = guest_call(e->guest, AGENT_FLOW_READ, &req, sizeof(req), e->rows, sizeof(e->rows),
			 &len, &said);
	if (ret == 0 && said < 0)
		ret = end_failed(e, said, "frames cannot be read");
	e->n_rows = (unsigned int)(len / sizeof(e->rows[0]));
	return ret;
}

uint32_t end_count(const struct end *e, uint32_t session, uint16_t tpid, uint16_t tci)
{
	return flow_count(e->rows, e->n_rows, session, tpid, tci);
}

uint32_t end_count_any(const struct end *e, uint32_t session)
{
	return flow_count_any(e->rows, e->n_rows, session);
}

const char *end_tell(const struct end *e, uint32_t session, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < e->n_rows && used < size - 1; i++) {
		const struct flow_row *r = &e->rows[i];
		char tag[40] = "untagged";

		if (r->session != session)
			continue;
		if (r->tpid)
			util_format(tag, sizeof(tag), "%#06x VLAN %u priority %u", r->tpid,
				    r->tci & 0xfff, r->tci >> 13);
		used += (size_t)snprintf(buf + used, size - used, "%s%u %s%s", used ? ", " : "",
					 r->good, tag, r->inner_tpid ? " and a second tag" : "");
		if (used < size - 1 && r->corrupt + r->duplicate > 0)
			used += (size_t)snprintf(buf + used, size - used, " (%u corrupt, %u twice)",
						 r->corrupt, r->duplicate);
	}
	if (used == 0)
		util_strlcpy(buf, size, "none");
	return buf;
}

/* ---- sending ---- */

struct end_sending {
	struct end *end;
	struct flow flow;
	struct flow_sent sent;
};

static int end_send_here(void *arg)
{
	struct end_sending *s = arg;

	return flow_send(s->end->ifname, &s->flow, &s->sent);
}

static int end_send(struct end_sending *s)
{
	struct agent_flow req = { .flow = s->flow };
	struct end *e = s->end;
	int said, ret = 0;
	size_t len;

	if (e->guest) {
		util_strlcpy(req.ifname, sizeof(req.ifname), e->ifname);
		ret = guest_call(e->guest, AGENT_FLOW_SEND, &req, sizeof(req), &s->sent,
				 sizeof(s->sent), &len, &said);
	} else {
		said = station_call(e->station, end_send_here, s);
	}
	if (ret < 0)
		return ret;
	return said < 0 ? end_failed(e, said, "frames cannot be sent") : 0;
}

struct end_wait {
	const struct end_flow *f;
	uint32_t want;
	int err;
};

static bool end_has_come(void *arg)
{
	struct end_wait *w = arg;
	const struct end_flow *f = w->f;

	w->err = end_read(f->wait);
	return w->err < 0 || end_count(f->wait, f->session, f->come_tpid, f->come_tci) >= w->want;
}

/* What does not come in time is missing from the counts. Returns 1 then. */
static int end_await(const struct end_flow *f, uint32_t want, uint64_t end)
{
	struct end_wait w = { .f = f, .want = want };
	uint64_t now = util_now_ms();
	int ret;

	if (!f->wait)
		return 0;
	ret = util_poll_until(end_has_come, &w,
			      ctx_ms(f->from->ctx, now < end ? (unsigned int)(end - now) : 0));
	return w.err < 0 ? w.err : ret < 0;
}

int ends_send(const struct end_flow *f, struct flow_sent *sent)
{
	struct end_sending s = { .end = f->from };
	uint32_t count = f->count ? f->count : ENDS_FRAMES, done = 0;
	uint64_t end = util_now_ms() + ENDS_COME_MS;
	int ret = 0;

	s.flow = (struct flow){
		.session = f->session, .size = f->size, .tpid = f->tpid, .tci = f->tci
	};
	memcpy(s.flow.dst, f->dst, ETH_ALEN);
	memcpy(s.flow.src, f->src ? f->src : f->from->mac, ETH_ALEN);
	while (ret >= 0 && done < count && s.sent.error == 0) {
		s.flow.first = f->first + done;
		s.flow.count = count - done < FLOW_BURST ? count - done : FLOW_BURST;
		ret = end_send(&s);
		done += s.sent.frames;
		if (ret == 0)
			ret = end_await(f, f->come_before + done, end);
	}
	if (ret < 0)
		return ret;
	s.sent.frames = done;
	if (sent)
		*sent = s.sent;
	else if (s.sent.error < 0)
		return end_failed(f->from, s.sent.error, "frames are not taken");
	return 0;
}

/* ---- as fast as it can ---- */

int end_flood(struct end *from, const uint8_t dst[ETH_ALEN], unsigned int size, unsigned int ms)
{
	struct agent_flood req = { .ms = ms };
	int said, ret;

	util_strlcpy(req.ifname, sizeof(req.ifname), from->ifname);
	memcpy(req.flow.dst, dst, ETH_ALEN);
	memcpy(req.flow.src, from->mac, ETH_ALEN);
	/* A session that nobody counts. */
	req.flow.session = traffic_new_session();
	req.flow.size = size;
	req.flow.count = FLOW_BURST;
	ret = guest_call(from->guest, AGENT_FLOOD_START, &req, sizeof(req), NULL, 0, NULL, &said);
	return ret == 0 && said < 0 ? end_failed(from, said, "frames cannot be sent") : ret;
}

int end_flood_ended(struct end *from, struct flow_sent *sent)
{
	size_t len;
	int said, ret = guest_call(from->guest, AGENT_FLOOD_END, NULL, 0, sent, sizeof(*sent), &len,
				   &said);

	if (ret < 0 || said == -EAGAIN)
		return ret;
	return said < 0 ? end_failed(from, said, "sending cannot be ended") : 1;
}
