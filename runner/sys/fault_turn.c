/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that whose turn it is has locked, and that has the times of the last turns. */
#include "sys/fault_turn.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/hold.h"
#include "base/sysroot.h"

#define DIR "run/vfproof"
#define TURNS DIR "/faults.turn"
#define WAIT_MAX_MS (10u * 60 * 1000)

static bool has_lock(void *arg)
{
	const struct fault_turn *t = arg;

	return flock(t->fd, LOCK_EX | LOCK_NB) == 0;
}

static bool has_room(void *arg)
{
	const struct fault_turn *t = arg;

	return util_now_ms() >= t->ended_ms[0] + FAULT_TURN_MS;
}

static void wait_for_turn(struct fault_turn *t)
{
	if (util_poll_until(has_lock, t, WAIT_MAX_MS) < 0 ||
	    pread(t->fd, t->ended_ms, sizeof(t->ended_ms), 0) != sizeof(t->ended_ms) ||
	    t->ended_ms[0] == 0 || t->ended_ms[0] > util_now_ms())
		return;
	(void)!util_poll_until(has_room, t, FAULT_TURN_MS);
}

void fault_turn_begin(const struct sysroot *root, struct fault_turn *t)
{
	*t = (struct fault_turn){ .fd = -1 };
	/* Init has made it long ago; a fake tree need not have it. */
	(void)!mkdirat(root->fd, "run", 0755);
	(void)!mkdirat(root->fd, DIR, 0755);
	t->fd = openat(root->fd, TURNS, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (t->fd < 0)
		return;
	hold_begin(root->hold);
	wait_for_turn(t);
	hold_end(root->hold);
}

void fault_turn_end(struct fault_turn *t, bool used_up)
{
	const uint64_t now = util_now_ms();

	if (t->fd < 0)
		return;
	for (unsigned int i = 0; i < FAULT_TURNS; i++)
		t->ended_ms[i] = used_up || i + 1 == FAULT_TURNS ? now : t->ended_ms[i + 1];
	(void)!pwrite(t->fd, t->ended_ms, sizeof(t->ended_ms), 0);
	close(util_take_fd(&t->fd));
}
