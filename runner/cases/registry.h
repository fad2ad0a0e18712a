/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All cases, in the order in which they run.
 */
#ifndef VFPROOF_CASES_REGISTRY_H
#define VFPROOF_CASES_REGISTRY_H

#include "model/plan.h"

extern const struct case_table registry;

#endif
