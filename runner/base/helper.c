/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call in a child process, with a deadline. */
#include "base/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define REAP_TIMEOUT_MS 1000

static void run_child(int (*fn)(void *arg), void *arg, int fd, pid_t parent)
{
	int result = -EIO;

	/* The parent can have died before the signal was asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
		result = fn(arg);
	_exit(util_write_all(fd, &result, sizeof(result)) < 0);
}

/* Waits until @fd is readable. Returns 0, -ETIMEDOUT or -errno. */
static int wait_readable(int fd, unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;

	for (;;) {
		uint64_t now = util_now_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int n = poll(&p, 1, now < end ? (int)(end - now) : 0);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && util_now_ms() >= end)
			return -ETIMEDOUT;
	}
}

/* Ends and reaps the child; gives up on one that does not die. */
static void reap_child(pid_t pid)
{
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);

	kill(pid, SIGKILL);
	if (pidfd >= 0 && wait_readable(pidfd, REAP_TIMEOUT_MS) == 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
}

int helper_run(int (*fn)(void *arg), void *arg, unsigned int timeout_ms)
{
	pid_t pid, parent = getpid();
	int fds[2], ret, result;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		run_child(fn, arg, fds[1], parent);
	ret = pid < 0 ? -errno : 0;
	close(fds[1]); /* so that the child's end is seen as the pipe's */
	if (ret == 0)
		ret = wait_readable(fds[0], timeout_ms);
	if (ret == 0)
		ret = read(fds[0], &result, sizeof(result)) == sizeof(result) ? result : -EIO;
	close(fds[0]);
	if (pid > 0)
		reap_child(pid);
	return ret;
}
