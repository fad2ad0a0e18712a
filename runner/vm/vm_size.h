/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large a guest has to be: what its NICs' drivers take, by the families' profiles and the
 * guest's processors. A driver that finds no memory has no netdev or no link, and looks like a NIC
 * that is broken.
 */
#ifndef VFPROOF_VM_VM_SIZE_H
#define VFPROOF_VM_VM_SIZE_H

#include "vm/vm_config.h"

struct profile;

/* What QEMU takes on the host besides its guest's memory. */
#define VM_SIZE_QEMU_MB 48u
/* What stays free on the host for all that is no guest. */
#define VM_SIZE_SPARE_MB 64u

struct vm_size {
	unsigned int n_nics;
	unsigned int min_cpus; /* 0: as many as the NICs need */
	unsigned int fixed_mb; /* of the NICs' drivers */
	unsigned int queue_mb[VM_MAX_PORTS], queues[VM_MAX_PORTS]; /* and for each queue */
};

/* Takes a NIC into account: a VF of the family, or its PF. @p is NULL if the family is unknown. */
void vm_size_add(struct vm_size *s, const struct profile *p, bool is_pf);
/* Processors of the guest: their interrupt vectors have to be enough for its NICs. */
unsigned int vm_size_cpus(const struct vm_size *s);
/* MiB of the guest; @base_mb is the setting guest_memory_mb, in which there is room for few NICs.
 */
unsigned int vm_size_memory(const struct vm_size *s, unsigned int base_mb);
/* MiB that it takes of the host. */
unsigned int vm_size_host(const struct vm_size *s, unsigned int base_mb);

#endif
