/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF in a guest is told to read, or to write, outside the guest's memory. First it does the same
 * inside, which shows that the recipe works.
 */
#include "cases/iso.h"

#include <errno.h>
#include <string.h>

#include "cases/stray.h"
#include "wire/traffic.h"

#define SILENCE_MS 500 /* for one that must not: the control's came long before */
#define CANARY_EXPECTED "the IOMMU blocks it, and tells that this VF has tried it"

struct dma {
	struct stray stray;
	struct canary canary;
	uint32_t inside,
		outside; /* sessions of the frames that are in the guest, and in the canary */
	bool got_out; /* the canary's frame has reached the PF */
};

/* What the kernel said is judged, and above all what the access did. */
static int dma_judge(struct dma *d, const char *what, enum stray_blame blame, const char *line)
{
	struct ctx *ctx = d->stray.ctx;
	unsigned int first = 0;
	int changed = canary_count_changed(&d->canary, ctx, &first);

	if (changed < 0)
		return changed;
	ctx_evidence(ctx, "canary", "host address %#llx: %d bytes changed%s",
		     (unsigned long long)d->canary.address, changed,
		     d->got_out ? ", and what is in it was sent" : "");
	if (changed > 0)
		return ctx_fail(ctx, "iso_dma_escaped", CANARY_EXPECTED,
				"%s: %d bytes of the host's memory at %#llx have changed",
				d->stray.dev->what, changed,
				(unsigned long long)d->canary.address + first);
	if (d->got_out)
		return ctx_fail(ctx, "iso_dma_escaped", CANARY_EXPECTED,
				"%s has read the host's memory at %#llx and sent what is there",
				d->stray.dev->what, (unsigned long long)d->canary.address);
	switch (blame) {
	case STRAY_BLAME_RIGHT:
		return 0;
	case STRAY_BLAME_WRONG:
		return ctx_fail(ctx, "iso_fault_foreign", CANARY_EXPECTED, "%s %s: %s",
				d->stray.dev->what, what, line);
	case STRAY_BLAME_HIDDEN:
		return ctx_warn(ctx, "iso_fault_hidden", CANARY_EXPECTED,
				"%s %s: the kernel has held its messages back", d->stray.dev->what,
				what);
	case STRAY_BLAME_NONE:
		break;
	}
	return ctx_fail(ctx, "iso_fault_missing", CANARY_EXPECTED,
			"%s %s: nothing came of it, and the kernel says nothing",
			d->stray.dev->what, what);
}

static int dma_write_outside(struct dma *d)
{
	struct agent_stray_send req = { .write_head = 1, .head_to = d->canary.address };
	struct stray_outcome out;
	int ret;

	/* The head of the queue can be made to go anywhere, with no help from a sender. */
	stray_frame(&d->stray, d->outside + 2, req.frame);
	ret = stray_send_wrong(&d->stray, &req, d->canary.address, false, &out);
	return ret < 0 ? ret
		       : dma_judge(d, "was told to write to the host's memory", out.blame,
				   out.line);
}

static int dma_read_outside(struct dma *d)
{
	struct agent_stray_send req = { .buffer = d->canary.address };
	struct stray_outcome out;
	int ret = stray_send_wrong(&d->stray, &req, d->canary.address, false, &out);

	if (ret < 0)
		return ret;
	d->got_out = stray_arrived(&d->stray, d->outside, SILENCE_MS);
	return dma_judge(d, "was told to send the host's memory", out.blame, out.line);
}

/* The canary begins with a frame for the PF: were it read, the PF would get it. */
static int dma_run(struct pair *p, int (*inside)(struct stray *s), int (*outside)(struct dma *d),
		   const char *what)
{
	struct dma d = { .outside = traffic_new_session() };
	uint8_t frame[AGENT_STRAY_FRAME] = { 0 };
	int ret = stray_begin(&d.stray, p);

	if (ret == 0) {
		stray_frame(&d.stray, d.outside, frame);
		ret = canary_open(&d.canary, &p->first, frame, FRAME_MIN_SIZE);
	}
	if (ret == 0)
		ret = inside(&d.stray);
	if (ret == 0)
		ret = outside(&d);
	ret = stray_end(&d.stray, ret);
	canary_close(&d.canary);
	if (ret != 0 || stray_is_judged(p->rig.ctx))
		return ret;
	return ctx_pass(p->rig.ctx, CANARY_EXPECTED,
			"%s: blocked, with the routing ID of %s; the page is unchanged. After a "
			"reset it works, and so does the guest's other VF",
			what, d.stray.dev->what);
}

static int dma_check_writes(struct stray *s)
{
	uint32_t head;

	return stray_check_writes(s, 0, &head);
}

int iso_dma_write(struct pair *p)
{
	return dma_run(p, dma_check_writes, dma_write_outside, "a write");
}

int iso_dma_read(struct pair *p)
{
	return dma_run(p, stray_check_sends, dma_read_outside, "a read");
}
