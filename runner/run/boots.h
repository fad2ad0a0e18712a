/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every boot ends, and no host boots for ever: a run without a medium to go on from is counted
 * where the machine itself keeps a number (sys/boot_count.h).
 */
#ifndef VFPROOF_RUN_BOOTS_H
#define VFPROOF_RUN_BOOTS_H

#include "journal/store.h"

#define BOOTS_MAX 3

/*
 * A run begins, and nothing that it finds will be there after this boot. Returns 0, or -ECANCELED
 * with a note if BOOTS_MAX boots in a row have begun one that did not end. Where nothing can be
 * counted, a kernel that panics stays as it is.
 */
int boots_begin(const struct sysroot *root, struct store *store) must_check;
/* The run has ended in a report. */
void boots_end(const struct sysroot *root);

#endif
