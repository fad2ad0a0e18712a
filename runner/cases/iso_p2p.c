/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF in a guest writes to the registers of a VF that is not in this guest. Between VFs of one
 * guest that is allowed: QEMU maps the BARs of a guest's devices for each other.
 */
#include "cases/iso.h"

#include <errno.h>
#include <string.h>

#include "cases/stray.h"
#include "sys/bar.h"
#include "sys/pci.h"
#include "vm/vm_ranges.h"
#include "wire/traffic.h"

#define P2P_EXPECTED "it is blocked, and the IOMMU tells that this VF has tried it"

/* A word of BAR 0 in which nothing happens: the first of the mailbox's buffer (igbvf's VMBMEM,
 * ixgbevf's VFMBMEM). */
static const struct {
	const char *driver;
	unsigned int at;
} buffers[] = { { "igbvf", 0x800 }, { "ixgbevf", 0x200 } };

struct p2p {
	struct stray stray;
	const struct rig_dev *neighbour;
	unsigned int at; /* in its BAR 0 */
	uint64_t target;
	uint32_t before;
};

static bool find_buffer(const char *driver, unsigned int *at)
{
	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++)
		if (strcmp(buffers[i].driver, driver) == 0) {
			*at = buffers[i].at;
			return true;
		}
	return false;
}

/* The spare VF, whose BAR must be nowhere in the guest: else the write would go to the guest's own.
 */
static int p2p_choose(struct p2p *t)
{
	struct stray *s = &t->stray;
	struct ctx *ctx = s->ctx;
	_cleanup_free_ struct vm_ranges *r = malloc(sizeof(*r));
	struct pci_resource res = { 0 };
	int ret = r ? vm_read_ranges(s->g->vm, s->g->memory_mb, r) : -ENOMEM;

	if (!find_buffer(s->taken.driver, &t->at)) {
		ctx_not_applicable(ctx,
				   "no register of a VF that %s drives is known in which "
				   "nothing happens",
				   s->taken.driver);
		return 1;
	}
	t->neighbour = &s->p->rig.vfs[2];
	if (ret == 0)
		ret = pci_read_resources(ctx->root, &t->neighbour->addr, &res, 1);
	if (ret < 0 || res.end <= res.start)
		return ctx_error(ctx, ret < 0 ? ret : -ENXIO, "where %s has its registers: %s",
				 t->neighbour->what, strerror(ret < 0 ? -ret : ENXIO));
	t->target = res.start + t->at;
	if (vm_is_reachable(r, t->target))
		return ctx_error(ctx, -EADDRINUSE,
				 "the registers of %s are at %#llx, where the guest has something "
				 "of its own",
				 t->neighbour->what, (unsigned long long)t->target);
	ret = bar_read(ctx->root, &t->neighbour->addr, t->at, &t->before);
	return ret < 0 ? ctx_error(ctx, ret, "registers of %s cannot be read: %s",
				   t->neighbour->what, strerror(-ret))
		       : 0;
}

static int p2p_judge(struct p2p *t, enum stray_blame blame, const char *line, uint32_t wrote)
{
	struct ctx *ctx = t->stray.ctx;
	uint32_t now = 0;
	int ret = bar_read(ctx->root, &t->neighbour->addr, t->at, &now);

	if (ret < 0)
		return ctx_error(ctx, ret, "registers of %s cannot be read: %s", t->neighbour->what,
				 strerror(-ret));
	ctx_evidence(ctx, "neighbour",
		     "%s, register %#x at host address %#llx: %#x before, %#x after a write of %#x",
		     t->neighbour->what, t->at, (unsigned long long)t->target, t->before, now,
		     wrote);
	if (now != t->before)
		return ctx_fail(ctx, "iso_p2p_delivered", P2P_EXPECTED,
				"%s wrote to a register of %s, which is not in its guest: it was "
				"%#x and is %#x",
				t->stray.dev->what, t->neighbour->what, t->before, now);
	switch (blame) {
	case STRAY_BLAME_RIGHT:
		return 0;
	case STRAY_BLAME_WRONG:
		return ctx_fail(ctx, "iso_fault_foreign", P2P_EXPECTED, "%s: %s",
				t->stray.dev->what, line);
	case STRAY_BLAME_HIDDEN:
		return ctx_warn(ctx, "iso_fault_hidden", P2P_EXPECTED,
				"%s: the kernel has held its messages back", t->stray.dev->what);
	case STRAY_BLAME_NONE:
		break;
	}
	return ctx_fail(ctx, "iso_fault_missing", P2P_EXPECTED,
			"%s was told to write to a register of %s: nothing came of it, and the "
			"kernel says nothing",
			t->stray.dev->what, t->neighbour->what);
}

static int p2p_write(struct p2p *t)
{
	struct agent_stray_send req = { .write_head = 1, .head_to = t->target };
	struct stray_outcome out;
	int ret;

	stray_frame(&t->stray, traffic_new_session(), req.frame);
	ret = stray_send_wrong(&t->stray, &req, t->target, false, &out);
	return ret < 0 ? ret : p2p_judge(t, out.blame, out.line, out.sent.descriptors);
}

int iso_p2p(struct pair *p)
{
	struct p2p t = { 0 };
	uint32_t head;
	int ret = stray_begin(&t.stray, p);

	if (ret == 0)
		ret = p2p_choose(&t);
	if (ret == 0)
		ret = stray_check_writes(&t.stray, 0, &head);
	if (ret == 0)
		ret = p2p_write(&t);
	ret = stray_end(&t.stray, ret);
	if (ret != 0 || stray_is_judged(p->rig.ctx))
		return ret;
	return ctx_pass(p->rig.ctx, P2P_EXPECTED,
			"a write to %s: blocked, with the routing ID of %s; the register is "
			"unchanged",
			t.neighbour->what, t.stray.dev->what);
}
