/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of cases, one per area and file, each ended by a row without an id.
 */
#ifndef VFPROOF_CASES_AREAS_H
#define VFPROOF_CASES_AREAS_H

#include "model/case.h"

extern const struct case_def host_cases[];
extern const struct case_def host_platform_cases[];
extern const struct case_def nic_cases[];
extern const struct case_def nic_port_cases[];
extern const struct case_def vf_cases[];
extern const struct case_def vf_param_cases[];
extern const struct case_def vf_kernel_cases[];
extern const struct case_def vf_curve_cases[];
extern const struct case_def vf_stress_cases[];
extern const struct case_def vf_flr_cases[];
extern const struct case_def vf_msix_cases[];
extern const struct case_def vf_reuse_cases[];
extern const struct case_def assign_cases[];
extern const struct case_def plug_cases[];
extern const struct case_def plug_more_cases[];
extern const struct case_def plug_guest_cases[];
extern const struct case_def plug_own_cases[];
extern const struct case_def neg_cases[];
extern const struct case_def neg_more_cases[];
extern const struct case_def neg_host_cases[];
extern const struct case_def neg_taken_cases[];
extern const struct case_def neg_start_cases[];
extern const struct case_def vf_pf_cases[];
extern const struct case_def run_cases[];
extern const struct case_def run_mixed_cases[];
extern const struct case_def run_memory_cases[];
extern const struct case_def run_many_cases[];
extern const struct case_def tap_cases[];
extern const struct case_def tap_more_cases[];
extern const struct case_def cfg_cases[];
extern const struct case_def net_cases[];
extern const struct case_def iso_cases[];
extern const struct case_def soak_cases[];

#endif
