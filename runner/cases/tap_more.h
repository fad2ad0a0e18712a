/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tap_more.c's cases do, as far as it has a file of its own. */
#ifndef VFPROOF_CASES_TAP_MORE_H
#define VFPROOF_CASES_TAP_MORE_H

#include "cases/tap.h"

int tap_check_vlan(struct tap *t) must_check;

#endif
