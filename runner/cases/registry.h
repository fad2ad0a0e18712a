/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All cases, in the order in which they run.
 */
#ifndef VFPROOF_CASES_REGISTRY_H
#define VFPROOF_CASES_REGISTRY_H

#include "model/case.h"

/* The case at @index, NULL past the last one. */
const struct case_def *registry_get(size_t index);
/* NULL if there is no case with that id. */
const struct case_def *registry_find(const char *id);

#endif
