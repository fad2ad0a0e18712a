/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/case.h"

const struct case_def vf_cases[] = {
	{ .id = NULL },
};
