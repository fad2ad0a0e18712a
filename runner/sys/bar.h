/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of a PCI function that no driver uses: the "resourceN" files
 * (Documentation/PCI/sysfs-pci.rst of the kernel).
 */
#ifndef VFPROOF_SYS_BAR_H
#define VFPROOF_SYS_BAR_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/*
 * Reads a 32-bit register of BAR 0. Returns 0, -EINVAL (a driver has the BAR for itself), -EPERM
 * (the kernel is locked down, as under Secure Boot), -ENXIO (the BAR is not so large) or -errno.
 */
int bar_read(const struct sysroot *root, const struct pci_addr *addr, unsigned int at,
	     uint32_t *value) must_check;

#endif
