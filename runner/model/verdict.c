/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the verdicts, the same in every report form.
 */
#include "model/verdict.h"

#include <string.h>

static const char *const names[VERDICT_COUNT] = {
	[VERDICT_NONE] = "NONE",       [VERDICT_PASS] = "PASS",	      [VERDICT_WARN] = "WARN",
	[VERDICT_FAIL] = "FAIL",       [VERDICT_SKIP] = "SKIP",	      [VERDICT_ERROR] = "ERROR",
	[VERDICT_TIMEOUT] = "TIMEOUT", [VERDICT_CRASHED] = "CRASHED", [VERDICT_NOTRUN] = "NOTRUN",
};

const char *verdict_name(enum verdict v)
{
	return v > VERDICT_NONE && v < VERDICT_COUNT ? names[v] : names[VERDICT_NONE];
}

enum verdict verdict_parse(const char *name)
{
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		if (strcmp(names[v], name) == 0)
			return v;
	return VERDICT_NONE;
}

const char *run_verdict_name(enum run_verdict v, bool unsafe_interrupts)
{
	switch (v) {
	case RUN_QUALIFIED:
		return unsafe_interrupts ? "QUALIFIED (UNSAFE INTERRUPTS)" : "QUALIFIED";
	case RUN_WAIVED:
		return unsafe_interrupts ? "QUALIFIED WITH WAIVERS (UNSAFE INTERRUPTS)"
					 : "QUALIFIED WITH WAIVERS";
	case RUN_NOT_QUALIFIED:
		return "NOT QUALIFIED";
	case RUN_INCOMPLETE:
	case RUN_COUNT:
		break;
	}
	return "INCOMPLETE";
}

int run_verdict_exit_status(enum run_verdict v)
{
	switch (v) {
	case RUN_QUALIFIED:
	case RUN_WAIVED:
		return 0;
	case RUN_NOT_QUALIFIED:
		return 1;
	case RUN_INCOMPLETE:
	case RUN_COUNT:
		break;
	}
	return 2;
}
