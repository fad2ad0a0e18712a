/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4, IPv6 and TCP between guests and PF. */
#include "cases/net.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/net_cases.h"

#define IP_PINGS 20u
#define IP_PING_SIZE 56u
#define IP_TCP_BYTES (1u << 20)
#define IP_MAX_LOST 1u /* of IP_PINGS: the first one may wait for neighbour discovery */

static const enum ip_family families[] = { IP_V4, IP_V6 };

/* Echo requests by one end; that they come back shows neighbour discovery both ways. */
static int ip_ping(struct net_end *from, struct net_end *to, enum ip_family family)
{
	struct ctx *ctx = from->ctx;
	char a[IP_TEXT_SIZE], b[IP_TEXT_SIZE];
	struct transfer_state s;
	int ret = net_ask(from, to, family, false, IP_PINGS, IP_PING_SIZE, &s);

	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "net.ping", "%s - %s: %s to %s, %llu of %llu answered, median %u us",
		     from->what, to->what, ip_format(net_address(from, family), a),
		     ip_format(net_address(to, family), b), (unsigned long long)s.received,
		     (unsigned long long)s.sent, s.p50_us);
	if (s.sent == IP_PINGS && s.received + IP_MAX_LOST >= IP_PINGS)
		return 0;
	if ((from->g && guest_alive(from->g) < 0) || (to->g && guest_alive(to->g) < 0))
		return -ETIMEDOUT;
	ctx_fail(ctx, "ip_lost", "echo requests are answered",
		 "%s to %s, IPv%d: %llu of %u answered%s%s", from->what, to->what, family,
		 (unsigned long long)s.received, IP_PINGS, s.error < 0 ? ": " : "",
		 s.error < 0 ? strerror(-s.error) : "");
	return -ENODATA;
}

/* A connection that @from makes, with content each way. */
static int ip_tcp(struct net_end *from, struct net_end *to, enum ip_family family)
{
	int ret = 0;

	for (int back = 0; ret == 0 && back < 2; back++) {
		const struct net_tcp t = { .from = back ? to : from,
					   .to = back ? from : to,
					   .to_connects = back,
					   .family = family,
					   .streams = 1,
					   .min_bytes = IP_TCP_BYTES,
					   .max_bytes = IP_TCP_BYTES };
		struct transfer_state sent, got;

		ret = net_tcp_run(&t, &sent, &got);
		if (ret == 0)
			ret = net_tcp_judge(&t, &sent, &got, "tcp_corrupt");
	}
	return ret;
}

int net_check_ip(struct net_end *a, struct net_end *b)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(families); i++) {
		ret = ip_ping(a, b, families[i]);
		if (ret == 0)
			ret = ip_ping(b, a, families[i]);
		if (ret == 0)
			ret = ip_tcp(a, b, families[i]);
		if (ret == 0)
			ret = ip_tcp(b, a, families[i]);
	}
	return ret;
}

static int ip_use(struct pair *p, struct net_end *pf, struct net_end *vf, struct net_end *other)
{
	int ret = net_open_station(pf, &p->pf, NET_HOST_PF);

	if (ret == 0)
		ret = net_open_guest(vf, &p->first, 0, NET_HOST_VF);
	if (ret == 0)
		ret = net_check_ip(pf, vf);
	if (ret == 0)
		ret = pair_take_second(p);
	if (ret == 0)
		ret = net_open_guest(other, &p->second, 0, NET_HOST_VF + 1);
	return ret < 0 ? ret : net_check_ip(vf, other);
}

static int net_ip(struct pair *p)
{
	struct net_end pf = { 0 }, vf = { 0 }, other = { 0 };
	int ret = ip_use(p, &pf, &vf, &other);

	ret = net_ends_close(ret, &pf, &vf, &other);
	if (ret == 0)
		ret = pair_return_second(p);
	return ret < 0 ? ret
		       : ctx_pass(p->rig.ctx,
				  "IP and TCP work between guests and PF, asked by either",
				  "IPv4 and IPv6: neighbour discovery, ping and TCP both ways, "
				  "between PF and guest and between two guests");
}

int run_net_ip(struct ctx *ctx)
{
	return pair_run(ctx, net_ip);
}
