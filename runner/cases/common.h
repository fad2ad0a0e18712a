/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps that several cases share. Each records its own verdict when it fails; "goes on" means that
 * the case may continue, false that its verdict is there and it has to return 0.
 */
#ifndef VFPROOF_CASES_COMMON_H
#define VFPROOF_CASES_COMMON_H

#include <net/if.h>
#include "model/case.h"
#include "sys/sriov.h"

#define CASE_WRITE_MS 90000 /* longest time for a write to sriov_numvfs */
#define CASE_CARRIER_MS 30000 /* some ports try several speeds and codings in turn */

/*
 * What the kernel has said since boot that explains a failure of whatever @about names (a PCI
 * address; "": anything): each symptom of rank root whose label matches one of the globs @labels is
 * recorded, see ctx_symptom(). True if there was one; @line is the message of the likeliest.
 */
bool case_kernel_cause(struct ctx *ctx, const char *about, const char *labels, char *line,
		       size_t size);

/* Records the errno of an operation ("sriov_numvfs", "vfio_bind", ...) on a device as a symptom. */
void case_see_errno(struct ctx *ctx, const char *operation, int err, const struct pci_addr *dev);

/*
 * The label for VFs of @pf that could not be created, a write to sriov_numvfs having returned @err:
 * all that may explain it is recorded; @line is what the kernel says of it, "" if nothing.
 */
const char *case_not_created_label(struct ctx *ctx, const struct pci_addr *pf, int err, char *line,
				   size_t size);

/* "0000:01:00.0" of the item's PF. */
const char *case_pf_name(const struct ctx *ctx, char buf[PCI_ADDR_STRLEN]);

/* Brings the PF's netdev up, its state recorded for undo. True: goes on, @ifname is its name. */
bool case_pf_up(struct ctx *ctx, char ifname[IFNAMSIZ]);

/*
 * Sets autoprobe as asked and takes away the VFs that PF @pf has in @st, both recorded for undo;
 * @st is the state afterwards. Returns 0 or -errno, not recorded.
 */
int case_clear_vfs(struct ctx *ctx, const struct pci_addr *pf, bool autoprobe,
		   struct sriov_state *st) must_check;

/*
 * Gets ready to create VFs: PF up, no VFs, autoprobe as asked; all recorded for undo. True: goes
 * on, @st is the state.
 */
bool case_prepare_vfs(struct ctx *ctx, bool autoprobe, struct sriov_state *st);

/*
 * Creates @n VFs (from none), waits for them, and checks that each is where and what the capability
 * says and alone in its IOMMU group. True: goes on; a finding that does not keep the VFs from being
 * used is recorded all the same.
 */
bool case_create_vfs(struct ctx *ctx, unsigned int n, struct sriov_state *st);

/* The same for VFs that something else is making: waits for exactly @n (0: for none). */
bool case_check_vfs(struct ctx *ctx, unsigned int n, struct sriov_state *st);

/* Destroys all VFs and checks that nothing of them (@old) is left. True: goes on. */
bool case_destroy_vfs(struct ctx *ctx, const struct sriov_state *old);

/*
 * Waits for the carrier of the PF's netdev @ifname and sends frames: PASS or FAIL (pf_traffic) of
 * @expected. What comes back would need a station at the far end.
 */
int case_check_pf_sends(struct ctx *ctx, const char *ifname, const char *expected);

/* How many VFs the case is to take as the most: sriov_totalvfs, bounded by SRIOV_MAX_VFS. */
unsigned int case_max_vfs(const struct sriov_state *st);

/*
 * Loads a module, or the modules of all NICs there are; VFs that were just created need it, as
 * nothing else loads any. On a fake tree nothing is loaded. Returns 0 (a number) or -errno.
 */
int case_load_module(const struct ctx *ctx, const char *name) must_check;
int case_load_nic_modules(const struct ctx *ctx) must_check;

/* Number of members of an IOMMU group. */
unsigned int case_group_size(const struct ctx *ctx, int group);

#endif
