/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that loads drivers. */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int loader_start(struct agent_loader *l, struct agent_modules *m)
{
	pid_t pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	/* @l may be shared with the child: it is written to here only. */
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		agent_modules_probe(m);
		_exit(0);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -EAGAIN;
	}
	l->fd = fds[0];
	l->pid = pid;
	return 0;
}

/* Its end of the pipe is closed by the kernel, however it ends. */
static void loader_wait(struct agent_loader *l, struct agent_modules *m, int wait_ms)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	waitpid(l->pid, NULL, 0); /* as pid 1 the agent has no children to wait for */
	close(l->fd);
	l->pid = 0;
	if (m->loading[0] == '\0')
		return;
	/* The module took the process along, as an oops does. */
	util_strlcpy(m->failed, sizeof(m->failed), m->loading);
	m->error = -EFAULT;
	m->loading[0] = '\0';
}

int agent_loader_run(struct agent_loader *l, struct agent_modules *m, int wait_ms)
{
	int ret = 0;

	if (l->pid == 0 && agent_modules_pending(m))
		ret = loader_start(l, m);
	if (l->pid != 0)
		loader_wait(l, m, wait_ms);
	return ret;
}

void agent_loader_describe(const struct agent_loader *l, const struct agent_modules *m,
			   struct agent_drivers *out)
{
	*out = (struct agent_drivers){ .busy = l->pid != 0, .error = m->error };
	util_strlcpy(out->failed, sizeof(out->failed), m->failed);
	if (m->loading[0] == '\0')
		return;
	util_strlcpy(out->loading, sizeof(out->loading), m->loading);
	out->loading_ms = (uint32_t)(util_now_ms() - m->loading_since_ms);
}
