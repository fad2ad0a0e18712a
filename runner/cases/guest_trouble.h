/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong with a guest, for the files that make guest.h: before a device is blamed, what
 * else could have done it is looked at. Nothing here costs a guest that is well any time.
 */
#ifndef VFPROOF_CASES_GUEST_TROUBLE_H
#define VFPROOF_CASES_GUEST_TROUBLE_H

#include "cases/guest.h"

#define GUEST_BOOT_MS 90000
#define GUEST_CALL_MS 15000

/* "guest 2: booting", or as it is for the only guest. */
const char *guest_say(const struct guest *g, const char *what, char *buf, size_t size);
/* The guest's netdevs, and how far it is with the drivers. Returns their number or -errno. */
int guest_read_netdevs(struct guest *g, struct agent_drivers *drivers,
		       struct agent_netdev devs[AGENT_MAX_NETDEVS]) must_check;
/* True if the item has no time left: then it is not the guest that was slow. */
bool guest_is_late(const struct ctx *ctx);
/* True, with the ERROR recorded, if the guest has run out of memory: it was made too small. */
bool guest_lacks_memory(struct guest *g);
/* A message of the guest's kernel that matches one of the globs, if its agent still tells. */
bool guest_klog_find(struct guest *g, const char *globs, char *line, size_t size);

#endif
