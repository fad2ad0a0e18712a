/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Case functions of the area "host" that are not in the file of its table. */
#ifndef VFPROOF_CASES_HOST_H
#define VFPROOF_CASES_HOST_H

#include "model/ctx.h"

int host_run_iommu_group(struct ctx *ctx);
int host_run_nic_supported(struct ctx *ctx);
int host_run_quiet(struct ctx *ctx);

#endif
