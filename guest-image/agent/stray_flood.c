/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VF without its driver sends all the time: a child feeds its queue. */
#include "stray.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int on_flood(struct agent *a, const void *req, void *reply)
{
	const struct agent_stray_flood *f = req;
	struct stray_vf *s = a->stray;
	pid_t pid;

	(void)reply;
	if (!s)
		return -ENOENT;
	if (!s->family->flood)
		return -EOPNOTSUPP;
	if (f->size == 0 || f->size > sizeof(f->frame) || f->idle > 1 ||
	    f->ms > AGENT_STRAY_FLOOD_MAX_MS)
		return -EINVAL;
	if (a->stray_pid > 0)
		return -EBUSY;
	a->stray_flooded = (struct agent_stray_flooded){ 0 };
	a->stray_done = false;
	/* @a is shared with the child, and so are the VF's pages and registers. */
	pid = fork();
	if (pid == 0) {
		a->stray_flooded.error = s->family->flood(s, f, &a->stray_flooded);
		a->stray_done = true;
		_exit(0);
	}
	a->stray_pid = pid > 0 ? pid : 0;
	return pid < 0 ? -EAGAIN : 0;
}

static int on_flood_end(struct agent *a, const void *req, void *reply)
{
	(void)req;
	if (a->stray_pid <= 0)
		return -ENOENT;
	/* @a->stray_done is its last word. A dead one leaves no process. */
	if (!a->stray_done && kill(a->stray_pid, 0) == 0)
		return -EAGAIN;
	a->stray_pid = 0;
	memcpy(reply, &a->stray_flooded, sizeof(a->stray_flooded));
	return sizeof(a->stray_flooded);
}

const struct agent_request stray_flood_requests[] = {
	{ AGENT_STRAY_FLOOD, sizeof(struct agent_stray_flood), false, on_flood },
	{ AGENT_STRAY_FLOOD_END, 0, false, on_flood_end },
	{ 0 },
};
