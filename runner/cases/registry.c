/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the areas: the platform first, then a PF, then its VFs, then guests.
 */
#include "cases/registry.h"
#include "cases/areas.h"

#include <string.h>

static const struct case_def *const areas[] = {
	host_cases,   nic_cases,  vf_cases,  vf_param_cases,
	assign_cases, plug_cases, neg_cases, tap_cases,
};

const struct case_def *registry_get(size_t index)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		const struct case_def *def;

		for (def = areas[i]; def->id; def++)
			if (index-- == 0)
				return def;
	}
	return NULL;
}

const struct case_def *registry_find(const char *id)
{
	const struct case_def *def;
	size_t i;

	for (i = 0; (def = registry_get(i)); i++)
		if (strcmp(def->id, id) == 0)
			return def;
	return NULL;
}
