/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Function resets by the kernel (Documentation/ABI/testing/sysfs-bus-pci, "reset").
 */
#ifndef VFPROOF_SYS_RESET_H
#define VFPROOF_SYS_RESET_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/*
 * Resets a function in the way that the kernel prefers, and waits until it is ready: the kernel
 * gives up after 60 s. -ENOENT: it cannot be reset alone. Not for a PF whose driver has VFs.
 */
int reset_function(const struct sysroot *root, const struct pci_addr *dev) must_check;

#endif
