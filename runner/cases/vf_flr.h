/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Function level resets of VFs, as steps of cases. They return 0 to go on, see common.h. */
#ifndef VFPROOF_CASES_VF_FLR_H
#define VFPROOF_CASES_VF_FLR_H

#include "cases/rig.h"

struct vf_flr_times {
	unsigned int n;
	uint64_t sum_us, max_us;
};

/* The kernel resets the VF, which nobody has open, by FLR and in time. */
int vf_flr_kernel(struct ctx *ctx, const struct rig_dev *vf, struct vf_flr_times *t) must_check;
/* How long that took, as evidence; @what was reset. */
void vf_flr_tell(struct ctx *ctx, const char *what, const struct vf_flr_times *t);

#endif
