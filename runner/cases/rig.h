/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's half of every case that assigns devices: the PF up, VFs with MACs on vfio-pci, and
 * whether a VF is still well afterwards. guest.h is the other half.
 *
 * Functions return 0 to go on. Otherwise the case is over: the finding or the error is recorded,
 * and the case returns rig_result() of the value.
 */
#ifndef VFPROOF_CASES_RIG_H
#define VFPROOF_CASES_RIG_H

#include <net/if.h>
#include "core/case.h"
#include "vm/vm.h"

struct rig_vf {
	unsigned int index; /* virtfnN */
	struct pci_addr addr;
	uint8_t mac[6];
	bool mac_set; /* by the PF; if not, the guest's may be any valid one */
};

struct rig {
	struct ctx *ctx;
	char ifname[IFNAMSIZ]; /* of the PF */
	uint8_t mac[6];
	unsigned int n_vfs;
	struct rig_vf vfs[VM_MAX_DEVICES];
};

/* Brings the PF up and waits for its carrier, or takes it down for FAULT_NO_LINK. */
int rig_open(struct rig *rig, struct ctx *ctx) must_check;
/* Makes @n VFs that no host driver gets hold of, and has the PF give each a MAC. */
int rig_create_vfs(struct rig *rig, unsigned int n) must_check;
/* Hands VF @i to vfio-pci. */
int rig_bind_vfio(struct rig *rig, unsigned int i) must_check;
/* VF @i answers on the bus, and its own driver works on the host: after its guest has gone. */
int rig_check_vf(struct rig *rig, unsigned int i) must_check;

/* A deadline in milliseconds, scaled by timeout_percent and cut to the item's own. */
unsigned int rig_ms(const struct ctx *ctx, unsigned int ms);
/* What the case function returns: 0 if a finding says it all, else @ret. */
int rig_result(const struct ctx *ctx, int ret);

#endif
