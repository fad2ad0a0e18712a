/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A function run in a forked child with a deadline: whatever it does, the parent goes on.
 */
#ifndef VFPROOF_BASE_CHILD_H
#define VFPROOF_BASE_CHILD_H

#include <sys/types.h>
#include "base/util.h"

struct hold;
struct sysroot;

struct child {
	pid_t pid; /* also its process group */
	int pidfd;
	const struct hold *hold; /* puts its deadline off; child_start() sets NULL */
};

enum child_state {
	CHILD_ANSWERED, /* child_wait_answer(): it goes on */
	CHILD_EXITED, /* value: exit status, 0 if its function returned 0, else 1 */
	CHILD_SIGNALLED, /* value: signal */
	CHILD_TIMED_OUT, /* ended by the parent */
	CHILD_STUCK, /* not even SIGKILL ended it: it hangs in the kernel */
};

struct child_end {
	enum child_state state;
	int value;
};

/* Called a few times a second while a child runs. */
struct child_tick {
	void (*call)(void *arg);
	void *arg;
};

/* Forks; the child runs @run and dies with its parent. Returns 0 or -errno. */
int child_start(struct child *c, int (*run)(void *arg), void *arg) must_check;
/*
 * Waits until the child has ended or util_now_ms() is @deadline_ms; then TERM, KILL. Kills what is
 * left of its group and reaps it. @tick may be NULL.
 */
struct child_end child_wait(struct child *c, uint64_t deadline_ms, const struct child_tick *tick);
/*
 * Waits in the same way, but does nothing to a child that is still there at the deadline: false,
 * and the child goes on.
 */
bool child_await(struct child *c, uint64_t deadline_ms, const struct child_tick *tick,
		 struct child_end *end) must_check;
/*
 * child_wait() until the child has sent a byte through @fd, its end of a socket, upon which it is
 * left as it is: CHILD_ANSWERED.
 */
struct child_end child_wait_answer(struct child *c, int fd, uint64_t deadline_ms,
				   const struct child_tick *tick);
/* child_start() and child_wait() for @timeout_ms. Returns 0 if it could be started. */
int child_call(int (*run)(void *arg), void *arg, unsigned int timeout_ms,
	       const struct child_tick *tick, struct child_end *end) must_check;

/*
 * Calls @fn(@arg) in a child, so that it can neither block the caller for ever (a sysfs write can
 * wait for a guest) nor end it (libpci calls exit() on an error). Returns what it returned (0 or
 * -errno), -ETIMEDOUT after @timeout_ms, -EIO if the child ended without a result. One that cannot
 * be killed (it sleeps in the kernel) is left behind. Memory that @fn writes is the caller's only
 * if it is mapped MAP_SHARED.
 */
int child_ask(int (*fn)(void *arg), void *arg, unsigned int timeout_ms) must_check;
/*
 * The same for a function that fills in @size bytes at @result, which begin as they are. What it
 * made is copied to @result if it returned 0; else @result stays as it is.
 */
int child_ask_for(int (*fn)(void *arg, void *result), void *arg, void *result, size_t size,
		  unsigned int timeout_ms) must_check;

/* Makes this process the parent of its children's orphans. */
int child_adopt_orphans(void) must_check;
/*
 * Kills and reaps every child there is but @keep (0 for none): orphans of an item. Finds them in
 * the "children" file of proc(5). Returns 0, or -ETIMEDOUT with one that would not die in
 * *@survivor.
 */
int child_kill_orphans(const struct sysroot *root, pid_t keep, pid_t *survivor) must_check;

#endif
