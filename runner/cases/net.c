/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of traffic with IP addresses. */
#include "cases/net.h"

#include <errno.h>
#include <string.h>

#include "cases/guest_config.h"
#include "sys/inventory.h"

int net_call(struct guest *g, enum agent_type type, const void *req, size_t len, void *reply,
	     size_t size, bool *lost)
{
	size_t got;
	int said, ret = guest_call(g, type, req, len, reply, size, &got, &said);

	*lost = ret < 0;
	return ret < 0 ? ret : said < 0 ? said : (int)got;
}

const struct ip_address *net_address(const struct net_end *e, enum ip_family family)
{
	return family == IP_V4 ? &e->v4 : &e->v6;
}

char *net_way(const struct net_end *from, const struct net_end *to, char *buf, size_t size)
{
	util_format(buf, size, "%s - %s", from->what, to->what);
	return buf;
}

/* Each port under test has a network of its own, as others are tested at the same time. */
static void net_init(struct net_end *e, struct ctx *ctx, const char *what, const char *ifname,
		     unsigned int host)
{
	const unsigned int net = (unsigned int)(ctx->pf - ctx->inv->nics);

	*e = (struct net_end){ .ctx = ctx };
	util_strlcpy(e->what, sizeof(e->what), what);
	util_strlcpy(e->ifname, sizeof(e->ifname), ifname);
	ip_make(&e->v4, IP_V4, net, host);
	ip_make(&e->v6, IP_V6, net, host);
}

static int net_guest_address(struct net_end *e, bool clear, const struct ip_address *a)
{
	struct agent_net_address req = { .clear = clear, .add = a != NULL };
	bool lost;
	int ret;

	memcpy(req.ifname, e->ifname, sizeof(req.ifname));
	if (a)
		req.address = *a;
	ret = net_call(e->g, AGENT_NET_ADDRESS, &req, sizeof(req), NULL, 0, &lost);
	if (ret < 0 && !lost)
		return ctx_error(e->ctx, ret, "%s gets no address: %s", e->what, strerror(-ret));
	return ret;
}

int net_open_guest(struct net_end *e, struct guest *g, unsigned int nic, unsigned int host)
{
	const struct guest_nic *n = &g->nics[nic];

	return net_open_netdev(e, g, n->what, n->netdev.ifname, host);
}

int net_open_netdev(struct net_end *e, struct guest *g, const char *what, const char *ifname,
		    unsigned int host)
{
	int ret;

	net_init(e, g->ctx, what, ifname, host);
	e->g = g;
	ret = net_guest_address(e, true, &e->v4);
	return ret < 0 ? ret : net_guest_address(e, false, &e->v6);
}

static int net_station_addresses(void *arg)
{
	struct net_end *e = arg;
	int ret = ip_answer_strictly(e->ctx->root);

	if (ret == 0)
		ret = ip_clear(e->ifname);
	if (ret == 0)
		ret = ip_add(e->ifname, &e->v4);
	return ret < 0 ? ret : ip_add(e->ifname, &e->v6);
}

static int net_station_clear(void *arg)
{
	const struct net_end *e = arg;

	return ip_clear(e->ifname);
}

int net_open_station(struct net_end *e, struct station *s, unsigned int host)
{
	int ret = 0;

	net_init(e, s->ctx, s->what, s->ifname, host);
	e->s = s;
	/* Addresses end with a namespace of the station's own. */
	if (s->netns < 0)
		ret = ctx_undo(s->ctx, UNDO_TEST_ADDRESS, NULL, 0, s->ifname);
	if (ret < 0)
		return ctx_error(s->ctx, ret, "no room to record the undo");
	ret = station_call(s, net_station_addresses, e);
	return ret < 0 ? ctx_error(e->ctx, ret, "%s (%s) gets no address: %s", e->what, e->ifname,
				   strerror(-ret))
		       : 0;
}

int net_close(struct net_end *e)
{
	int ret = 0;

	if (e->s)
		ret = station_call(e->s, net_station_clear, e);
	else if (e->g && e->g->vm && !vm_ended(e->g->vm))
		ret = net_guest_address(e, true, NULL);
	*e = (struct net_end){ 0 };
	return ret;
}
