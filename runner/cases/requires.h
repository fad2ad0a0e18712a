/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requirements that several areas use.
 */
#ifndef VFPROOF_CASES_REQUIRES_H
#define VFPROOF_CASES_REQUIRES_H

#include "model/ctx.h"

extern const struct requirement req_iommu_on; /* NIC's IOMMU group exists */
extern const struct requirement req_kvm; /* /dev/kvm can create a VM */
extern const struct requirement req_irq_remap; /* in force, or unsafe_interrupts=allow */
extern const struct requirement req_pf_driver; /* the PF has its driver and a netdev */
extern const struct requirement req_vfs; /* sriov_totalvfs > 0, and sriov_numvfs makes VFs */
extern const struct requirement req_offers_vfs; /* sriov_totalvfs > 0 */
extern const struct requirement req_pf_alone; /* the PF itself can be given away: see there */
extern const struct requirement req_two_vfs; /* sriov_totalvfs > 1 */
extern const struct requirement req_three_vfs;
extern const struct requirement req_second_pf; /* the peer is an SR-IOV PF that can have VFs */
/*
 * True if the port, without such a peer, ought to have one: another SR-IOV port of the host has a
 * carrier too, and nobody has said that there is no wire between them.
 */
bool requires_owes_second_pf(const struct ctx *ctx);

#endif
