/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a device that nobody uses: sysfs resourceN (Documentation/PCI/sysfs-pci.rst), and the
 * MSI-X table in it (PCI Express Base Specification, 7.7.2).
 */
#ifndef VFPROOF_SYS_PCI_BAR_H
#define VFPROOF_SYS_PCI_BAR_H

#include "base/util.h"
#include "sys/pci.h"

struct pci_msix {
	unsigned int vectors; /* by Message Control; 0: no such capability */
	unsigned int table_bar, pba_bar; /* 7: reserved values of the register */
	uint32_t table_at, pba_at; /* in them */
	bool enabled;
};

#define PCI_MSIX_ENTRY_BYTES 16u

void pci_decode_msix(const struct pci_config *cfg, struct pci_msix *msix);
/* Size of a BAR in bytes, as the kernel has assigned it; 0: it has no such BAR. */
uint64_t pci_bar_size(const struct sysroot *root, const struct pci_addr *addr, unsigned int bar);

/* How many MSI interrupts the device's driver has. */
unsigned int pci_count_irqs(const struct sysroot *root, const struct pci_addr *addr);

/*
 * Has a device without a driver answer accesses to its memory, as a driver does: sysfs "enable". A
 * VF answers in any case by the specification (VF Memory Space Enable of its PF); emulated ones
 * look at their own command register. Each call with true wants one with false; the kernel counts.
 */
int pci_enable(const struct sysroot *root, const struct pci_addr *addr, bool on) must_check;

struct pci_bar {
	volatile uint8_t *at;
	size_t len;
};

/*
 * Maps a BAR of a device that has no driver. -EPERM: this kernel lets nobody do that (lockdown);
 * -EINVAL: a driver has it (strict device memory).
 */
int pci_bar_map(const struct sysroot *root, const struct pci_addr *addr, unsigned int bar,
		struct pci_bar *out) must_check;
void pci_bar_unmap(struct pci_bar *bar);
uint32_t pci_bar_read32(const struct pci_bar *bar, size_t at);
void pci_bar_write32(const struct pci_bar *bar, size_t at, uint32_t value);

#endif
