/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Function level resets of VFs that nobody has: each one, the same one again and again, several at
 * the same time. A VF has to have FLR and to complete it within 100 ms (PCI Express Base
 * Specification, 6.6.2 and SR-IOV); it is what takes one guest's state out of it before the next.
 */
#include "cases/vf_flr.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "cases/areas.h"
#include "cases/common.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/vf_bare.h"
#include "sys/inventory.h"
#include "sys/pci_reset.h"
#include "sys/vfio_device.h"

#define FLR_MS 1100u /* the 100 ms, and the second for which the kernel waits in silence */
#define KERNEL_MS 65000u /* the kernel gives up after 60 s */
#define ROUNDS 3u
#define PARALLEL_VFS 4u

static const char flr_expected[] = "the VF completes a function level reset in time";

int vf_flr_kernel(struct ctx *ctx, const struct rig_dev *vf, struct vf_flr_times *t)
{
	unsigned int limit = ctx_ms(ctx, FLR_MS);
	uint64_t us;
	int ret = pci_flr(ctx->root, &vf->addr, ctx_ms(ctx, KERNEL_MS), &us);

	if (ret == -EOPNOTSUPP) {
		ctx_fail(ctx, "reset_missing", flr_expected,
			 "%s: the kernel knows no function level reset for it", vf->what);
		return ret;
	}
	if (ret < 0) {
		ctx_fail(ctx, "reset_failed", flr_expected, "%s: %s after %u ms", vf->what,
			 strerror(-ret), (unsigned int)(us / 1000));
		return ret;
	}
	t->n++;
	t->sum_us += us;
	t->max_us = us > t->max_us ? us : t->max_us;
	if (us / 1000 <= limit)
		return 0;
	ctx_fail(ctx, "vf_flr_slow", flr_expected, "%s: %u ms, of which the kernel waits 100",
		 vf->what, (unsigned int)(us / 1000));
	return CASE_OVER;
}

void vf_flr_tell(struct ctx *ctx, const char *what, const struct vf_flr_times *t)
{
	if (t->n > 0)
		ctx_evidence(ctx, "vf.flr", "%s: mean %.1f ms, at most %.1f ms, %u sample%s", what,
			     (double)t->sum_us / t->n / 1e3, (double)t->max_us / 1e3, t->n,
			     t->n == 1 ? "" : "s");
}

/* What an FLR does to the VF is seen in the one bit that every function has. */
static int flr_by_hand(struct ctx *ctx, const struct rig_dev *vf, unsigned int *seen)
{
	struct pci_flr_effect e;
	int ret = pci_flr_by_hand(ctx->root, &vf->addr, ctx_ms(ctx, FLR_MS - PCI_FLR_MS), &e);

	if (ret == -EPERM) {
		ctx_evidence(ctx, "flr.effect",
			     "not looked at: this kernel lets nobody write "
			     "configuration space (lockdown)");
		return 0;
	}
	if (ret == -EOPNOTSUPP) {
		ctx_fail(ctx, "reset_missing", "each VF has function level reset",
			 "%s has none in its PCI Express capability", vf->what);
		return ret;
	}
	if (ret == -EBUSY) {
		ctx_fail(ctx, "reset_failed", flr_expected,
			 "%s, which nobody uses, has requests that do not come to an end",
			 vf->what);
		return ret;
	}
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be reset by hand: %s", vf->what,
				 strerror(-ret));
	if (!e.answers) {
		ctx_fail(ctx, "reset_failed", flr_expected,
			 "%s does not answer %u ms after the order", vf->what, e.ms);
		return CASE_OVER;
	}
	if (e.marked && !e.cleared) {
		ctx_fail(ctx, "vf_flr_no_effect", "a function level reset clears what was set",
			 "Bus Master Enable of %s is still set after it", vf->what);
		return CASE_OVER;
	}
	*seen += e.marked;
	return 0;
}

static int run_flr(struct ctx *ctx)
{
	struct vf_bare *b = ctx->fixture;
	struct vf_flr_times times = { 0 };
	unsigned int i, seen = 0, n = b->rig.n_vfs;
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++) {
		ret = flr_by_hand(ctx, &b->rig.vfs[i], &seen);
		if (ret == 0)
			ret = vf_flr_kernel(ctx, &b->rig.vfs[i], &times);
	}
	vf_flr_tell(ctx, "each VF once", &times);
	if (ret == 0)
		ret = vf_bare_check_all(b, n < VF_BARE_MAX ? n : VF_BARE_MAX, "after its FLR");
	if (ret < 0)
		return ret;
	return ctx_pass(
		ctx, "each VF completes a function level reset in time, and works after it",
		"%u of %d VFs, effect seen in %u; driver, link and traffic of %u afterwards", n,
		ctx->pf->sysfs_total_vfs, seen, n < VF_BARE_MAX ? n : VF_BARE_MAX);
}

/* Opened, reset and closed, as when a guest ends and the next one begins: three resets. */
static int flr_by_vfio(struct ctx *ctx, const struct rig_dev *vf, unsigned int resets)
{
	_cleanup_(vfio_device_close) struct vfio_device dev = VFIO_DEVICE_CLOSED;
	int ret = vfio_device_open(ctx->root, &vf->addr, NULL, &dev);

	for (; ret == 0 && resets > 0; resets--)
		ret = vfio_device_reset(&dev);
	if (ret == 0)
		return 0;
	ctx_fail(ctx, "reset_failed", flr_expected, "%s, through VFIO: %s", vf->what,
		 strerror(-ret));
	return ret;
}

static int run_flr_twice(struct ctx *ctx)
{
	struct vf_bare *b = ctx->fixture;
	struct rig_dev *vf = &b->rig.vfs[0];
	struct vf_flr_times times = { 0 };
	struct station s = { 0 };
	unsigned int round, seen = 0;
	int ret = 0, err;

	for (round = 0; ret == 0 && round < 2; round++)
		ret = flr_by_hand(ctx, vf, &seen);
	for (round = 0; ret == 0 && round < 2; round++)
		ret = vf_flr_kernel(ctx, vf, &times);
	if (ret == 0)
		ret = rig_bind_vfio(ctx, vf);
	for (round = 0; ret == 0 && round < 2; round++)
		ret = flr_by_vfio(ctx, vf, 2);
	vf_flr_tell(ctx, "twice in a row", &times);
	if (ret == 0)
		ret = vf_bare_start(b, vf, &s);
	if (ret == 0)
		ret = vf_bare_check(b, &s, "after an FLR upon the other");
	err = s.ctx ? vf_bare_stop(b, vf, &s) : 0;
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(
		ctx, "a VF that is reset again and again works",
		"%s: twice by hand, twice by the kernel, twice opened, reset twice and closed "
		"through VFIO; driver, link and traffic afterwards",
		vf->what);
}

/* One VF's resets, in a process of its own. */
struct flr_child {
	const struct vfio_device *dev;
	struct child child;
};

static int reset_rounds(void *arg)
{
	const struct flr_child *c = arg;
	int ret = 0;

	for (unsigned int round = 0; ret == 0 && round < ROUNDS; round++)
		ret = vfio_device_reset(c->dev);
	return ret;
}

/* All at the same time: the lock of the port above, which sysfs takes, would line them up. */
static int reset_side_by_side(struct ctx *ctx, struct vf_bare *b, unsigned int n,
			      const struct vfio_device *devs, uint64_t *us)
{
	struct flr_child c[PARALLEL_VFS] = { 0 };
	uint64_t begin = util_now_us(), deadline = util_now_ms() + ctx_ms(ctx, KERNEL_MS);
	unsigned int i, started = 0;
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++) {
		c[i].dev = &devs[i];
		ret = child_start(&c[i].child, reset_rounds, &c[i]);
		started += ret == 0;
	}
	if (ret < 0)
		ctx_error(ctx, ret, "no process for a VF's resets: %s", strerror(-ret));
	for (i = 0; i < started; i++) {
		struct child_end end = child_wait(&c[i].child, deadline, NULL);

		if (end.state == CHILD_EXITED && end.value == 0)
			continue;
		ctx_fail(ctx, "reset_failed", "VFs can be reset at the same time",
			 "%s: %s while %u others are reset", vf_bare_pick(b, i, n)->what,
			 end.state == CHILD_EXITED ? "its reset fails" : "its reset does not end",
			 n - 1);
		ret = CASE_OVER;
	}
	*us = util_now_us() - begin;
	return ret;
}

static int flr_parallel(struct ctx *ctx, struct vf_bare *b, unsigned int n, uint64_t *us)
{
	struct vfio_device devs[PARALLEL_VFS];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n; i++)
		devs[i] = (struct vfio_device)VFIO_DEVICE_CLOSED;
	for (i = 0; ret == 0 && i < n; i++) {
		const struct rig_dev *vf = vf_bare_pick(b, i, n);

		ret = rig_bind_vfio(ctx, vf);
		if (ret < 0)
			break;
		ret = vfio_device_open(ctx->root, &vf->addr, NULL, &devs[i]);
		if (ret < 0)
			ctx_error(ctx, ret, "%s cannot be opened through VFIO: %s", vf->what,
				  strerror(-ret));
	}
	if (ret == 0)
		ret = reset_side_by_side(ctx, b, n, devs, us);
	for (i = 0; i < n; i++)
		vfio_device_close(&devs[i]);
	return ret;
}

static int run_flr_parallel(struct ctx *ctx)
{
	struct vf_bare *b = ctx->fixture;
	unsigned int n = b->rig.n_vfs < PARALLEL_VFS ? b->rig.n_vfs : PARALLEL_VFS;
	uint64_t us = 0;
	int ret = flr_parallel(ctx, b, n, &us);

	if (ret == 0 && us / 1000 > ctx_ms(ctx, ROUNDS * FLR_MS)) {
		ctx_fail(ctx, "vf_flr_slow", "resets at the same time do not wait for each other",
			 "%u resets each of %u VFs took %u ms", ROUNDS, n,
			 (unsigned int)(us / 1000));
		ret = CASE_OVER;
	}
	if (ret == 0)
		ret = vf_bare_check_all(b, n, "after FLRs of several VFs at the same time");
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "vf.flr_parallel", "%u VFs: %u resets each in %.1f ms", n, ROUNDS,
		     (double)us / 1e3);
	return ctx_pass(ctx, "VFs that are reset at the same time work",
			"%u VFs, %u resets each; driver, link and traffic afterwards", n, ROUNDS);
}

#define FLR_NEEDS &req_pf_driver, &req_vfs, &req_link

const struct case_def vf_flr_cases[] = {
	{ .id = "vf_flr",
	  .set = SET_FULL,
	  .title = "Each VF can be reset by itself (FLR), and works after it",
	  .subject = SUBJECT_PF,
	  .needs = { FLR_NEEDS },
	  .timeout_s = 240,
	  .fixture = &fixture_vf_bare,
	  .run = run_flr },
	{ .id = "vf_flr_twice",
	  .set = SET_FULL,
	  .title = "A VF that is reset again and again works",
	  .subject = SUBJECT_PF,
	  .needs = { &req_iommu_on, &req_irq_remap, FLR_NEEDS },
	  .timeout_s = 180,
	  .fixture = &fixture_vf_bare,
	  .run = run_flr_twice },
	{ .id = "vf_flr_parallel",
	  .set = SET_FULL,
	  .title = "Several VFs can be reset at the same time",
	  .subject = SUBJECT_PF,
	  .needs = { &req_iommu_on, &req_irq_remap, FLR_NEEDS, &req_two_vfs },
	  .timeout_s = 180,
	  .fixture = &fixture_vf_bare,
	  .run = run_flr_parallel },
	{ .id = NULL },
};
