/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be refused, with QEMU, guest and traffic going on. */
#include "core/case.h"

const struct case_def neg_cases[] = {
	{ .id = NULL },
};
