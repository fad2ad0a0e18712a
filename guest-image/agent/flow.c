/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-way flows of test frames: wire/agent_flow.h. */
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static struct agent_flow_slot *flow_find(struct agent *a, const char *ifname)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(a->flows); i++)
		if (strcmp(a->flows[i].ifname, ifname) == 0)
			return &a->flows[i];
	return NULL;
}

static void flow_end(struct agent_flow_slot *slot)
{
	if (slot->ifname[0] != '\0')
		close(slot->counter.fd);
	slot->ifname[0] = '\0';
}

static int on_open(struct agent *a, const void *req, void *reply)
{
	const struct agent_flow_open *o = req;
	struct agent_flow_slot *slot = flow_find(a, o->ifname);
	int ret;

	(void)reply;
	if (o->ifname[0] == '\0')
		return -EINVAL;
	if (!slot)
		slot = flow_find(a, "");
	if (!slot)
		return -ENOSPC;
	flow_end(slot);
	ret = flow_open(&slot->counter, o->ifname, o->base, o->promisc != 0);
	if (ret == 0)
		util_strlcpy(slot->ifname, sizeof(slot->ifname), o->ifname);
	return ret;
}

static struct agent_flow_slot *flow_of(struct agent *a, const void *req)
{
	const struct agent_flow_name *n = req;

	return n->ifname[0] != '\0' ? flow_find(a, n->ifname) : NULL;
}

static int on_read(struct agent *a, const void *req, void *reply)
{
	struct agent_flow_slot *slot = flow_of(a, req);
	size_t len;
	int ret;

	if (!slot)
		return -ENOENT;
	/* What has arrived and was not looked at yet counts too. */
	ret = flow_take(&slot->counter);
	len = slot->counter.n_rows * sizeof(slot->counter.rows[0]);
	memcpy(reply, slot->counter.rows, len);
	return ret < 0 ? ret : (int)len;
}

static int on_close(struct agent *a, const void *req, void *reply)
{
	struct agent_flow_slot *slot = flow_of(a, req);

	(void)reply;
	if (!slot)
		return -ENOENT;
	flow_end(slot);
	return 0;
}

static int on_send(struct agent *a, const void *req, void *reply)
{
	const struct agent_flow *f = req;
	int ret = flow_send(f->ifname, &f->flow, reply);

	(void)a;
	return ret < 0 ? ret : (int)sizeof(struct flow_sent);
}

/* ---- as fast as it can ---- */

static void flood(struct agent *a, struct agent_flood f)
{
	uint64_t start = util_now_us(), end = start + (uint64_t)f.ms * 1000;
	struct flow_sent done, *sum = &a->flood_sent;
	int ret = 0;

	while (ret == 0 && sum->error == 0 && util_now_us() < end) {
		ret = flow_send(f.ifname, &f.flow, &done);
		sum->frames += done.frames;
		sum->error = ret < 0 ? ret : done.error;
		sum->us = util_now_us() - start;
	}
}

static int on_flood(struct agent *a, const void *req, void *reply)
{
	const struct agent_flood *f = req;

	(void)reply;
	if (f->ms > FLOOD_MAX_MS || f->flow.count == 0)
		return -EINVAL;
	if (a->flood_pid > 0)
		return -EBUSY;
	a->flood_sent = (struct flow_sent){ 0 };
	a->flood_done = false;
	a->flood_pid = fork();
	if (a->flood_pid == 0) {
		flood(a, *f);
		a->flood_done = true;
		_exit(0);
	}
	return a->flood_pid < 0 ? -EAGAIN : 0;
}

static int on_flood_end(struct agent *a, const void *req, void *reply)
{
	(void)req;
	if (a->flood_pid <= 0)
		return -ENOENT;
	/* Its memory is shared: @a->flood_done is its last word. A dead one leaves no process. */
	if (!a->flood_done && kill(a->flood_pid, 0) == 0)
		return -EAGAIN;
	a->flood_pid = 0;
	memcpy(reply, &a->flood_sent, sizeof(a->flood_sent));
	return sizeof(a->flood_sent);
}

const struct agent_request agent_flow_requests[] = {
	{ AGENT_FLOW_OPEN, sizeof(struct agent_flow_open), true, on_open },
	{ AGENT_FLOW_READ, sizeof(struct agent_flow_name), true, on_read },
	{ AGENT_FLOW_CLOSE, sizeof(struct agent_flow_name), true, on_close },
	{ AGENT_FLOW_SEND, sizeof(struct agent_flow), true, on_send },
	{ AGENT_FLOOD_START, sizeof(struct agent_flood), true, on_flood },
	{ AGENT_FLOOD_END, 0, false, on_flood_end },
	{ 0 },
};
