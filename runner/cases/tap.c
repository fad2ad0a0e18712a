/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvtap on PFs and VFs, with and without vhost. */
#include "core/case.h"

const struct case_def tap_cases[] = {
	{ .id = NULL },
};
