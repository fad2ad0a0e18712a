/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings about VFs that cannot be reached: by the rules of SR-IOV and ARI, and by asking them.
 */
#ifndef VFPROOF_CASES_VF_PATH_H
#define VFPROOF_CASES_VF_PATH_H

#include "model/ctx.h"
#include "sys/sriov.h"
#include "sys/sriov_path.h"

/*
 * A FAIL unless each of @n VFs of @pf at @offset and @stride can be reached, with the reason; the
 * path is in the evidence in any case.
 */
void vf_path_check(struct ctx *ctx, const struct nic *pf, const struct sriov_path *path,
		   unsigned int offset, unsigned int stride, unsigned int n);
/*
 * Records as a cause that @vf cannot be reached, if that is so. Returns the label for it, NULL if
 * it can be reached or that is not known.
 */
const char *vf_path_see(struct ctx *ctx, const struct nic *pf, const struct pci_addr *vf);
/*
 * Asks each VF for a word that every VF has. 0, or CASE_OVER with the finding recorded: how many do
 * not answer, the first of them, and why.
 */
int vf_path_check_answers(struct ctx *ctx, const struct nic *pf,
			  const struct sriov_state *st) must_check;

#endif
