/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test traffic between the PF and the netdevs of a guest, and what it proves. */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "vm/traffic.h"

#define TRAFFIC_FRAMES 200u
#define TRAFFIC_FIRST_MS 20000 /* until the path has to answer at all */
#define TRAFFIC_CALL_MS 15000

struct guest_traffic {
	struct guest *g;
	unsigned int first, n;
	int fd;
	uint8_t mac[6];
	struct traffic_path *paths;
	struct agent_echo_stats *stats; /* the agent's own counts */
};

static int traffic_lost_agent(struct guest *g, int err)
{
	if (vm_ended(g->vm))
		ctx_fail(g->ctx, "guest_died", "the guest runs until it is powered off",
			 "during traffic: %s", vm_end_text(g->vm));
	else
		ctx_fail(g->ctx, "guest_no_answer", "the guest's agent answers",
			 "during traffic: %s", strerror(-err));
	return err;
}

static int traffic_start(struct guest_traffic *t)
{
	for (unsigned int i = 0; i < t->n; i++) {
		const struct guest_nic *nic = &t->g->nics[t->first + i];
		struct agent_echo req = { .session = traffic_new_session() };
		int ret;

		memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
		t->paths[i] = (struct traffic_path){ .session = req.session };
		memcpy(t->paths[i].peer, nic->netdev.mac, sizeof(t->paths[i].peer));
		ret = vm_agent_call(t->g->vm, AGENT_ECHO_START, &req, sizeof(req), NULL, 0,
				    rig_ms(t->g->ctx, TRAFFIC_CALL_MS));
		if (ret < 0)
			return traffic_lost_agent(t->g, ret);
	}
	return 0;
}

static int traffic_run(struct guest_traffic *t)
{
	struct ctx *ctx = t->g->ctx;
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < t->n; i++) {
		ret = traffic_probe(t->fd, t->mac, &t->paths[i], rig_ms(ctx, TRAFFIC_FIRST_MS));
		if (ret == -ETIMEDOUT) {
			ctx_fail(ctx, "traffic_lost", "test frames pass between the PF and the VF",
				 "VF %u: not one of the frames that the PF sent was answered",
				 t->g->nics[t->first + i].vf->index);
			return ret;
		}
	}
	if (ret == 0)
		ret = traffic_exchange(t->fd, t->mac, t->paths, t->n, TRAFFIC_FRAMES,
				       ctx->deadline_ms);
	return ret < 0 ? ctx_error(ctx, ret, "test frames cannot be exchanged on %s: %s",
				   t->g->rig->ifname, strerror(-ret))
		       : 0;
}

static int traffic_stop(struct guest_traffic *t)
{
	for (unsigned int i = 0; i < t->n; i++) {
		struct agent_link req = { 0 };
		int ret;

		memcpy(req.ifname, t->g->nics[t->first + i].netdev.ifname, sizeof(req.ifname));
		ret = vm_agent_call(t->g->vm, AGENT_ECHO_STOP, &req, sizeof(req), &t->stats[i],
				    sizeof(t->stats[i]), rig_ms(t->g->ctx, TRAFFIC_CALL_MS));
		if (ret != sizeof(t->stats[i]))
			return traffic_lost_agent(t->g, ret < 0 ? ret : -EPROTO);
	}
	return 0;
}

/* Damage and loss are a FAIL; a loss of at most one frame in a hundred is a WARN. */
static int traffic_report(struct guest_traffic *t, unsigned int i)
{
	struct ctx *ctx = t->g->ctx;
	const struct traffic_counts *c = &t->paths[i].counts;
	const struct agent_echo_stats *s = &t->stats[i];
	unsigned int vf = t->g->nics[t->first + i].vf->index;
	const char *expected = "all test frames arrive whole, both ways";
	char counts[240];

	util_format(
		counts, sizeof(counts),
		"VF %u: sent %u (%u broadcast), VF got %u, answered %u, PF got %u (%u broadcast), "
		"corrupt %u at the VF and %u at the PF, duplicate %u",
		vf, c->sent, c->broadcast_sent, s->received, s->answered, c->answered,
		c->broadcast_answered, s->corrupt, c->corrupt, c->duplicate);
	ctx_evidence(ctx, "traffic", "%s", counts);
	if (c->send_error < 0)
		ctx_evidence(ctx, "traffic.send_error", "VF %u: %s", vf, strerror(-c->send_error));
	switch (traffic_judge(c, s, TRAFFIC_FRAMES)) {
	case TRAFFIC_WHOLE:
		return 0;
	case TRAFFIC_SOME_LOST:
		return ctx_warn(ctx, "traffic_lost", expected, "%s", counts);
	case TRAFFIC_CORRUPT:
		ctx_fail(ctx, "traffic_corrupt", expected, "%s", counts);
		return -EBADMSG;
	default:
		ctx_fail(ctx, "traffic_lost", expected, "%s", counts);
		return -ENODATA;
	}
}

static int traffic_check(struct guest_traffic *t)
{
	int ret = traffic_start(t);

	if (ret == 0)
		ret = traffic_run(t);
	if (ret == 0)
		ret = traffic_stop(t);
	for (unsigned int i = 0; ret == 0 && i < t->n; i++)
		ret = traffic_report(t, i);
	return ret;
}

int guest_check_traffic(struct guest *g, unsigned int first, unsigned int n)
{
	_cleanup_free_ struct traffic_path *paths = calloc(n, sizeof(*paths));
	_cleanup_free_ struct agent_echo_stats *stats = calloc(n, sizeof(*stats));
	struct guest_traffic t = { .g = g, .first = first, .n = n, .paths = paths, .stats = stats };
	_cleanup_close_ int fd = -1;

	if (!paths || !stats)
		return ctx_error(g->ctx, -ENOMEM, "no memory for traffic");
	fd = traffic_open(g->rig->ifname, t.mac);
	if (fd < 0)
		return ctx_error(g->ctx, fd, "no packet socket on %s: %s", g->rig->ifname,
				 strerror(-fd));
	t.fd = fd;
	return traffic_check(&t);
}
