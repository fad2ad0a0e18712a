/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forked children: process group, pidfd, deadline, orphans.
 */
#include "core/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "sys/sysroot.h"

#define CHILD_TICK_MS 200
#define CHILD_TERM_GRACE_MS 2000
#define CHILD_KILL_GRACE_MS 10000

int child_start(struct child *c, int (*run)(void *arg), void *arg)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		_exit(run(arg) == 0 ? 0 : 1);
	}
	setpgid(pid, pid); /* both do it, so that the group is there for either */
	c->pid = pid;
	c->pidfd = pidfd_open(pid, 0);
	if (c->pidfd < 0) {
		int err = -errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return err;
	}
	return 0;
}

/* True once the child is dead; false at @until_ms. */
static bool wait_dead(const struct child *c, uint64_t until_ms, const struct child_tick *tick)
{
	for (;;) {
		struct pollfd p = { .fd = c->pidfd, .events = POLLIN };
		uint64_t now = util_now_ms();
		uint64_t left = until_ms > now ? until_ms - now : 0;
		int n = poll(&p, 1, left < CHILD_TICK_MS ? (int)left : CHILD_TICK_MS);

		if (tick)
			tick->call(tick->arg);
		if (n > 0)
			return true;
		if (left == 0)
			return false;
	}
}

struct child_end child_wait(struct child *c, uint64_t deadline_ms, const struct child_tick *tick)
{
	struct child_end end = { .state = CHILD_EXITED };
	siginfo_t info = { 0 };

	if (!wait_dead(c, deadline_ms, tick)) {
		end.state = CHILD_TIMED_OUT;
		kill(-c->pid, SIGTERM);
		if (!wait_dead(c, util_now_ms() + CHILD_TERM_GRACE_MS, tick)) {
			kill(-c->pid, SIGKILL);
			if (!wait_dead(c, util_now_ms() + CHILD_KILL_GRACE_MS, tick)) {
				end.state = CHILD_STUCK;
				close(util_take_fd(&c->pidfd));
				return end;
			}
		}
	}
	/* Not reaped yet, so that its group's number still means its group. */
	kill(-c->pid, SIGKILL);
	waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED);
	close(util_take_fd(&c->pidfd));
	if (end.state == CHILD_EXITED) {
		end.value = info.si_status;
		if (info.si_code != CLD_EXITED)
			end.state = CHILD_SIGNALLED;
	}
	return end;
}

int child_call(int (*run)(void *arg), void *arg, unsigned int timeout_ms,
	       const struct child_tick *tick, struct child_end *end)
{
	struct child c;
	int ret = child_start(&c, run, arg);

	if (ret < 0)
		return ret;
	*end = child_wait(&c, util_now_ms() + timeout_ms, tick);
	return 0;
}

int child_adopt_orphans(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? -errno : 0;
}

struct orphans {
	const struct sysroot *root;
	pid_t last;
};

/* One round of killing and reaping; true when there is no child left. */
static bool orphans_gone(void *arg)
{
	struct orphans *o = arg;
	char list[4096], *save = NULL, *word;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		;
	if (pid < 0)
		return true;
	if (sysroot_read(o->root, list, sizeof(list), "proc/%d/task/%d/children", (int)getpid(),
			 (int)getpid()) < 0)
		return false;
	for (word = strtok_r(list, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		uint64_t number;

		if (util_parse_u64(word, 10, 1 << 30, &number) < 0 || number <= 1)
			continue;
		o->last = (pid_t)number;
		kill(-o->last, SIGKILL); /* its group, if it leads one */
		kill(o->last, SIGKILL);
	}
	return false;
}

int child_kill_orphans(const struct sysroot *root, pid_t *survivor)
{
	struct orphans o = { .root = root };
	int ret = util_poll_until(orphans_gone, &o, CHILD_KILL_GRACE_MS);

	*survivor = o.last;
	return ret;
}
