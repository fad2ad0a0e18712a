/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A port shows itself: its LED blinks (ETHTOOL_PHYS_ID). The kernel blinks for as long as the call
 * lasts and keeps the netdev meanwhile, so that nothing else may be at work on the port.
 */
#ifndef VFPROOF_SYS_IDENTIFY_H
#define VFPROOF_SYS_IDENTIFY_H

#include <net/if.h>
#include "base/child.h"
#include "sys/pci_addr.h"

#define IDENTIFY_SECONDS 15
#define IDENTIFY_MAX_SECONDS 3600

struct sysroot;

/* A port whose LED blinks, in a child. All zero: none does. */
struct identify {
	struct child child;
	bool busy;
	uint64_t until_ms; /* when it stops by itself */
	int *result; /* of the child, in shared memory */
	char ifname[IFNAMSIZ];
};

/* The port by its PCI address, its netdev's name or its MAC address. Returns 0 or -ENODEV. */
int identify_find(const struct sysroot *root, const char *port, struct pci_addr *addr) must_check;
/*
 * Has the LED of the port blink from now on. Returns 0, -ENODEV if it has no netdev, or -errno;
 * what the driver says is known later.
 */
int identify_begin(struct identify *id, const struct sysroot *root, const struct pci_addr *addr,
		   unsigned int seconds) must_check;
/*
 * True once it has ended; *@result is 0 then, -EOPNOTSUPP (the driver cannot do it), -EBUSY (it
 * blinks already), -ETIMEDOUT (the driver hangs, and its process was killed or left behind) or
 * another -errno. Never waits.
 */
bool identify_poll(struct identify *id, int *result);
/* Ends it now, if it goes on. */
void identify_end(struct identify *id);
/* What came of it, in words. */
const char *identify_text(int result);

#endif
