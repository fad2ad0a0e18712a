/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vfproof keep`: after the run, for the appliance's init. A report that is in memory alone goes to
 * a stick that is put in.
 */
#ifndef VFPROOF_RUN_KEEP_H
#define VFPROOF_RUN_KEEP_H

#include "base/util.h"

/*
 * Waits for a stick and brings the report to it. @seconds: for how long, "" without an end. With a
 * time it is waited only for a stick that there was. Returns the exit status: 0 if the report is on
 * a stick, or was not to be brought to one, else 1.
 */
int keep_main(const char *root_path, const char *seconds) must_check;

#endif
