/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The case vf_alive, whose row is in the table of vf.c. */
#ifndef VFPROOF_CASES_VF_ALIVE_H
#define VFPROOF_CASES_VF_ALIVE_H

#include "model/ctx.h"

int vf_run_alive(struct ctx *ctx);
/*
 * A VF has no id of its own, and the kernel shows the one of the PF's capability: whether that is
 * right only the profile of the family tells. Warns if it does not know it.
 */
void vf_check_known_id(struct ctx *ctx);
/* The label for a VF that no driver takes: the id's, if the family has no such one, or the
 * driver's. */
const char *vf_label_no_driver(const struct ctx *ctx);

#endif
