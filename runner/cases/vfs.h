/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps with a PF and its VFs that several cases share: PF up, VFs created, checked, destroyed. As
 * all steps they return 0 to go on; otherwise the finding or the error is recorded, see common.h.
 * What they change is recorded for undo first.
 */
#ifndef VFPROOF_CASES_VFS_H
#define VFPROOF_CASES_VFS_H

#include <net/if.h>
#include "model/ctx.h"
#include "sys/link.h"
#include "sys/sriov.h"

/* Whether the kernel looks for a driver for new VFs: sriov_drivers_autoprobe. */
enum vfs_autoprobe { VFS_AUTOPROBE_KEEP, VFS_AUTOPROBE_OFF, VFS_AUTOPROBE_ON };

/*
 * The PF's netdev and its state, with the link state recorded for undo; @stays: no driver remakes
 * the netdev meanwhile.
 */
int vfs_find_pf(struct ctx *ctx, const struct nic *pf, bool stays, char ifname[IFNAMSIZ],
		struct link_info *info) must_check;
/* Brings the PF's netdev up; @ifname is its name. It need not have carrier yet. */
int vfs_open_pf(struct ctx *ctx, const struct nic *pf, char ifname[IFNAMSIZ]) must_check;
/* How long writing @n to sriov_numvfs may take: see sriov_write_ms(); scaled by timeout_percent. */
unsigned int vfs_write_ms(const struct ctx *ctx, const struct nic *pf, unsigned int n);
/* True, with the error recorded, if @err of such a write says that it was not even tried. */
bool vfs_was_not_tried(struct ctx *ctx, int err);
/* Takes away the VFs that the PF has; @st is the state afterwards. */
int vfs_clear(struct ctx *ctx, const struct nic *pf, enum vfs_autoprobe autoprobe,
	      struct sriov_state *st) must_check;
/* vfs_open_pf() and vfs_clear(). */
int vfs_prepare(struct ctx *ctx, const struct nic *pf, enum vfs_autoprobe autoprobe,
		struct sriov_state *st) must_check;
/* Creates @n VFs (from none), waits for them, and asks each whether it is there. */
int vfs_make(struct ctx *ctx, const struct nic *pf, unsigned int n,
	     struct sriov_state *st) must_check;
/*
 * The same, and checks that each is where and what the capability says, answers, and is alone in
 * its IOMMU group. A finding that does not keep the VFs from being used is recorded, and the case
 * goes on.
 */
int vfs_create(struct ctx *ctx, const struct nic *pf, unsigned int n,
	       struct sriov_state *st) must_check;
/* The same for VFs that something else is making: waits for exactly @n (0: for none). */
int vfs_check(struct ctx *ctx, const struct nic *pf, unsigned int n,
	      struct sriov_state *st) must_check;
/* Destroys all VFs and checks that nothing of them (@old) is left. */
int vfs_destroy(struct ctx *ctx, const struct nic *pf, const struct sriov_state *old) must_check;
/* How many VFs a case is to take as the most: sriov_totalvfs, bounded by SRIOV_MAX_VFS. */
unsigned int vfs_max(const struct sriov_state *st);
/*
 * Waits for the carrier of the PF's netdev @ifname and sends frames: PASS or FAIL (pf_traffic) of
 * @expected. What comes back would need a station at the far end.
 */
int vfs_check_pf_sends(struct ctx *ctx, const char *ifname, const char *expected);
/*
 * The label for VFs of @pf that could not be created, a write to sriov_numvfs having returned @err:
 * all that may explain it is recorded; @line is what the kernel says of it, "" if nothing.
 */
const char *vfs_not_created_label(struct ctx *ctx, const struct nic *pf, int err, char *line,
				  size_t size);

#endif
