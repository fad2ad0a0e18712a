/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures: how fast a VF in a guest is, and its PF in the same run. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "sys/inventory.h"
#include "wire/traffic.h"

#define PERF_TCP_MS 1500u
#define PERF_STREAMS 4u
#define PERF_UDP_MS 1000u
#define PERF_UDP_SIZE 18u /* frames of 60 bytes, and 64 with their checksum */
#define PERF_SETTLE_MS 500u /* what was sent has come by then */
#define PERF_ASKS 500u

/* In units of a figure. */
struct perf {
	double tcp[2], pps[2]; /* from the end under test, and to it */
	uint32_t p50_us, p99_us;
};

static int perf_tcp(struct net_end *from, struct net_end *to, double *mbps)
{
	const struct net_tcp t = { .from = from,
				   .to = to,
				   .family = IP_V4,
				   .plain = true,
				   .streams = PERF_STREAMS,
				   .min_bytes = 1 << 20,
				   .max_bytes = UINT64_MAX / 2,
				   .budget_ms = PERF_TCP_MS };
	struct transfer_state sent, got;
	int ret = net_tcp_run(&t, &sent, &got);

	if (ret == 0)
		ret = net_tcp_judge(&t, &sent, &got, "tcp_corrupt");
	*mbps = net_rate(&got);
	return ret;
}

struct perf_drain {
	struct net_transfer *sink;
	uint64_t received;
	int err;
};

/* Nothing has come since the last look. */
static bool perf_is_drained(void *arg)
{
	struct perf_drain *d = arg;
	const uint64_t before = d->received;

	d->err = net_transfer_read(d->sink);
	d->received = d->sink->state.received;
	return d->err < 0 || (d->received == before && before > 0);
}

/* Frames of the least size that arrive in a second. */
static int perf_udp(struct net_end *from, struct net_end *to, double *pps)
{
	struct net_transfer source = { .config = { .role = TRANSFER_UDP_SOURCE,
						   .size = PERF_UDP_SIZE,
						   .streams = PERF_STREAMS,
						   .budget_ms = PERF_UDP_MS,
						   .seed = traffic_new_session(),
						   .timeout_ms = NET_SLACK_MS } };
	struct net_transfer sink = { .config = { .role = TRANSFER_UDP_SINK,
						 .size = PERF_UDP_SIZE,
						 .seed = source.config.seed,
						 .timeout_ms = NET_SLACK_MS + NET_START_MS } };
	struct perf_drain d = { .sink = &sink };
	int ret = net_transfer_start(&sink, to, from, IP_V4);

	if (ret == 0)
		ret = net_transfer_start(&source, from, to, IP_V4);
	if (ret == 0)
		ret = net_transfer_await(&source);
	if (ret == 0)
		(void)!util_poll_until(perf_is_drained, &d, PERF_SETTLE_MS);
	net_transfers_end(&source, &sink);
	*pps = sink.state.us > 0 ? (double)sink.state.received * 1e6 / (double)sink.state.us : 0;
	if (ret < 0 || d.err < 0)
		return ret < 0 ? ret : d.err;
	if (sink.state.received > 0)
		return 0;
	ctx_fail(from->ctx, "ip_lost", "UDP messages arrive", "%s to %s: none of %llu", from->what,
		 to->what, (unsigned long long)source.state.sent);
	return -ENODATA;
}

/* Between the end under test and the far one. */
static int perf_measure(struct net_end *own, struct net_end *far, struct perf *p)
{
	struct transfer_state asked = { 0 };
	struct ctx *ctx = own->ctx;
	char there[80], back[80];
	int ret = perf_tcp(own, far, &p->tcp[0]);

	if (ret == 0)
		ret = perf_tcp(far, own, &p->tcp[1]);
	if (ret == 0)
		ret = perf_udp(own, far, &p->pps[0]);
	if (ret == 0)
		ret = perf_udp(far, own, &p->pps[1]);
	if (ret == 0)
		ret = net_ask(own, far, IP_V4, true, PERF_ASKS, PERF_UDP_SIZE, &asked);
	if (ret < 0)
		return ret;
	net_way(own, far, there, sizeof(there));
	net_way(far, own, back, sizeof(back));
	ctx_evidence(ctx, "perf.tcp", "%s: %.2f Mb/s", there, p->tcp[0]);
	ctx_evidence(ctx, "perf.tcp", "%s: %.2f Mb/s", back, p->tcp[1]);
	ctx_evidence(ctx, "perf.udp", "%s: %.0f packets/s", there, p->pps[0]);
	ctx_evidence(ctx, "perf.udp", "%s: %.0f packets/s", back, p->pps[1]);
	ctx_evidence(ctx, "perf.round_trip", "%s: p50 %u us, p99 %u us", there, asked.p50_us,
		     asked.p99_us);
	return 0;
}

/* "QEMU TCG CPU", "QEMU Virtual CPU": there the processor decides, and a guest has less of it. */
static bool perf_is_emulated(const struct ctx *ctx)
{
	return strncmp(ctx->inv->host.cpu_model, "QEMU", 4) == 0;
}

static int perf_compare(struct ctx *ctx, const struct perf *vf, const struct perf *pf)
{
	for (int i = 0; i < 2; i++) {
		if (2 * vf->tcp[i] >= pf->tcp[i] && 2 * vf->pps[i] >= pf->pps[i])
			continue;
		if (perf_is_emulated(ctx)) {
			ctx_evidence(ctx, "perf.note",
				     "an emulated host: VF and PF are not compared");
			return 0;
		}
		ctx_warn(ctx, "vf_slow", "a VF is at least half as fast as its PF",
			 "%s: TCP %.0f Mb/s, and the PF %.0f; UDP %.0f packets a second, and the "
			 "PF %.0f",
			 i == 0 ? "sending" : "receiving", vf->tcp[i], pf->tcp[i], vf->pps[i],
			 pf->pps[i]);
	}
	return 0;
}

static int perf_use(struct fixture_wide *f, struct net_end *far, struct net_end *vf,
		    struct net_end *pf, struct perf *of_vf, struct perf *of_pf)
{
	const bool wire = f->peer.ctx != NULL;
	int ret = net_open_station(far, fixture_wide_far(f), wire ? NET_HOST_PEER : NET_HOST_PF);

	if (ret == 0)
		ret = net_open_guest(vf, &f->guest, 0, NET_HOST_VF);
	if (ret == 0)
		ret = perf_measure(vf, far, of_vf);
	if (ret < 0 || !wire)
		return ret;
	ret = net_open_station(pf, &f->pf, NET_HOST_PF);
	if (ret == 0)
		ret = perf_measure(pf, far, of_pf);
	return ret < 0 ? ret : perf_compare(f->rig.ctx, of_vf, of_pf);
}

static int net_perf(struct fixture_wide *f)
{
	struct net_end far = { 0 }, vf = { 0 }, pf = { 0 };
	struct perf of_vf = { 0 }, of_pf = { 0 };
	char text[120] = "";
	int ret = perf_use(f, &far, &vf, &pf, &of_vf, &of_pf);

	if (f->peer.ctx)
		util_format(text, sizeof(text), "; the PF: %.0f and %.0f Mb/s", of_pf.tcp[0],
			    of_pf.tcp[1]);
	ret = net_ends_close(ret, &far, &vf, &pf);
	return ret < 0 ? ret
		       : ctx_pass(f->rig.ctx, "figures of a VF in a guest, and of its PF",
				  "the VF sends %.0f and receives %.0f Mb/s of TCP%s", of_vf.tcp[0],
				  of_vf.tcp[1], text);
}

int run_net_perf(struct ctx *ctx)
{
	return fixture_wide_run(ctx, net_perf);
}
