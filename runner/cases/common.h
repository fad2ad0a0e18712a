/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What several cases use: the kernel's words on a failure, and modules. vfs.h has the steps with
 * VFs.
 *
 * Steps return 0 to go on. Otherwise the finding or the error is recorded and the case is over: it
 * returns that value, of which the engine makes an ERROR only if no finding says more.
 */
#ifndef VFPROOF_CASES_COMMON_H
#define VFPROOF_CASES_COMMON_H

#include <errno.h>
#include "model/ctx.h"
#include "sys/pci_addr.h"

#define CASE_OVER -ECANCELED /* a finding is recorded, and there is no error number to pass on */
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

/* "0000:01:00.0" of the item's PF. */
const char *case_pf_name(const struct ctx *ctx, char buf[PCI_ADDR_STRLEN]);

/*
 * Loads a module, or the modules of all NICs there are; VFs that were just created need it, as
 * nothing else loads any. On a fake tree nothing is loaded. Returns 0 (a number) or -errno.
 */
int case_load_module(const struct ctx *ctx, const char *name) must_check;
int case_load_nic_modules(const struct ctx *ctx) must_check;

#endif
