/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forked children: process group, pidfd, deadline, orphans.
 */
#include "base/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/hold.h"
#include "base/sysroot.h"

#define CHILD_TICK_MS 200
#define CHILD_TERM_GRACE_MS 2000
#define CHILD_KILL_GRACE_MS 10000
#define CHILD_ASK_GRACE_MS 1000

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
	c->hold = NULL;
	c->pidfd = pidfd_open(pid, 0);
	if (c->pidfd < 0) {
		int err = -errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return err;
	}
	return 0;
}

enum waited { WAITED_TIMEOUT, WAITED_DEAD, WAITED_ANSWER };

/* Waits for the child's death, or its answer through @answer (-1: it gives none). */
static enum waited wait_for(const struct child *c, int answer, uint64_t until_ms,
			    const struct child_tick *tick)
{
	for (;;) {
		struct pollfd p[] = { { c->pidfd, POLLIN, 0 }, { answer, POLLIN, 0 } };
		uint64_t now = util_now_ms();
		uint64_t left = until_ms > now ? until_ms - now : 0;
		char byte;

		poll(p, ARRAY_SIZE(p), left < CHILD_TICK_MS ? (int)left : CHILD_TICK_MS);
		if (tick)
			tick->call(tick->arg);
		if (p[1].revents) {
			if (recv(answer, &byte, 1, MSG_DONTWAIT) == 1)
				return WAITED_ANSWER;
			answer = -1; /* its end is closed: it is about to die */
		}
		if (p[0].revents)
			return WAITED_DEAD;
		if (left == 0)
			return WAITED_TIMEOUT;
	}
}

/* The same with a deadline that the child's hold puts off. */
static enum waited wait_held(const struct child *c, int answer, uint64_t deadline_ms,
			     const struct child_tick *tick)
{
	enum waited waited;
	uint64_t until;

	do {
		until = deadline_ms + hold_ms(c->hold);
		waited = wait_for(c, answer, until, tick);
	} while (waited == WAITED_TIMEOUT && deadline_ms + hold_ms(c->hold) > until);
	return waited;
}

static bool wait_dead(const struct child *c, uint64_t until_ms, const struct child_tick *tick)
{
	return wait_for(c, -1, until_ms, tick) == WAITED_DEAD;
}

struct child_end child_wait(struct child *c, uint64_t deadline_ms, const struct child_tick *tick)
{
	return child_wait_answer(c, -1, deadline_ms, tick);
}

/* How long a child that is to end gets after TERM, and after KILL. */
struct graces {
	unsigned int term_ms, kill_ms;
};

/* Takes in a child that is dead. */
static void reap(struct child *c, struct child_end *end)
{
	siginfo_t info = { 0 };

	/* Not reaped yet, so that its group's number still means its group. */
	kill(-c->pid, SIGKILL);
	waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED);
	close(util_take_fd(&c->pidfd));
	if (end->state != CHILD_EXITED)
		return;
	end->value = info.si_status;
	if (info.si_code != CLD_EXITED)
		end->state = CHILD_SIGNALLED;
}

static struct child_end wait_end(struct child *c, int fd, uint64_t deadline_ms,
				 const struct child_tick *tick, const struct graces *graces)
{
	enum waited waited = wait_held(c, fd, deadline_ms, tick);
	struct child_end end = { .state = CHILD_EXITED };

	if (waited == WAITED_ANSWER)
		return (struct child_end){ .state = CHILD_ANSWERED };
	if (waited == WAITED_TIMEOUT) {
		end.state = CHILD_TIMED_OUT;
		kill(-c->pid, SIGTERM);
		if (!wait_dead(c, util_now_ms() + graces->term_ms, tick)) {
			kill(-c->pid, SIGKILL);
			if (!wait_dead(c, util_now_ms() + graces->kill_ms, tick)) {
				end.state = CHILD_STUCK;
				close(util_take_fd(&c->pidfd));
				return end;
			}
		}
	}
	reap(c, &end);
	return end;
}

bool child_await(struct child *c, uint64_t deadline_ms, const struct child_tick *tick,
		 struct child_end *end)
{
	*end = (struct child_end){ .state = CHILD_EXITED };
	if (wait_held(c, -1, deadline_ms, tick) != WAITED_DEAD)
		return false;
	reap(c, end);
	return true;
}

struct child_end child_wait_answer(struct child *c, int fd, uint64_t deadline_ms,
				   const struct child_tick *tick)
{
	static const struct graces graces = { CHILD_TERM_GRACE_MS, CHILD_KILL_GRACE_MS };

	return wait_end(c, fd, deadline_ms, tick, &graces);
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

struct question {
	int (*fn)(void *arg);
	void *arg;
	int result; /* in shared memory */
};

static int answer(void *arg)
{
	struct question *q = arg;

	q->result = q->fn(q->arg);
	return 0;
}

int child_ask(int (*fn)(void *arg), void *arg, unsigned int timeout_ms)
{
	static const struct graces graces = { 0, CHILD_ASK_GRACE_MS };
	struct question *q =
		mmap(NULL, sizeof(*q), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child_end end;
	struct child c;
	int ret;

	if (q == MAP_FAILED)
		return -errno;
	*q = (struct question){ fn, arg, -EIO };
	ret = child_start(&c, answer, q);
	if (ret == 0) {
		end = wait_end(&c, -1, util_now_ms() + timeout_ms, NULL, &graces);
		if (end.state == CHILD_EXITED)
			ret = end.value == 0 ? q->result : -EIO;
		else
			ret = end.state == CHILD_SIGNALLED ? -EIO : -ETIMEDOUT;
	}
	munmap(q, sizeof(*q));
	return ret;
}

struct asked_for {
	int (*fn)(void *arg, void *result);
	void *arg, *result;
};

static int answer_for(void *arg)
{
	const struct asked_for *a = arg;

	return a->fn(a->arg, a->result);
}

int child_ask_for(int (*fn)(void *arg, void *result), void *arg, void *result, size_t size,
		  unsigned int timeout_ms)
{
	struct asked_for a = { fn, arg, NULL };
	int ret;

	a.result = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (a.result == MAP_FAILED)
		return -errno;
	memcpy(a.result, result, size);
	ret = child_ask(answer_for, &a, timeout_ms);
	if (ret == 0)
		memcpy(result, a.result, size);
	munmap(a.result, size);
	return ret;
}

int child_adopt_orphans(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? -errno : 0;
}

struct orphans {
	const struct sysroot *root;
	pid_t keep, last;
};

/* One round of killing and reaping; true when there is no child left but the one to keep. */
static bool orphans_gone(void *arg)
{
	struct orphans *o = arg;
	char list[4096], *save = NULL, *word;
	bool gone = true;
	pid_t pid;

	if (o->keep == 0) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return true;
	}
	if (sysroot_read(o->root, list, sizeof(list), "proc/%d/task/%d/children", (int)getpid(),
			 (int)getpid()) < 0)
		return false;
	for (word = strtok_r(list, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		uint64_t number;

		if (util_parse_u64(word, 10, 1 << 30, &number) < 0 || number <= 1)
			continue;
		pid = (pid_t)number;
		if (pid == o->keep)
			continue;
		kill(-pid, SIGKILL); /* its group, if it leads one */
		kill(pid, SIGKILL);
		if (waitpid(pid, NULL, WNOHANG) == pid)
			continue;
		o->last = pid;
		gone = false;
	}
	return gone;
}

int child_kill_orphans(const struct sysroot *root, pid_t keep, pid_t *survivor)
{
	struct orphans o = { .root = root, .keep = keep };
	int ret = util_poll_until(orphans_gone, &o, CHILD_KILL_GRACE_MS);

	*survivor = o.last;
	return ret;
}
