/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vfproof verify`, `vfproof report --verify`: what of a folder was altered, and whether a
 * certificate is what its report gives.
 */
#ifndef VFPROOF_REPORT_VERIFY_MAIN_H
#define VFPROOF_REPORT_VERIFY_MAIN_H

#include "base/util.h"

/*
 * The commands with all of their arguments: "report --verify DIR [--key FILE]", and "verify DIR
 * [--key FILE] [--report REPORT [--salt FILE]]". Returns the exit status; -EINVAL for wrong use.
 */
int verify_main(int argc, char **argv) must_check;

#endif
