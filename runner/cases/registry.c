/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the areas: the platform first, then a PF, then its VFs, then guests.
 */
#include "cases/registry.h"
#include "cases/areas.h"

static const struct case_def *const areas[] = {
	host_cases, nic_cases, vf_cases,  vf_param_cases, assign_cases,
	plug_cases, neg_cases, tap_cases, iso_cases,
};

const struct case_table registry = { areas, ARRAY_SIZE(areas) };
