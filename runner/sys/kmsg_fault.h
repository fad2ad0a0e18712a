/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages that tell what the IOMMU has blocked (drivers/iommu/intel/dmar.c,
 * drivers/iommu/amd/iommu.c).
 */
#ifndef VFPROOF_SYS_KMSG_FAULT_H
#define VFPROOF_SYS_KMSG_FAULT_H

#include "sys/kmsg_about.h"

enum kmsg_fault_kind {
	KMSG_FAULT_MEMORY, /* an access to memory */
	KMSG_FAULT_INTERRUPT, /* an interrupt, by Intel's interrupt remapping */
};

/* In place of an index: an interrupt in compatibility format has none, whatever the record says. */
#define KMSG_FAULT_NO_INDEX 0x10000u

/* Intel's reasons (VT-d specification, "Interrupt Remapping Fault Conditions"). */
#define KMSG_FAULT_IRQ_FORMAT 0x25u /* an interrupt in compatibility format */
#define KMSG_FAULT_IRQ_SOURCE 0x26u /* the entry is another function's */

struct kmsg_fault {
	enum kmsg_fault_kind kind;
	struct kmsg_address from; /* the function that the IOMMU blames */
	uint64_t address; /* of the access; Intel tells its page only. Of an interrupt: its index */
	unsigned int reason; /* Intel's, 0: none is told */
};

/* True if the message tells of something that was blocked, and by whom. */
bool kmsg_read_fault(const struct kmsg_record *rec, struct kmsg_fault *out);
/* The kernel has held such messages back: there were too many of them. */
bool kmsg_is_suppressed_fault(const struct kmsg_record *rec);

#endif
