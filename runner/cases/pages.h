/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages that the kernel sets aside for a guest of a case.
 */
#ifndef VFPROOF_CASES_PAGES_H
#define VFPROOF_CASES_PAGES_H

#include "model/ctx.h"

/*
 * Has the kernel set pages of @kb KiB aside for *@mb MiB, which becomes a whole number of them,
 * beside the *@total that it had; the undo is recorded. Returns 0; 1 with why in @why if there are
 * none; -errno, recorded.
 */
int pages_take(struct ctx *ctx, unsigned int kb, unsigned int *mb, uint64_t *total, char *why,
	       size_t size) must_check;
/* Leaves the kernel @total of them, as before. Returns 0 or -errno, recorded. */
int pages_return(struct ctx *ctx, unsigned int kb, uint64_t total) must_check;

#endif
