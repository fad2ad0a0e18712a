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
extern const struct requirement req_two_vfs; /* sriov_totalvfs > 1 */
extern const struct requirement req_three_vfs;
extern const struct requirement req_peer; /* a port that the PF reaches over the wire */
extern const struct requirement req_second_pf; /* the peer is an SR-IOV PF that can have VFs */

#endif
