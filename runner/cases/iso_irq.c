/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF in a guest writes a message for an interrupt that is not its own. Intel's form of such an
 * address is in the VT-d specification, 5.1.2.2: 0xFEE, the index of an entry of the table of
 * interrupt remapping (15 bits from bit 5 on, and the 16th in bit 2), and bit 4 for this form.
 */
#include "cases/iso.h"

#include <errno.h>
#include <string.h>

#include "cases/stray.h"
#include "sys/inventory.h"
#include "wire/traffic.h"

#define IRQ_WINDOW 0xfee00000ull
#define IRQ_REMAPPED (1u << 4)
#define IRQ_EXPECTED "the interrupt is blocked, and the IOMMU tells that this VF has tried it"
/* The last entry of the largest table: Linux gives entries out from the first one on. */
#define IRQ_UNUSED 0xffffu

static uint64_t irq_address(unsigned int index)
{
	return IRQ_WINDOW | (index & 0x7fff) << 5 | IRQ_REMAPPED | (index >> 15) << 2;
}

static int irq_judge(struct stray *s, enum stray_blame blame, const char *line)
{
	switch (blame) {
	case STRAY_BLAME_RIGHT:
		return 0;
	case STRAY_BLAME_WRONG:
		return ctx_fail(s->ctx, "iso_fault_foreign", IRQ_EXPECTED,
				"an interrupt of %s that is not its own: %s", s->dev->what, line);
	case STRAY_BLAME_HIDDEN:
		return ctx_warn(s->ctx, "iso_fault_hidden", IRQ_EXPECTED,
				"an interrupt of %s that is not its own: the kernel has held its "
				"messages back",
				s->dev->what);
	case STRAY_BLAME_NONE:
		break;
	}
	return ctx_fail(s->ctx, "iso_irq_silent", IRQ_EXPECTED,
			"an interrupt of %s that is not its own: the kernel says nothing",
			s->dev->what);
}

static int irq_send(struct stray *s)
{
	struct agent_stray_send req = { .write_head = 1, .head_to = irq_address(IRQ_UNUSED) };
	struct stray_outcome out;
	int ret;

	stray_frame(s, traffic_new_session(), req.frame);
	ret = stray_send_wrong(s, &req, IRQ_UNUSED, true, &out);
	return ret < 0 ? ret : irq_judge(s, out.blame, out.line);
}

int iso_irq(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct stray s;
	int ret;

	if (ctx->inv->iommu.irqs_unread)
		return ctx_error(ctx, -EIO, "/proc/interrupts could not be read");
	if (!ctx->inv->iommu.irq_remap)
		return ctx_fail(ctx, "iso_irq_unchecked", IRQ_EXPECTED,
				"interrupt remapping is not in force, and "
				"vfproof.unsafe_interrupts=allow goes on without it: whatever a VF "
				"writes there is an interrupt of the host's");
	if (ctx->inv->iommu.kind != IOMMU_INTEL)
		return ctx_not_applicable(ctx, "the recipe names an entry of the one table that "
					       "Intel's IOMMU has; AMD's has a table for each "
					       "device, and no way to name another's entry");
	if (strcmp(p->first.nics[1].netdev.driver, "virtio-pci") == 0)
		return ctx_not_applicable(ctx, "a virtio device writes nothing that would be an "
					       "interrupt: one aligned word of 32 bits");
	ret = stray_begin(&s, p);
	if (ret == 0)
		ret = stray_check_writes(&s);
	if (ret == 0)
		ret = irq_send(&s);
	ret = stray_end(&s, ret);
	if (ret != 0 || stray_is_judged(ctx))
		return ret;
	return ctx_pass(ctx, IRQ_EXPECTED,
			"entry %#x, which nobody has: blocked, with the routing ID of %s",
			IRQ_UNUSED, s.dev->what);
}
