/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases on refusals with the fixture "pair" share.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_NEG_H
#define VFPROOF_CASES_NEG_H

#include "cases/pair.h"

#define NEG_TIMEOUT_S 240

/* The first guest and the NICs that it had all along go on. */
int neg_check_goes_on(struct pair *p) must_check;
/* The right way: the device comes to @addr (NULL: left to QEMU), works, and goes. */
int neg_do_right(struct pair *p, struct guest *g, const struct rig_dev *dev,
		 const char *addr) must_check;
/*
 * After the refusals about the spare VF: all goes on, nobody has the VF, and it can be added. The
 * first guest then gets its VF back if it gave one up.
 */
int neg_finish(struct pair *p, const struct rig_dev *dev, const char *addr) must_check;
/* PASS: @what was refused. */
int neg_pass(struct ctx *ctx, const char *what) must_check;

#endif
