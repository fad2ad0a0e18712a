/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt vectors of a PCI device: which it has (msi_irqs), how often each has come on which
 * processor (/proc/interrupts), and to which it is directed (/proc/irq).
 */
#ifndef VFPROOF_SYS_IRQ_H
#define VFPROOF_SYS_IRQ_H

#include "base/util.h"

#define IRQ_MAX_VECTORS 64
#define IRQ_MAX_CPUS 8 /* those beyond are summed up in the last */

struct sysroot;
struct pci_addr;

/* In messages, too: no padding. */
struct irq_vector {
	uint32_t irq; /* number */
	uint32_t cpus; /* processors that are counted, at most IRQ_MAX_CPUS */
	char name[32]; /* the driver's, such as "eth0-TxRx-0" */
	uint64_t count[IRQ_MAX_CPUS]; /* since boot */
	int32_t effective; /* the processor that it goes to; -1: not known, or several */
	uint32_t mask; /* the processors that it may go to: the first 32 */
};

/* The vectors that are in use, by number. Returns how many, at most @max, or -errno. */
int irq_list(const struct sysroot *root, const struct pci_addr *dev, struct irq_vector *out,
	     unsigned int max) must_check;
/* Sets the processors that it may go to. -EIO, -EPERM: this one cannot be directed. */
int irq_set_mask(const struct sysroot *root, unsigned int irq, uint32_t mask) must_check;
/* The processor that it goes to, -1: not known, or several. */
int irq_effective(const struct sysroot *root, unsigned int irq);
uint64_t irq_total(const struct irq_vector *v);

#endif
