/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end state, for the appliance's init: whatever hangs, it comes.
 *
 * Switching off and restarting are tried in one way after the other, each in a process of its own
 * with a deadline, and behind the watchdog. In hold and shell nobody makes progress any more, so
 * that the watchdog is stopped, or fed for good if it cannot be.
 */
#ifndef VFPROOF_RUN_END_H
#define VFPROOF_RUN_END_H

#include "base/util.h"

struct sysroot;
struct watchdog;

/* One way to end the machine's life. */
struct end_step {
	const char *what; /* in words */
	int (*act)(const struct sysroot *root, bool off); /* 0: it was asked for; -errno */
	bool off; /* it switches off, else it restarts */
	unsigned int ms; /* how long the machine may go on after it */
};

/*
 * Carries the steps out in their order, until one of them works: then it does not come back. @say
 * is told of each that did not. @watchdog may be NULL.
 */
void end_carry_out(const struct sysroot *root, const struct watchdog *watchdog,
		   const struct end_step *steps, size_t n,
		   void (*say)(const struct sysroot *root, const char *text));
/*
 * Stops the watchdog. True if it cannot be stopped: then it is open in @w, and fed for good.
 */
bool end_quiet_watchdog(const struct sysroot *root, struct watchdog *w);

/*
 * "poweroff" and "reboot" come back only if nothing helps. "hold" and "shell" come back once the
 * watchdog is stopped; with one that cannot be stopped they go on for as long as it is fed. Returns
 * the exit status.
 */
int end_main(const char *root_path, const char *state);

#endif
