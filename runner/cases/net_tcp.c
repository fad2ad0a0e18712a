/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Much content over several TCP streams. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

static const unsigned int stream_counts[] = { 1, 4, 8 };

/* The control: one bit that the sender changes behind its hash is found. */
int net_check_control(struct net_end *pf, struct net_end *vf)
{
	const struct net_tcp t = { .from = pf,
				   .to = vf,
				   .family = IP_V4,
				   .streams = 1,
				   .min_bytes = 1 << 20,
				   .max_bytes = 1 << 20,
				   .fault = true };
	struct transfer_state sent, got;
	int ret = net_tcp_run(&t, &sent, &got);

	if (ret < 0)
		return ret;
	if (sent.error < 0 || got.error < 0)
		return net_tcp_judge(&t, &sent, &got, "tcp_corrupt");
	if (sent.stream[0].crc == got.stream[0].crc || got.stream[0].wrong_at == TRANSFER_NOWHERE)
		return ctx_error(pf->ctx, -EBADMSG,
				 "control: a bit that was changed on purpose was not found");
	ctx_evidence(pf->ctx, "net.control",
		     "one bit changed on purpose: found at byte %llu, CRC-32C %08x and %08x",
		     (unsigned long long)got.stream[0].wrong_at, sent.stream[0].crc,
		     got.stream[0].crc);
	return 0;
}

static int tcp_all(struct net_end *pf, struct net_end *vf, uint64_t *least)
{
	int ret = net_check_control(pf, vf);

	*least = UINT64_MAX;
	for (size_t i = 0; ret == 0 && i < 2 * ARRAY_SIZE(stream_counts); i++) {
		const bool back = i % 2;
		const struct net_tcp t = { .from = back ? vf : pf,
					   .to = back ? pf : vf,
					   .to_connects = back,
					   .family = i / 2 % 2 ? IP_V6 : IP_V4,
					   .streams = stream_counts[i / 2],
					   .min_bytes = NET_TCP_MIN_BYTES,
					   .max_bytes = NET_TCP_MAX_BYTES,
					   .budget_ms = NET_TCP_MS };
		struct transfer_state sent, got;

		ret = net_tcp_run(&t, &sent, &got);
		if (ret == 0)
			ret = net_tcp_judge(&t, &sent, &got, "tcp_corrupt");
		*least = got.bytes < *least ? got.bytes : *least;
	}
	return ret;
}

static int net_tcp(struct pair *p)
{
	struct net_end pf = { 0 }, vf = { 0 };
	uint64_t least = 0;
	int ret = net_open_station(&pf, &p->pf, NET_HOST_PF);

	if (ret == 0)
		ret = net_open_guest(&vf, &p->first, 0, NET_HOST_VF);
	if (ret == 0)
		ret = tcp_all(&pf, &vf, &least);
	ret = net_ends_close(ret, &pf, &vf, NULL);
	return ret < 0 ? ret
		       : ctx_pass(p->rig.ctx, "1, 4 and 8 TCP streams each way arrive whole",
				  "at least %.1f MB each time, compared byte by byte and hashed at "
				  "both ends; no reset",
				  (double)least / 1e6);
}

int run_net_tcp(struct ctx *ctx)
{
	return pair_run(ctx, net_tcp);
}
