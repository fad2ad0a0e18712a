/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vfproof run`: the whole run, from the settings to the report.
 */
#ifndef VFPROOF_RUN_RUN_H
#define VFPROOF_RUN_RUN_H

#include "base/util.h"

/* Returns the exit status: run_verdict_exit_status(), or 3 if there is no report. */
int run_main(const char *root_path) must_check;

#endif
