/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog: reboots a host on which even the runner hangs
 * (Documentation/watchdog/watchdog-api.rst). A host without one is fine: nothing here fails.
 */
#ifndef VFPROOF_SYS_WATCHDOG_H
#define VFPROOF_SYS_WATCHDOG_H

struct sysroot;

struct watchdog {
	int fd; /* -1: none */
};

/* One that could not be stopped at the end of the run is left alone. */
void watchdog_open(struct watchdog *w, const struct sysroot *root);
void watchdog_pet(const struct watchdog *w);
/* Stops it. */
void watchdog_close(struct watchdog *w);
/* Lets it run on: the host reboots if nothing else does it in time. */
void watchdog_leave(struct watchdog *w);

#endif
