/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of every PF that an item must leave as it was: VF count, driver, autoprobe, link.
 * Reading it takes the devices' locks and can block: the engine does it in a child.
 */
#ifndef VFPROOF_ENGINE_BASELINE_H
#define VFPROOF_ENGINE_BASELINE_H

#include "sys/inventory.h"
#include "sys/pci.h"

struct sysroot;

struct baseline_pf {
	struct pci_addr addr;
	bool present;
	bool hangs; /* its driver has not come to an end of its start: not compared */
	bool gone; /* it has left the bus, which is told in another way: not compared */
	int numvfs; /* -1: cannot be read */
	unsigned int vfs; /* VF devices that are there */
	int autoprobe; /* -1: cannot be read */
	char driver[32];
	char ifname[IFNAMSIZ];
	bool link_up; /* administratively */
	struct pci_errors errors; /* not compared: see engine/pcie_errors.h */
};

struct baseline {
	bool taken;
	unsigned int n;
	struct baseline_pf pfs[INVENTORY_MAX_NICS];
};

/* @ports: a bit per NIC of the inventory; the others are left out. */
void baseline_take(const struct sysroot *root, const struct inventory *inv, uint64_t ports,
		   struct baseline *b);
/* The PFs of @ports have left the bus, and are not compared any more. */
void baseline_forget(struct baseline *b, const struct inventory *inv, uint64_t ports);
/* The first PF that differs, or -1 if none does. Names of netdevs may change. */
int baseline_compare(const struct baseline *before, const struct baseline *after);
/* One PF's state in words. */
void baseline_describe(const struct baseline_pf *pf, char *buf, size_t size);

#endif
