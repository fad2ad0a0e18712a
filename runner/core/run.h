/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vfproof run`: the whole run, from the settings to the report.
 */
#ifndef VFPROOF_CORE_RUN_H
#define VFPROOF_CORE_RUN_H

#include <jansson.h>
#include "core/util.h"

struct settings;
struct host_info;

#define RUN_MAX_RESUMES 3

/* Returns the exit status: run_verdict_exit_status(), or 3 if there is no report. */
int run_main(const char *root_path) must_check;

/* True if the journal's run is of this host, this program and this plan, and can be resumed. */
bool run_is_ours(const json_t *events, const struct host_info *host,
		 const struct settings *settings);
/* How often the run was resumed since an item last ended. */
unsigned int run_count_resumes(const json_t *events);

#endif
