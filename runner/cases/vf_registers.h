/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be off in a VF that a new owner gets, by the VF's registers: queues, interrupts. Each
 * family of VFs has its own.
 */
#ifndef VFPROOF_CASES_VF_REGISTERS_H
#define VFPROOF_CASES_VF_REGISTERS_H

#include "cases/rig.h"

/*
 * Opens the VF through VFIO, switches each of them on, closes it, opens it again, and finds all of
 * them off; FAIL (vf_state_left) if not. What cannot be switched on is left out, and if nothing can
 * that is an ERROR. @n is how many were looked at: 0 of a family of which no register is known.
 * Returns 0 to go on, see common.h. The VF is on vfio-pci afterwards.
 */
int vf_registers_check(struct ctx *ctx, const struct rig_dev *vf, unsigned int *n) must_check;

#endif
