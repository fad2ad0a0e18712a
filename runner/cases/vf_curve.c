/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long VFs take to make, to use and to remove, by their number: figures. The kernel itself
 * sleeps 100 ms for making VFs and a second for removing them (drivers/pci/iov.c).
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/rig.h"
#include "cases/vf_flr.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/netdev.h"

#define CURVE_BIND 8u /* as many get their driver */
#define CURVE_LINK_MS 30000u

static const char curve_expected[] = "VFs are made, bound, linked and removed, however many";

/* "4 VFs", or "8 of 63 VFs" where not all are meant. */
static const char *of(unsigned int n, unsigned int all, char *buf, size_t size)
{
	if (n == all)
		util_format(buf, size, "%u VF%s", n, n == 1 ? "" : "s");
	else
		util_format(buf, size, "%u of %u VFs", n, all);
	return buf;
}

static unsigned int since(uint64_t begin)
{
	return (unsigned int)(util_now_ms() - begin);
}

/* The write, and until all are there. Slow is no fault: whoever runs the host decides. */
static int curve_make(struct rig *rig, unsigned int n)
{
	struct ctx *ctx = rig->ctx;
	struct sriov_state st;
	char what[32];
	int ret = vfs_make(ctx, rig->pf, n, &st);

	if (ret < 0)
		return ret;
	of(n, n, what, sizeof(what));
	ctx_evidence(ctx, "vf.write", "%s: %u ms", what, st.write_ms);
	ctx_evidence(ctx, "vf.on_bus", "%s: %u ms", what, st.wait_ms);
	for (rig->n_vfs = 0; rig->n_vfs < n; rig->n_vfs++)
		rig_init_vf(&rig->vfs[rig->n_vfs], rig->pf, rig->n_vfs, &st.vfs[rig->n_vfs]);
	return 0;
}

/* Their own driver and a netdev for the first @n, one after the other. */
static int curve_bind(struct rig *rig, unsigned int n, char names[][IFNAMSIZ])
{
	struct ctx *ctx = rig->ctx;
	char what[32];
	uint64_t begin = util_now_ms();

	for (unsigned int i = 0; i < n; i++) {
		int ret = rig_bind_host(ctx, &rig->vfs[i], names[i]);

		if (ret < 0)
			return ret;
		if (!names[i][0]) {
			ctx_skip(ctx, "this kernel has no driver for %s", rig->vfs[i].what);
			return -ENODEV;
		}
	}
	ctx_evidence(ctx, "vf.bound", "%s: %u ms", of(n, rig->n_vfs, what, sizeof(what)),
		     since(begin));
	return 0;
}

static int curve_link(struct rig *rig, unsigned int n, char names[][IFNAMSIZ])
{
	struct ctx *ctx = rig->ctx;
	char what[32];
	uint64_t begin = util_now_ms();
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < n; i++)
		ret = link_set_up(names[i], true);
	for (i = 0; ret == 0 && i < n; i++)
		ret = link_await_carrier(names[i], ctx_ms(ctx, CURVE_LINK_MS));
	if (ret < 0) {
		ctx_fail(ctx, "vf_no_link", curve_expected, "VF %u of %u, %s: %s", i - 1,
			 rig->n_vfs, names[i - 1], strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "vf.linked", "%s: %u ms", of(n, rig->n_vfs, what, sizeof(what)),
		     since(begin));
	return 0;
}

static int curve_remove(struct rig *rig, unsigned int n)
{
	struct ctx *ctx = rig->ctx;
	struct sriov_state st;
	char what[32];
	int ret =
		sriov_set_numvfs(ctx->root, &rig->pf->addr, 0, vfs_write_ms(ctx, rig->pf, 0), &st);

	if (vfs_was_not_tried(ctx, ret))
		return ret;
	if (ret < 0) {
		ctx_fail(ctx, "vf_destroy_failed", "no VF is left", "%u VFs: %s", n,
			 strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "vf.removed", "%s: %u ms", of(n, n, what, sizeof(what)), st.write_ms);
	return 0;
}

static int curve_point(struct rig *rig, unsigned int n, bool linked)
{
	struct ctx *ctx = rig->ctx;
	unsigned int bind = n < CURVE_BIND ? n : CURVE_BIND;
	char names[CURVE_BIND][IFNAMSIZ] = { "" };
	struct vf_flr_times times = { 0 };
	char what[32];
	int ret = curve_make(rig, n);

	if (ret == 0)
		ret = vf_flr_kernel(ctx, &rig->vfs[n - 1], &times);
	vf_flr_tell(ctx, of(n, n, what, sizeof(what)), &times);
	if (ret == 0)
		ret = curve_bind(rig, bind, names);
	if (ret == 0 && linked)
		ret = curve_link(rig, bind, names);
	return ret < 0 ? ret : curve_remove(rig, n);
}

static int run_curve(struct ctx *ctx)
{
	struct sriov_state st;
	unsigned int n, max, points = 0;
	struct rig rig;
	int linked = -ENOLINK, ret = rig_open(&rig, ctx, ctx->pf);

	if (ret == 0)
		ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);
	if (ret == 0)
		linked = rig_try_link(&rig);
	if (ret < 0 || (linked < 0 && linked != -ENOLINK))
		return ret < 0 ? ret : linked;
	max = vfs_max(&st);
	for (n = 1; ret == 0 && n <= max; n = n < max && n * 2 > max ? max : n * 2, points++)
		ret = curve_point(&rig, n, linked == 0);
	if (ret < 0)
		return ret;
	if (linked < 0)
		return port_link_leave_out(ctx, ctx->pf, "how long the links of VFs take");
	return ctx_pass(ctx, curve_expected, "%u numbers of VFs from 1 to %u", points, max);
}

const struct case_def vf_curve_cases[] = {
	{ .id = "vf_curve",
	  .set = SET_FULL,
	  .title = "How long VFs take to make, bind, link and remove, by number",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 400,
	  .run = run_curve },
	{ .id = NULL },
};
