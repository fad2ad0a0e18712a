/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the areas: the platform first, then a PF, then its VFs, then guests.
 */
#include "cases/registry.h"
#include "cases/areas.h"

static const struct case_def *const areas[] = {
	host_cases,	  host_platform_cases, nic_cases,      nic_port_cases,	vf_cases,
	vf_param_cases,	  vf_kernel_cases,     vf_curve_cases, vf_stress_cases, vf_flr_cases,
	vf_msix_cases,	  vf_reuse_cases,      assign_cases,   plug_cases,	plug_more_cases,
	plug_guest_cases, plug_own_cases,      neg_cases,      neg_more_cases,	neg_host_cases,
	neg_taken_cases,  neg_start_cases,     vf_pf_cases,    run_cases,	run_mixed_cases,
	run_memory_cases, run_many_cases,      tap_cases,      tap_more_cases,	cfg_cases,
	net_cases,	  iso_cases,	       soak_cases,
};

const struct case_table registry = { areas, ARRAY_SIZE(areas) };
