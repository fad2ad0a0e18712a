/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that do what may hang. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

int agent_child_run(int (*fn)(void *arg), void *arg, unsigned int timeout_ms)
{
	struct pollfd p = { .events = POLLIN };
	int fds[2], ret = -ETIME;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		ret = fn(arg);
		(void)!write(fds[1], &ret, sizeof(ret));
		_exit(0);
	}
	close(fds[1]);
	p.fd = fds[0];
	if (pid < 0)
		ret = -EAGAIN;
	else if (poll(&p, 1, (int)timeout_ms) > 0 && read(fds[0], &ret, sizeof(ret)) != sizeof(ret))
		ret = -EFAULT; /* an oops took it along */
	close(fds[0]);
	if (pid > 0 && ret != -ETIME)
		waitpid(pid, NULL, 0); /* as pid 1 the agent has no children to wait for */
	return ret;
}
