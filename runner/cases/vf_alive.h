/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The case vf_alive, whose row is in the table of vf.c. */
#ifndef VFPROOF_CASES_VF_ALIVE_H
#define VFPROOF_CASES_VF_ALIVE_H

#include "model/ctx.h"

int vf_run_alive(struct ctx *ctx);

#endif
