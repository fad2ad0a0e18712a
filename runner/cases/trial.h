/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU that is started to see whether it takes its devices; its guest is not waited for. A device
 * on QEMU's command line is refused by QEMU's end, in the same words as one that is plugged in.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_TRIAL_H
#define VFPROOF_CASES_TRIAL_H

#include "cases/rig.h"

/* One device, and a guest as small as can be. @lock_kb: see struct vm_config. */
struct trial {
	const struct rig_dev *dev;
	unsigned int lock_kb;
	const struct qemu_image *image; /* NULL: the appliance's */
	const char *what; /* in words, for findings and evidence */
};

/* QEMU refuses, in words that match the glob @words. */
int trial_refused(struct ctx *ctx, const struct trial *t, const char *words) must_check;
/* QEMU takes the device, and is ended. */
int trial_accepted(struct ctx *ctx, const struct trial *t) must_check;

#endif
