/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of Intel's table of interrupt remapping that functions use: the address of a message for
 * an interrupt has the index (VT-d specification, 5.1.2.2).
 */
#ifndef VFPROOF_SYS_IRQ_ENTRY_H
#define VFPROOF_SYS_IRQ_ENTRY_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

struct irq_entry {
	struct pci_addr of; /* the function whose it is */
	unsigned int index;
};

/*
 * Finds an entry that a function of the host uses whose unit is @beside's: each unit has a table of
 * its own (the "iommu" link, Documentation/ABI/testing/sysfs-class-iommu). It is told by its MSI
 * capability, or a bridge's MSI-X table (only of bridges can it be read beside their driver).
 * Bridges come first: they seldom have anything to say. Returns 0, -ENOENT if there is none, or
 * -errno.
 */
int irq_entry_find(const struct sysroot *root, const struct pci_addr *beside,
		   struct irq_entry *out) must_check;
/* The index in the low half of such an address. -EINVAL: it is none, or in compatibility format. */
int irq_entry_index(uint32_t address) must_check;
/*
 * How often interrupts of vector F0h have come ("NPI" in /proc/interrupts): KVM's, for guests that
 * have guests of their own with posted interrupts; their handler does nothing but count them.
 * Returns 0 or -errno, -ENOENT: this kernel does not count them.
 */
int irq_count_nested(const struct sysroot *root, uint64_t *count) must_check;

#endif
