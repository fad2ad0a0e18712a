/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers: one end in a child of this process, or in the agent's guest; and TCP between two ends.
 */
#include "cases/net.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "sys/netns.h"
#include "wire/traffic.h"

static int transfer_child(void *arg)
{
	struct net_transfer *f = arg;
	const struct station *s = f->end->s;
	int ret = s->netns >= 0 ? netns_enter(s->netns) : 0;

	if (ret < 0)
		transfer_end(f->shared, ret, "its namespace");
	else
		transfer_run(&f->config, f->shared);
	return 0;
}

static int transfer_start_host(struct net_transfer *f)
{
	int ret;

	f->shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->shared == MAP_FAILED) {
		f->shared = NULL;
		return ctx_error(f->end->ctx, -ENOMEM, "no memory for traffic");
	}
	ret = child_start(&f->child, transfer_child, f);
	f->running = ret == 0;
	return ret < 0 ? ctx_error(f->end->ctx, ret, "no process for traffic: %s", strerror(-ret))
		       : 0;
}

/* What the guest says of a transfer; -errno of its own is an error of ours. */
static int transfer_call(struct net_transfer *f, enum agent_type type, const void *req, size_t len,
			 void *reply, size_t size)
{
	bool lost;
	int ret = net_call(f->end->g, type, req, len, reply, size, &lost);

	if (ret < 0 && !lost)
		return ctx_error(f->end->ctx, ret, "%s: the guest's agent has no traffic: %s",
				 f->end->what, strerror(-ret));
	if (ret >= 0 && (size_t)ret != size)
		return guest_lost(f->end->g, -EPROTO, "asking for its traffic");
	return ret < 0 ? ret : 0;
}

static int transfer_start_guest(struct net_transfer *f)
{
	struct agent_transfer reply;
	int ret = transfer_call(f, AGENT_TRANSFER_START, &f->config, sizeof(f->config), &reply,
				sizeof(reply));

	f->running = ret == 0;
	f->handle = f->running ? reply.handle : 0;
	return ret;
}

int net_transfer_read(struct net_transfer *f)
{
	const struct agent_transfer req = { .handle = f->handle };

	if (!f->running)
		return 0;
	if (f->shared) {
		f->state = *f->shared;
		return 0;
	}
	return transfer_call(f, AGENT_TRANSFER_STATE, &req, sizeof(req), &f->state,
			     sizeof(f->state));
}

struct transfer_wait {
	struct net_transfer *f;
	enum transfer_phase phase;
	int err;
};

static bool transfer_has_come(void *arg)
{
	struct transfer_wait *w = arg;

	w->err = net_transfer_read(w->f);
	return w->err < 0 || w->f->state.phase >= w->phase;
}

static int transfer_await(struct net_transfer *f, enum transfer_phase phase, unsigned int ms)
{
	struct transfer_wait w = { .f = f, .phase = phase };
	int ret = util_poll_until(transfer_has_come, &w, ctx_ms(f->end->ctx, ms));

	if (w.err < 0)
		return w.err;
	if (ret == -ETIMEDOUT && guest_is_late(f->end->ctx))
		return ctx_timeout(f->end->ctx, "waiting for traffic");
	return ret < 0 ? ctx_error(f->end->ctx, ret, "%s: the process of its traffic does not end",
				   f->end->what)
		       : 0;
}

int net_transfer_start(struct net_transfer *f, struct net_end *end, const struct net_end *far,
		       enum ip_family family)
{
	int ret;

	f->end = end;
	memcpy(f->config.ifname, end->ifname, sizeof(f->config.ifname));
	if (f->config.local.family == 0)
		f->config.local = *net_address(end, family);
	f->config.remote = *net_address(far, family);
	if (f->config.port == 0)
		f->config.port = NET_PORT;
	if (f->config.streams == 0)
		f->config.streams = 1;
	ret = end->g ? transfer_start_guest(f) : transfer_start_host(f);
	return ret < 0 ? ret : transfer_await(f, TRANSFER_READY, NET_START_MS);
}

int net_transfer_await(struct net_transfer *f)
{
	return transfer_await(f, TRANSFER_DONE, f->config.timeout_ms + NET_START_MS);
}

int net_transfer_stop(struct net_transfer *f)
{
	const struct agent_transfer req = { .handle = f->handle };
	int ret = 0;

	if (f->running && f->shared)
		(void)child_wait(&f->child, 0, NULL);
	if (f->shared) {
		f->state = *f->shared;
		munmap(util_take_ptr(f->shared), sizeof(*f->shared));
	} else if (f->running && f->end->g->vm && !vm_ended(f->end->g->vm)) {
		ret = transfer_call(f, AGENT_TRANSFER_STOP, &req, sizeof(req), &f->state,
				    sizeof(f->state));
	}
	f->running = false;
	f->state.doing[sizeof(f->state.doing) - 1] = '\0';
	util_sanitise(f->state.doing);
	return ret;
}

void net_transfers_end(struct net_transfer *a, struct net_transfer *b)
{
	(void)net_transfer_stop(a);
	(void)net_transfer_stop(b);
}

/* ---- TCP ---- */

static void tcp_configure(const struct net_tcp *t, struct transfer_config *c, bool sends)
{
	*c = (struct transfer_config){
		.role = sends == t->to_connects ? TRANSFER_TCP_SERVER : TRANSFER_TCP_CLIENT,
		.sends = sends,
		.streams = (uint8_t)t->streams,
		.plain = t->plain,
		.fault = sends && t->fault,
		.budget_ms = t->budget_ms,
		.timeout_ms = t->budget_ms + ctx_ms(t->from->ctx, NET_SLACK_MS),
		.min_bytes = t->min_bytes,
		.max_bytes = t->max_bytes,
	};
}

int net_tcp_run(const struct net_tcp *t, struct transfer_state *sent, struct transfer_state *got)
{
	struct net_transfer source = { 0 }, sink = { 0 };
	struct net_transfer *server = t->to_connects ? &source : &sink;
	struct net_transfer *client = t->to_connects ? &sink : &source;
	struct net_end *server_end = t->to_connects ? t->from : t->to;
	struct net_end *client_end = t->to_connects ? t->to : t->from;
	int ret;

	tcp_configure(t, &source.config, true);
	tcp_configure(t, &sink.config, false);
	source.config.seed = sink.config.seed = traffic_new_session();
	ret = net_transfer_start(server, server_end, client_end, t->family);
	if (ret == 0)
		ret = net_transfer_start(client, client_end, server_end, t->family);
	if (ret == 0)
		ret = net_transfer_await(client);
	/* Where one end failed the other one may wait for long. */
	if (ret == 0 && client->state.error == 0)
		ret = net_transfer_await(server);
	net_transfers_end(&source, &sink);
	*sent = source.state;
	*got = sink.state;
	return ret;
}

double net_rate(const struct transfer_state *got)
{
	return got->us > 0 ? (double)got->bytes * 8 / (double)got->us : 0;
}

static uint32_t tcp_retransmissions(const struct net_tcp *t, const struct transfer_state *s)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < t->streams; i++)
		sum += s->stream[i].retransmissions;
	return sum;
}

static int tcp_broken(const struct net_tcp *t, const char *way, const struct net_end *end,
		      const struct transfer_state *s)
{
	struct ctx *ctx = end->ctx;
	const bool reset =
		s->error == -ECONNRESET || s->error == -EPIPE || s->error == -ECONNREFUSED;

	if ((t->from->g && guest_alive(t->from->g) < 0) || (t->to->g && guest_alive(t->to->g) < 0))
		return -ETIMEDOUT;
	if (guest_is_late(ctx))
		return ctx_timeout(ctx, "waiting for TCP");
	ctx_fail(ctx, reset ? "tcp_reset" : "tcp_stalls",
		 "TCP connections come up and carry all that is sent",
		 "%s, IPv%d, %u stream%s: %s %s: %s, after %llu bytes", way, t->family, t->streams,
		 t->streams == 1 ? "" : "s", end->what, s->doing, strerror(-s->error),
		 (unsigned long long)s->bytes);
	return s->error;
}

/* The first stream whose bytes are not the same at both ends. */
static int tcp_compare(const struct net_tcp *t, const char *way, const struct transfer_state *sent,
		       const struct transfer_state *got, const char *corrupt)
{
	for (unsigned int i = 0; i < t->streams && !t->plain; i++) {
		const struct transfer_stream *a = &sent->stream[i], *b = &got->stream[i];
		char text[80] = "";

		if (a->bytes == b->bytes && a->crc == b->crc && b->wrong_at == TRANSFER_NOWHERE)
			continue;
		if (b->wrong_at != TRANSFER_NOWHERE)
			util_format(text, sizeof(text), "; byte %llu is the first wrong one",
				    (unsigned long long)b->wrong_at);
		ctx_fail(t->from->ctx, corrupt, "the bytes that arrive are those that were sent",
			 "%s, IPv%d, stream %u: sent %llu bytes, CRC-32C %08x, got %llu bytes, "
			 "%08x%s",
			 way, t->family, i, (unsigned long long)a->bytes, a->crc,
			 (unsigned long long)b->bytes, b->crc, text);
		return -EBADMSG;
	}
	if (sent->bytes == got->bytes)
		return 0;
	ctx_fail(t->from->ctx, corrupt, "the bytes that arrive are those that were sent",
		 "%s, IPv%d: sent %llu bytes, got %llu", way, t->family,
		 (unsigned long long)sent->bytes, (unsigned long long)got->bytes);
	return -EBADMSG;
}

int net_tcp_judge(const struct net_tcp *t, const struct transfer_state *sent,
		  const struct transfer_state *got, const char *corrupt)
{
	struct ctx *ctx = t->from->ctx;
	uint32_t crc = 0;
	char way[80], sum[40] = "";

	net_way(t->from, t->to, way, sizeof(way));
	/* Wrong bytes say more than a connection that broke after them. */
	for (unsigned int i = 0; i < t->streams; i++)
		if (!t->plain && got->stream[i].bytes > 0 &&
		    got->stream[i].wrong_at != TRANSFER_NOWHERE)
			return tcp_compare(t, way, sent, got, corrupt);
	if (sent->error < 0 || got->error < 0)
		return tcp_broken(t, way, sent->error < 0 ? t->from : t->to,
				  sent->error < 0 ? sent : got);
	for (unsigned int i = 0; i < t->streams; i++)
		crc ^= got->stream[i].crc;
	if (!t->plain)
		util_format(sum, sizeof(sum), ", CRC-32C of all %08x", crc);
	ctx_evidence(ctx, "net.tcp",
		     "%s: IPv%d, %u stream%s, %.1f MB sent and %.1f MB got, %.1f Mb/s, %u segments "
		     "sent again%s",
		     way, t->family, t->streams, t->streams == 1 ? "" : "s",
		     (double)sent->bytes / 1e6, (double)got->bytes / 1e6, net_rate(got),
		     tcp_retransmissions(t, sent), sum);
	return tcp_compare(t, way, sent, got, corrupt);
}

/* ---- messages ---- */

int net_ask(struct net_end *from, struct net_end *to, enum ip_family family, bool udp,
	    unsigned int count, unsigned int size, struct transfer_state *out)
{
	struct net_transfer ask = { .config = { .role = udp ? TRANSFER_UDP_ASK : TRANSFER_PING,
						.count = count,
						.size = (uint16_t)size,
						.seed = traffic_new_session(),
						.timeout_ms = count * 1000 + NET_START_MS } };
	struct net_transfer echo = { .config = { .role = TRANSFER_UDP_ECHO,
						 .size = (uint16_t)size,
						 .seed = ask.config.seed,
						 .timeout_ms = ask.config.timeout_ms } };
	int ret = udp ? net_transfer_start(&echo, to, from, family) : 0;

	if (ret == 0)
		ret = net_transfer_start(&ask, from, to, family);
	if (ret == 0)
		ret = net_transfer_await(&ask);
	net_transfers_end(&ask, &echo);
	*out = ask.state;
	return ret;
}
