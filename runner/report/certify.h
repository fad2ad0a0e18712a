/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vfproof certify`: makes the certificate of a report, and signs it; and compares one with what
 * its report gives.
 */
#ifndef VFPROOF_REPORT_CERTIFY_H
#define VFPROOF_REPORT_CERTIFY_H

#include "report/verify.h"

/*
 * The command with all of its arguments: REPORT [--form text|html] [--out DIR [--key FILE]]
 * [--anonymous [--salt FILE]]. Returns the exit status: 0, 1 if the report is altered or
 * contradicts itself, 3 if something cannot be read or written; -EINVAL for wrong use.
 */
int certify_main(int argc, char **argv) must_check;
/*
 * Whether the certificate in the folder @dir is what @report (a file or folder) gives; says on @f
 * which lines are not. @salt: the file of an anonymous one's, else NULL.
 */
enum verify_status certify_compare(FILE *f, int dir, const char *report,
				   const char *salt) must_check;

#endif
