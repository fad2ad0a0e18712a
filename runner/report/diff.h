/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changed between two reports: compared to a JSON object (docs/diff.schema.json), and rendered
 * from that object to text. docs/diff.md says what is compared with what.
 */
#ifndef VFPROOF_REPORT_DIFF_H
#define VFPROOF_REPORT_DIFF_H

#include <jansson.h>
#include "base/util.h"

#define DIFF_SCHEMA "vfproof-diff/1"
#define DIFF_THRESHOLD 10

enum diff_result { DIFF_SAME, DIFF_CHANGED, DIFF_REGRESSED, DIFF_INCOMPARABLE };

struct diff_options {
	unsigned int threshold; /* percent that a figure must have changed by to be named */
	bool one_threshold; /* for all; else figures that vary more by chance have their own */
	bool strict; /* figures, and required items that are gone, decide as well */
};

/*
 * Compares two reports, @old_name and @new_name in the result. Both may be damaged in any way:
 * then the result is "not comparable", with the reasons. Caller owns the result, NULL only without
 * memory.
 */
json_t *diff_compare(const json_t *old_report, const json_t *new_report, const char *old_name,
		     const char *new_name, const struct diff_options *options) must_check;
/* The result of a comparison; DIFF_INCOMPARABLE if the object does not say. */
enum diff_result diff_get_result(const json_t *diff);
/* Plain text of REPORT_COLUMNS columns. Returns 0, as the forms of a report. */
int diff_put_text(FILE *f, const json_t *diff) must_check;

/* "vfproof diff": @argv as main() got it. Returns the exit status, or -EINVAL for a wrong use. */
int diff_main(int argc, char **argv);

#endif
