/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's half of every case that assigns devices: boot, find the devices' netdevs, check
 * them, traffic, what the guest's kernel said, power off. rig.h is the other half.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_GUEST_H
#define VFPROOF_CASES_GUEST_H

#include "cases/rig.h"

struct guest_nic {
	const struct rig_vf *vf;
	char id[16]; /* QEMU's, such as "hostdev0" */
	struct agent_netdev netdev; /* as last seen, strings terminated and printable */
};

struct guest {
	struct ctx *ctx;
	const struct rig *rig;
	struct vm *vm; /* NULL when there is none */
	unsigned int n_nics;
	struct guest_nic nics[VM_MAX_DEVICES];
};

/*
 * Boots a guest with @n VFs of the rig from number @first on, and waits for its agent. Whatever
 * comes of it, the caller ends with guest_cleanup().
 */
int guest_boot(struct guest *g, const struct rig *rig, unsigned int first,
	       unsigned int n) must_check;
/* Waits for the netdev of NIC @i, then checks driver and MAC and brings its link up. */
int guest_check_nic(struct guest *g, unsigned int i) must_check;
/* Exchanges test frames between the PF and NICs @first..@first + @n - 1, all at the same time. */
int guest_check_traffic(struct guest *g, unsigned int first, unsigned int n) must_check;
/* Judges the guest's kernel messages. Does not end the case by itself: returns -errno only if the
 * agent cannot tell. */
int guest_check_klog(struct guest *g) must_check;
/* Powers the guest off. */
int guest_end(struct guest *g) must_check;
/* Ends a guest that is still there; a failed item first gets its last kernel messages. */
void guest_cleanup(struct guest *g);

#endif
