/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VF's driver offloads, each off and on, under TCP. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#define OFFLOAD_BYTES (2ull << 20)

/* In the kernel's names (net/ethtool/common.c). What another one needs stands behind it. */
static const struct offload {
	const char *name;
	enum ip_family family; /* of the traffic that it is for */
} offloads[] = {
	{ "tx-tcp-segmentation", IP_V4 },
	{ "tx-tcp6-segmentation", IP_V6 },
	{ "tx-tcp-mangleid-segmentation", IP_V4 },
	{ "tx-tcp-ecn-segmentation", IP_V4 },
	{ "tx-generic-segmentation", IP_V4 },
	{ "rx-gro", IP_V4 },
	{ "rx-gro-hw", IP_V4 },
	{ "rx-lro", IP_V4 },
	{ "tx-checksum-ip-generic", IP_V4 },
	{ "tx-checksum-ipv4", IP_V4 },
	{ "tx-checksum-ipv6", IP_V6 },
	{ "rx-checksum", IP_V4 },
	{ "tx-scatter-gather", IP_V4 },
};

struct offload_run {
	struct net_end *pf, *vf;
	struct ethtool_feature_state before[ARRAY_SIZE(offloads)];
	unsigned int switched;
	char fixed[200], absent[300]; /* names */
};

static int offload_call(struct net_end *vf, const char *name, enum agent_set set,
			struct ethtool_feature_state *out)
{
	struct agent_feature req = { .set = (uint8_t)set };
	bool lost;
	int ret;

	memcpy(req.ifname, vf->ifname, sizeof(req.ifname));
	util_strlcpy(req.name, sizeof(req.name), name);
	ret = net_call(vf->g, AGENT_FEATURE, &req, sizeof(req), out, sizeof(*out), &lost);
	if (ret < 0 && !lost)
		return ctx_error(vf->ctx, ret, "%s: %s cannot be %s: %s", vf->what, name,
				 set == AGENT_GET ? "read" : "set", strerror(-ret));
	return ret < 0 ? ret : 0;
}

static void offload_add(char *list, size_t size, const char *name)
{
	const size_t len = strlen(list);

	util_format(list + len, size - len, "%s%s", len > 0 ? ", " : "", name);
}

static int offload_traffic(struct offload_run *r, enum ip_family family, const char *state)
{
	int ret = 0;

	for (int back = 0; ret == 0 && back < 2; back++) {
		const struct net_tcp t = { .from = back ? r->vf : r->pf,
					   .to = back ? r->pf : r->vf,
					   .family = family,
					   .streams = 1,
					   .min_bytes = OFFLOAD_BYTES,
					   .max_bytes = OFFLOAD_BYTES };
		struct transfer_state sent, got;

		ret = net_tcp_run(&t, &sent, &got);
		if (ret == 0)
			ret = net_tcp_judge(&t, &sent, &got, "offload_corrupt");
	}
	if (ret < 0 && ctx_failed(r->vf->ctx))
		ctx_evidence(r->vf->ctx, "net.offload.failed", "with %s", state);
	return ret;
}

/* Has it the other way round, and as it was. */
static int offload_switch(struct offload_run *r, unsigned int i)
{
	const struct offload *o = &offloads[i];
	const bool on = r->before[i].active;
	struct ethtool_feature_state now;
	char text[80];
	int ret = offload_call(r->vf, o->name, on ? AGENT_OFF : AGENT_ON, &now);

	if (ret < 0)
		return ret;
	if (now.active == r->before[i].active) {
		offload_add(r->fixed, sizeof(r->fixed), o->name);
		return 0;
	}
	r->switched++;
	util_format(text, sizeof(text), "%s %s", o->name, on ? "off" : "on");
	ret = offload_traffic(r, o->family, text);
	if (ret == 0)
		ret = offload_call(r->vf, o->name, on ? AGENT_ON : AGENT_OFF, &now);
	util_format(text, sizeof(text), "%s %s again", o->name, on ? "on" : "off");
	return ret < 0 ? ret : offload_traffic(r, o->family, text);
}

/* One feature that goes takes others along, so all are looked at. */
static int offload_restore(struct offload_run *r)
{
	struct ethtool_feature_state now;
	int first = 0;

	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int i = 0; i < ARRAY_SIZE(offloads); i++) {
			const char *name = offloads[i].name;
			int ret = r->before[i].known ? offload_call(r->vf, name, AGENT_GET, &now)
						     : -ENOENT;

			if (ret == 0 && now.active != r->before[i].active)
				ret = offload_call(r->vf, name,
						   r->before[i].active ? AGENT_ON : AGENT_OFF,
						   &now);
			if (ret == 0 && round > 0 && now.active != r->before[i].active)
				ret = ctx_error(r->vf->ctx, -EIO, "%s: %s is not as it was",
						r->vf->what, name);
			first = first == 0 && ret != -ENOENT ? ret : first;
		}
	return first;
}

static int offload_all(struct offload_run *r)
{
	int ret = 0, err;

	for (unsigned int i = 0; ret == 0 && i < ARRAY_SIZE(offloads); i++)
		ret = offload_call(r->vf, offloads[i].name, AGENT_GET, &r->before[i]);
	if (ret == 0)
		ret = net_check_control(r->pf, r->vf);
	for (unsigned int i = 0; ret == 0 && i < ARRAY_SIZE(offloads); i++) {
		if (!r->before[i].known || (!r->before[i].changeable && !r->before[i].active))
			offload_add(r->absent, sizeof(r->absent), offloads[i].name);
		else if (!r->before[i].changeable)
			offload_add(r->fixed, sizeof(r->fixed), offloads[i].name);
		else
			ret = offload_switch(r, i);
	}
	err = offload_restore(r);
	return ret < 0 ? ret : err;
}

static int net_offload(struct pair *p)
{
	struct net_end pf = { 0 }, vf = { 0 };
	struct offload_run r = { .pf = &pf, .vf = &vf };
	struct ctx *ctx = p->rig.ctx;
	int ret = net_open_station(&pf, &p->pf, NET_HOST_PF);

	if (ret == 0)
		ret = net_open_guest(&vf, &p->first, 0, NET_HOST_VF);
	if (ret == 0)
		ret = offload_all(&r);
	ret = net_ends_close(ret, &pf, &vf, NULL);
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "net.offload", "cannot be switched: %s", r.fixed[0] ? r.fixed : "none");
	ctx_evidence(ctx, "net.offload", "not there: %s", r.absent[0] ? r.absent : "none");
	if (r.switched == 0)
		return ctx_not_applicable(ctx, "the VF's driver lets no offload be switched");
	return ctx_pass(ctx, "content is whole with each offload off and on",
			"%u offloads of the VF, each off and on, both ways; cannot be switched: %s",
			r.switched, r.fixed[0] ? r.fixed : "none");
}

int run_net_offload(struct ctx *ctx)
{
	return pair_run(ctx, net_offload);
}
