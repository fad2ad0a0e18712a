/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of cases, one per area and file, each ended by a row without an id.
 */
#ifndef VFPROOF_CASES_AREAS_H
#define VFPROOF_CASES_AREAS_H

#include "model/case.h"

extern const struct case_def host_cases[];
extern const struct case_def nic_cases[];
extern const struct case_def vf_cases[];
extern const struct case_def vf_param_cases[];
extern const struct case_def assign_cases[];
extern const struct case_def plug_cases[];
extern const struct case_def neg_cases[];
extern const struct case_def tap_cases[];
extern const struct case_def iso_cases[];

#endif
