/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF in a guest writes messages for interrupts that are not its own. Intel's forms of such an
 * address are in the VT-d specification, 5.1.2: 0xFEE, the index of an entry of the table of
 * interrupt remapping (15 bits from bit 5 on, and the 16th in bit 2), and bit 4 for this form;
 * without bit 4 it is the compatibility format, whose data has the vector.
 */
#include "cases/iso.h"

#include <errno.h>
#include <string.h>

#include "cases/stray.h"
#include "sys/inventory.h"
#include "sys/irq.h"
#include "sys/irq_entry.h"
#include "sys/kmsg_fault.h"
#include "wire/traffic.h"

#define IRQ_WINDOW 0xfee00000ull
#define IRQ_REMAPPED (1u << 4)
#define IRQ_EXPECTED "the interrupt is blocked, and the IOMMU tells that this VF has tried it"
/* The last entry of the largest table: Linux gives entries out from the first one on. */
#define IRQ_UNUSED 0xffffu
/*
 * The head of a queue that has taken so many descriptors, or the last one's number, is the vector
 * of a message in compatibility format. F0h does nothing but count (see irq_count_nested()); EFh is
 * given to nobody, and is acknowledged and told as spurious (arch/x86/include/asm/irq_vectors.h).
 */
#define IRQ_HARMLESS 0xf0u

/* A message that must not come through. */
struct irq_try {
	char what[96];
	uint64_t to; /* address */
	uint64_t index; /* that the fault names */
	unsigned int reason; /* that it must have for the try to show something; 0: any */
	unsigned int descriptors; /* 0: as few as it takes */
	const struct irq_entry
		*entry; /* whose interrupt it would be; NULL: none's, or IRQ_HARMLESS */
};

static uint64_t irq_address(unsigned int index)
{
	return IRQ_WINDOW | (index & 0x7fff) << 5 | IRQ_REMAPPED | (index >> 15) << 2;
}

/* How often the interrupt has come that this message would be; 0 if nobody counts it. */
static int irq_count(struct stray *s, const struct irq_try *t, uint64_t *count)
{
	struct irq_vector v[IRQ_MAX_VECTORS];
	int n;

	*count = 0;
	if (!t->entry) {
		n = irq_count_nested(s->ctx->root, count);
		return n == -ENOENT ? 0 : n;
	}
	n = irq_list(s->ctx->root, &t->entry->of, v, IRQ_MAX_VECTORS);
	for (int i = 0; i < n; i++)
		*count += irq_total(&v[i]);
	return n < 0 ? n : 0;
}

static int irq_judge(struct stray *s, const struct irq_try *t, const struct stray_outcome *out,
		     uint64_t came)
{
	const bool right = out->blame == STRAY_BLAME_RIGHT;

	/* Nobody else makes that of F0h; another function may have had something to say. */
	if (came > 0 && (!right || !t->entry))
		return ctx_fail(s->ctx, "iso_irq_delivered", IRQ_EXPECTED,
				"%s of %s: the interrupt has come %llu times meanwhile", t->what,
				s->dev->what, (unsigned long long)came);
	switch (out->blame) {
	case STRAY_BLAME_RIGHT:
		break;
	case STRAY_BLAME_WRONG:
		return ctx_fail(s->ctx, "iso_fault_foreign", IRQ_EXPECTED, "%s of %s: %s", t->what,
				s->dev->what, out->line);
	case STRAY_BLAME_HIDDEN:
		return ctx_warn(s->ctx, "iso_fault_hidden", IRQ_EXPECTED,
				"%s of %s: the kernel has held its messages back", t->what,
				s->dev->what);
	case STRAY_BLAME_NONE:
		return ctx_fail(s->ctx, "iso_irq_silent", IRQ_EXPECTED,
				"%s of %s: the kernel says nothing", t->what, s->dev->what);
	}
	if (t->reason && out->reason != t->reason)
		return ctx_error(s->ctx, -ENODATA,
				 "%s is blocked for another reason (%#x), so that "
				 "nothing is shown",
				 t->what, out->reason);
	return 0;
}

static int irq_send(struct stray *s, const struct irq_try *t)
{
	struct agent_stray_send req = { .write_head = 1,
					.head_to = t->to,
					.descriptors = (uint16_t)t->descriptors };
	struct stray_outcome out;
	uint64_t before, after;
	int ret = irq_count(s, t, &before);

	stray_frame(s, traffic_new_session(), req.frame);
	if (ret < 0)
		return ctx_error(s->ctx, ret, "interrupts cannot be counted: %s", strerror(-ret));
	ret = stray_send_wrong(s, &req, t->index, true, &out);
	if (ret == 0 && irq_count(s, t, &after) < 0)
		ret = ctx_error(s->ctx, -EIO, "interrupts cannot be counted");
	return ret < 0 ? ret : irq_judge(s, t, &out, after > before ? after - before : 0);
}

static int irq_send_unused(struct stray *s)
{
	struct irq_try t = { .to = irq_address(IRQ_UNUSED), .index = IRQ_UNUSED };

	util_format(t.what, sizeof(t.what), "an interrupt by entry %#x, which nobody has,",
		    IRQ_UNUSED);
	return irq_send(s, &t);
}

static int irq_send_foreign(struct stray *s, const struct irq_entry *entry)
{
	struct irq_try t = { .to = irq_address(entry->index),
			     .index = entry->index,
			     .reason = KMSG_FAULT_IRQ_SOURCE,
			     .entry = entry };
	char addr[PCI_ADDR_STRLEN];

	util_format(t.what, sizeof(t.what), "an interrupt by entry %#x, which is %s's,",
		    entry->index, pci_addr_format(&entry->of, addr));
	return irq_send(s, &t);
}

/* Its vector is the head: whether that will be harmless is seen inside the guest first. */
static int irq_send_plain(struct stray *s)
{
	struct irq_try t = { .what = "an interrupt in compatibility format",
			     .to = IRQ_WINDOW,
			     .index = KMSG_FAULT_NO_INDEX,
			     .reason = KMSG_FAULT_IRQ_FORMAT,
			     .descriptors = IRQ_HARMLESS };
	uint32_t head;
	int ret = stray_check_writes(s, IRQ_HARMLESS, &head);

	if (ret < 0)
		return ret;
	if (head != IRQ_HARMLESS && head != IRQ_HARMLESS - 1)
		return ctx_error(
			s->ctx, -ENODATA,
			"%s writes %#x as the head of %u descriptors: no vector that would "
			"be harmless",
			s->dev->what, head, IRQ_HARMLESS);
	return irq_send(s, &t);
}

static int irq_send_all(struct stray *s, const struct irq_entry *entry)
{
	uint32_t head;
	int ret = stray_check_writes(s, 0, &head);

	if (ret == 0)
		ret = irq_send_unused(s);
	if (ret == 0 && !stray_is_judged(s->ctx))
		ret = irq_send_foreign(s, entry);
	if (ret == 0 && !stray_is_judged(s->ctx))
		ret = irq_send_plain(s);
	return ret;
}

/* True if the case is over before the VF is touched; *@ret is what it has come to. */
static bool irq_is_nothing(struct pair *p, int *ret)
{
	struct ctx *ctx = p->rig.ctx;

	if (ctx->inv->iommu.irqs_unread)
		*ret = ctx_error(ctx, -EIO, "/proc/interrupts could not be read");
	else if (!ctx->inv->iommu.irq_remap)
		*ret = ctx_fail(ctx, "iso_irq_unchecked", IRQ_EXPECTED,
				"interrupt remapping is not in force, and "
				"vfproof.unsafe_interrupts=allow goes on without it: whatever a VF "
				"writes there is an interrupt of the host's");
	else if (ctx->inv->iommu.kind != IOMMU_INTEL)
		*ret = ctx_not_applicable(ctx, "the recipe names an entry of the one table that "
					       "Intel's IOMMU has; AMD's has a table for each "
					       "device, and no way to name another's entry");
	else if (strcmp(p->first.nics[1].netdev.driver, "virtio-pci") == 0)
		*ret = ctx_not_applicable(ctx, "a virtio device writes nothing that would be an "
					       "interrupt: one aligned word of 32 bits");
	else
		return false;
	return true;
}

int iso_irq(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct irq_entry entry;
	char addr[PCI_ADDR_STRLEN];
	struct stray s;
	int ret;

	if (irq_is_nothing(p, &ret))
		return ret;
	ret = irq_entry_find(ctx->root, &p->rig.pf->addr, &entry);
	if (ret < 0)
		return ctx_error(ctx, ret,
				 "no function of the host tells which entry of interrupt "
				 "remapping it uses, so that nothing is shown: %s",
				 strerror(-ret));
	ret = stray_begin(&s, p);
	if (ret == 0)
		ret = irq_send_all(&s, &entry);
	ret = stray_end(&s, ret);
	if (ret != 0 || stray_is_judged(ctx))
		return ret;
	return ctx_pass(ctx, IRQ_EXPECTED,
			"by entry %#x, which nobody has, by entry %#x of %s, and in compatibility "
			"format: blocked, with the routing ID of %s",
			IRQ_UNUSED, entry.index, pci_addr_format(&entry.of, addr), s.dev->what);
}
