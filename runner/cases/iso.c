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

static int run_iso_irq(struct ctx *ctx)
{
	return pair_run(ctx, iso_irq);
}

static int run_iso_config(struct ctx *ctx)
{
	return pair_run(ctx, iso_config);
}

static int run_iso_frames(struct ctx *ctx)
{
	return pair_run(ctx, iso_frames);
}

static int run_iso_mdd(struct ctx *ctx)
{
	return pair_run(ctx, iso_mdd);
}

static int run_iso_p2p(struct ctx *ctx)
{
	return pair_run(ctx, iso_p2p);
}

static int run_iso_flood(struct ctx *ctx)
{
	return pair_run(ctx, iso_flood);
}

/* What PFs' drivers say of a VF whose descriptors are none: those of igb, i40e and ice do. */
static const struct provoked bad_descriptors_told[] = {
	{ NULL, "*alicious Driver Detection event*" },
	{ NULL, "*alformed Tx packet detected and dropped*" },
	{ 0 },
};

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
	{ .id = "iso_irq",
	  .title = "A VF's message for an interrupt that is not its own is blocked",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_irq,
	  .fixture = &fixture_pair },
	{ .id = "iso_p2p",
	  .title = "A VF that is told to write to another guest's VF is blocked",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_three_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_p2p,
	  .fixture = &fixture_pair },
	{ .id = "iso_config",
	  .title = "A guest that writes to all of its VF's configuration space changes no other "
		   "function",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_config,
	  .fixture = &fixture_pair },
	{ .id = "iso_frames",
	  .title = "A guest that wants to see every frame sees none of others",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_frames,
	  .fixture = &fixture_pair },
	{ .id = "iso_mdd",
	  .title = "Descriptors that are none harm nobody but the VF that they are from",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_mdd,
	  .provokes = bad_descriptors_told,
	  .fixture = &fixture_pair },
	{ .id = "iso_flood",
	  .title = "A VF that sends all it can leaves other VFs their part of the card",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_three_vfs },
	  .timeout_s = 2 * ISO_TIMEOUT_S,
	  .set = SET_FULL,
	  .run = run_iso_flood,
	  .fixture = &fixture_pair },
	{ .id = NULL },
};
