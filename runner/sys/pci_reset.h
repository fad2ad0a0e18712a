/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Function level reset (PCI Express Base Specification, 6.6.2): asked of the kernel (sysfs
 * reset_method and reset, Documentation/ABI/testing/sysfs-bus-pci; drivers/pci/pci.c), and set off
 * by hand in configuration space, which shows what it does to the function: the kernel saves the
 * registers before its own reset and puts them back.
 */
#ifndef VFPROOF_SYS_PCI_RESET_H
#define VFPROOF_SYS_PCI_RESET_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

#define PCI_FLR_MS 100u /* within which a function has to complete an FLR */

/*
 * Has the kernel reset the function by FLR and by nothing else, in a child; what it would use
 * otherwise is chosen again afterwards. @us is how long that took; it is never less than
 * PCI_FLR_MS, as the kernel waits so long. -EOPNOTSUPP: the kernel knows no FLR for it; -ETIMEDOUT:
 * it did not come back in @timeout_ms; -errno of the reset: -ENOTTY if the function stays away.
 */
int pci_flr(const struct sysroot *root, const struct pci_addr *addr, unsigned int timeout_ms,
	    uint64_t *us) must_check;

/* What an FLR by hand has shown. */
struct pci_flr_effect {
	bool marked; /* Bus Master Enable could be set before, and read back */
	bool cleared; /* and is 0 now, as after every reset */
	bool answers; /* in time */
	unsigned int ms; /* from the order to the first answer, at least PCI_FLR_MS */
};

/*
 * Sets Bus Master Enable of a function that has no driver, orders an FLR, leaves the function alone
 * for PCI_FLR_MS and waits up to @timeout_ms more for an answer. The command register is as before
 * then. -EOPNOTSUPP: it has no FLR; -EPERM: this kernel lets nobody write configuration space
 * (lockdown); -EBUSY: its requests do not come to an end, and nothing was done.
 */
int pci_flr_by_hand(const struct sysroot *root, const struct pci_addr *addr,
		    unsigned int timeout_ms, struct pci_flr_effect *effect) must_check;

#endif
