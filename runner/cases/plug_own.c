/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hot plug in guests that are made for it: one on huge pages, and one that does not answer. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/held.h"
#include "cases/plug.h"
#include "sys/hugepages.h"

#define REFUSE_MS 10000 /* no DEVICE_DELETED within that is none */
#define REFUSE_QUIT_MS 10000

/* ---- huge pages ---- */

/* With its only device gone nothing is mapped, so that the next one has to have all of it mapped.
 */
static int plug_check_locked(struct held *h, bool all)
{
	struct ctx *ctx = h->rig.ctx;
	uint64_t kb;
	int ret = hugepages_locked_kb(ctx->root, vm_pid(h->guest.vm), &kb);

	if (ret < 0)
		return ctx_error(ctx, ret, "what QEMU has locked cannot be read: %s",
				 strerror(-ret));
	ctx_evidence(ctx, "dma.locked", "%u MiB of the guest's %u MiB with %s device",
		     (unsigned int)(kb / 1024), h->guest.memory_mb, all ? "a" : "no");
	/* A guest has holes, in which firmware and devices are. */
	if (all ? kb / 1024 >= h->guest.memory_mb * 9 / 10 : kb / 1024 <= h->guest.memory_mb / 10)
		return 0;
	return ctx_error(ctx, -EIO, "%u MiB are locked with %s device", (unsigned int)(kb / 1024),
			 all ? "a" : "no");
}

static int plug_memory(struct held *h)
{
	struct ctx *ctx = h->rig.ctx;
	struct guest *g = &h->guest;
	unsigned int index;
	int ret;

	if (!h->huge_known)
		return ctx_not_applicable(ctx, "this kernel, or processor, has no pages of 2 MiB");
	if (!h->huge)
		return ctx_skip(ctx, "no guest on pages of 2 MiB: %s", h->no_huge);
	ret = guest_unplug(g, 0, VM_MONITOR_QMP);
	if (ret == 0)
		ret = plug_check_locked(h, false);
	if (ret == 0)
		ret = plug_round(g, &h->rig.vfs[1], VM_MONITOR_QMP, &h->pf);
	if (ret == 0)
		ret = guest_dev_check_on_host(ctx, &h->rig.vfs[1]);
	if (ret == 0)
		ret = guest_plug(g, &h->rig.vfs[0], VM_MONITOR_HMP, &index);
	if (ret == 0)
		ret = guest_check_nic(g, index);
	if (ret == 0)
		ret = plug_check_locked(h, true);
	if (ret == 0)
		ret = guest_check_traffic(g, index, 1, &h->pf);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "VFs come and go in a guest that is on huge pages",
			"with its VF removed nothing is mapped; another one added, used, removed, "
			"well on the host; the first one again: %u MiB are mapped, it works",
			g->memory_mb);
}

static int run_plug_memory(struct ctx *ctx)
{
	return held_run(ctx, plug_memory);
}

/* ---- a guest that does not answer ---- */

struct refuse {
	struct rig rig;
	struct station pf;
	struct guest guest;
};

static void refuse_close(struct refuse *r)
{
	if (r->guest.ctx)
		guest_cleanup(&r->guest);
	station_close(&r->pf);
}

static int refuse_open(struct refuse *r, struct ctx *ctx)
{
	const struct vm_config like = { .words = GUEST_KEEPS_DEVICES };
	struct rig_dev *dev = &r->rig.vfs[0];
	int ret = rig_open_vfs(&r->rig, ctx, ctx->pf, 1);

	if (ret == 0)
		ret = guest_boot_like(&r->guest, ctx, "", &dev, 1, 0, &like);
	if (ret == 0)
		ret = station_open(&r->pf, ctx, r->rig.ifname, "PF");
	if (ret == 0)
		ret = rig_wait_link(&r->rig);
	if (ret == 0)
		ret = guest_check_nics(&r->guest);
	return ret < 0 ? ret : guest_check_traffic(&r->guest, 0, 1, &r->pf);
}

/* QEMU takes the command, and says that the device is still there. */
static int refuse_ask(struct refuse *r)
{
	struct guest *g = &r->guest;
	struct ctx *ctx = g->ctx;
	char place[PCI_ADDR_STRLEN];
	struct pci_addr addr;
	int ret = guest_ask_unplug(g, 0, VM_MONITOR_QMP);

	if (ret < 0)
		return ret;
	ret = vm_wait_deleted(g->vm, g->nics[0].id, ctx_ms(ctx, REFUSE_MS));
	if (ret == 0)
		return ctx_error(ctx, -EINVAL, "the guest lets go although it was told not to");
	if (ret != -ETIMEDOUT)
		return guest_lost(g, ret, "a device is removed");
	ret = vm_guest_addr(g->vm, g->nics[0].id, &addr);
	if (ret == -ENODEV) {
		ctx_fail(ctx, "plug_torn_out", "a device that its guest does not let go stays",
			 "no DEVICE_DELETED within %u s, and %s is gone", REFUSE_MS / 1000,
			 g->nics[0].id);
		return ret;
	}
	if (ret < 0)
		return guest_lost(g, ret, "its devices are listed");
	ctx_evidence(ctx, "plug.refused", "%s: no DEVICE_DELETED within %u s, still listed at %s",
		     g->nics[0].what, REFUSE_MS / 1000, pci_addr_format(&addr, place));
	ret = guest_alive(g);
	return ret < 0 ? ret : guest_check_traffic(g, 0, 1, &r->pf);
}

/* What helps against such a guest is its end. */
static int refuse_force(struct refuse *r)
{
	struct guest *g = &r->guest;
	struct ctx *ctx = g->ctx;
	const uint64_t start = util_now_ms();
	int ret = guest_check_klog(g);

	if (ret < 0)
		return ret;
	/* The answer may be lost with QEMU's end. */
	(void)!vm_qmp(g->vm, "quit", NULL, NULL, ctx_ms(ctx, REFUSE_QUIT_MS));
	vm_stop(util_take_ptr(g->vm));
	guest_release(g);
	ret = guest_wait_released(ctx, &r->rig.vfs[0]);
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "plug.forced", "QEMU ended, nobody has the VF open after %u ms",
		     (unsigned int)(util_now_ms() - start));
	return rig_check_dev(ctx, &r->rig.vfs[0]);
}

static int run_plug_refuse(struct ctx *ctx)
{
	_cleanup_(refuse_close) struct refuse r = { 0 };
	int ret = refuse_open(&r, ctx);

	if (ret == 0)
		ret = refuse_ask(&r);
	if (ret == 0)
		ret = refuse_force(&r);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a guest that does not let go keeps its VF until its QEMU ends",
			"device_del: no DEVICE_DELETED, still listed, traffic goes on; QEMU ended: "
			"the VF is free, and well on the host");
}

const struct case_def plug_own_cases[] = {
	{ .id = "plug_memory",
	  .set = SET_FULL,
	  .title = "VFs are added to and removed from a guest on huge pages",
	  .subject = SUBJECT_PF,
	  .needs = { HELD_NEEDS },
	  .timeout_s = HELD_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_plug_memory,
	  .fixture = &fixture_held },
	{ .id = "plug_refuse",
	  .set = SET_FULL,
	  .title = "A VF that its guest does not let go stays until QEMU ends",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_refuse },
	{ .id = NULL },
};
