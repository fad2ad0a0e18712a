/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The case nic_traffic, whose row is in nic.c. */
#ifndef VFPROOF_CASES_NIC_TRAFFIC_H
#define VFPROOF_CASES_NIC_TRAFFIC_H

#include "model/ctx.h"

int run_nic_traffic(struct ctx *ctx);

#endif
