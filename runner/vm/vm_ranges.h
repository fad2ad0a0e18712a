/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses of a guest mean something to its devices: RAM, BARs, and windows of bridges.
 */
#ifndef VFPROOF_VM_VM_RANGES_H
#define VFPROOF_VM_VM_RANGES_H

#include "vm/vm.h"

#define VM_MAX_RANGES 256u

struct vm_ranges {
	unsigned int memory_mb; /* of the guest's RAM */
	unsigned int n;
	struct {
		uint64_t start, end; /* the last address */
		bool window; /* of a bridge, else a BAR */
	} list[VM_MAX_RANGES];
};

/*
 * BARs and windows of all devices, as QEMU's query-pci tells them. Returns 0, -E2BIG (there are
 * more), or as vm_qmp().
 */
int vm_read_ranges(struct vm *vm, unsigned int memory_mb, struct vm_ranges *out) must_check;
/*
 * True if the address is nothing in the guest: above its RAM (the machine q35 has up to 2 GB of it
 * below the gap in front of 4 GB, and what is more behind that), in no BAR and no window, not in
 * the gap, and below @limit.
 */
bool vm_is_nothing(const struct vm_ranges *r, uint64_t address, uint64_t limit);
/*
 * True if a device of the guest's reaches something at the address: memory, as above, or a BAR.
 * QEMU gives devices that are assigned nothing else.
 */
bool vm_is_reachable(const struct vm_ranges *r, uint64_t address);

#endif
