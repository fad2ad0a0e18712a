/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog: reboots a host on which even the runner hangs
 * (Documentation/watchdog/watchdog-api.rst). A host without one is fine: nothing here fails.
 *
 * A process of its own feeds it for as long as it has been allowed to, so that a step that blocks
 * its caller for a known time does no harm, and one that blocks for longer ends the boot.
 */
#ifndef VFPROOF_SYS_WATCHDOG_H
#define VFPROOF_SYS_WATCHDOG_H

#include "base/child.h"

#define WATCHDOG_PET_MS 60000
#define WATCHDOG_MAX_DRIVERS 8

struct sysroot;
struct watchdog_shared;

struct watchdog {
	struct child feeder; /* pid 0: there is no watchdog */
	int commands; /* to it; -1: none */
	struct watchdog_shared *shared;
};

/*
 * The modules of the watchdogs that the machine may have, in the order in which they are tried: the
 * one that its firmware describes (ACPI table WDAT), its vendor's, its chip set's, its BMC's, and
 * the kernel's own. Returns their number.
 */
unsigned int watchdog_find_drivers(const struct sysroot *root,
				   const char *modules[WATCHDOG_MAX_DRIVERS]);

/* Loads drivers until there is one, arms it, and has it fed for WATCHDOG_PET_MS. */
void watchdog_open(struct watchdog *w, const struct sysroot *root);
/* It is fed for @ms from now on, whatever was allowed before. */
void watchdog_allow(const struct watchdog *w, uint64_t ms);
/* watchdog_allow() for WATCHDOG_PET_MS. */
void watchdog_pet(const struct watchdog *w);
/*
 * Stops it. One that cannot be stopped runs on: see watchdog_is_armed().
 */
void watchdog_close(struct watchdog *w);
/* Lets it run on: the host reboots if nothing else does it in time. */
void watchdog_leave(struct watchdog *w);
/*
 * Arms it anew: the kernel stops many watchdogs when it begins to shut down, and may hang after
 * that.
 */
void watchdog_rearm(const struct watchdog *w);
/* True if there is one that runs, as far as the kernel tells. */
bool watchdog_is_armed(const struct sysroot *root);

#endif
