/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts of an item and of the run, and their names in every report form.
 */
#ifndef VFPROOF_MODEL_VERDICT_H
#define VFPROOF_MODEL_VERDICT_H

#include "base/util.h"

enum verdict {
	VERDICT_NONE, /* not decided yet: never in a report */
	VERDICT_PASS,
	VERDICT_WARN, /* works, but a finding needs attention */
	VERDICT_FAIL,
	VERDICT_SKIP, /* a requirement is missing; named in the item's reason */
	VERDICT_ERROR, /* the appliance could not carry out the check */
	VERDICT_TIMEOUT,
	VERDICT_CRASHED, /* begun and never ended: runner or host died */
	VERDICT_NOTRUN,
	VERDICT_COUNT,
};

enum run_verdict {
	RUN_QUALIFIED,
	RUN_WAIVED, /* as QUALIFIED, but for failures that a waiver covers */
	RUN_NOT_QUALIFIED,
	RUN_INCOMPLETE,
	RUN_COUNT,
};

/* "PASS" ... "NOTRUN"; "NONE" for anything else. */
const char *verdict_name(enum verdict v);
/* The reverse; VERDICT_NONE for an unknown name. */
enum verdict verdict_parse(const char *name);
/*
 * "QUALIFIED", "QUALIFIED WITH WAIVERS", both with " (UNSAFE INTERRUPTS)" behind them where those
 * are allowed, "NOT QUALIFIED", "INCOMPLETE".
 */
const char *run_verdict_name(enum run_verdict v, bool unsafe_interrupts);
/* Exit status of vfproof run, vfproof report and make run: 0 (also with waivers), 1, 2. */
int run_verdict_exit_status(enum run_verdict v);

#endif
