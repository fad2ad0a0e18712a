/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hot plug of VFs and PFs into running guests. */
#include "core/case.h"

const struct case_def plug_cases[] = {
	{ .id = NULL },
};
