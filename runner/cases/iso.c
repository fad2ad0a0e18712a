/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isolation: what a VF in a guest can do to the host and to its neighbours. */
#include "cases/iso.h"

#include "cases/areas.h"

#define ISO_TIMEOUT_S 120

static int run_iso_dma_write(struct ctx *ctx)
{
	return pair_run(ctx, iso_dma_write);
}

static int run_iso_dma_read(struct ctx *ctx)
{
	return pair_run(ctx, iso_dma_read);
}

const struct case_def iso_cases[] = {
	{ .id = "iso_dma_write",
	  .title = "A VF that is told to write outside its guest's memory is blocked",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_dma_write,
	  .fixture = &fixture_pair },
	{ .id = "iso_dma_read",
	  .title = "A VF that is told to read outside its guest's memory is blocked",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_dma_read,
	  .fixture = &fixture_pair },
	{ .id = NULL },
};
