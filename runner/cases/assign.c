/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assignment of VFs to nested guests. */
#include "core/case.h"

#include <string.h>

#include "cases/guest.h"

#define ASSIGN_TIMEOUT_S 240

static int assign_use(struct guest *g, struct station *from)
{
	int ret = guest_check_nics(g);

	/* Each alone, then all at the same time. */
	for (unsigned int i = 0; ret == 0 && i < g->n_nics; i++)
		ret = guest_check_traffic(g, i, 1, from);
	if (ret == 0 && g->n_nics > 1)
		ret = guest_check_traffic(g, 0, g->n_nics, from);
	if (ret == 0)
		ret = guest_check_klog(g);
	return ret < 0 ? ret : guest_end(g);
}

/* One guest with @n VFs of the PF, from their making to their release. */
static int assign_vfs(struct ctx *ctx, unsigned int n)
{
	_cleanup_(guest_cleanup) struct guest g = { 0 };
	_cleanup_(station_close) struct station pf = { 0 };
	struct rig_dev *devs[VM_MAX_DEVICES];
	struct rig rig;
	int ret = rig_open(&rig, ctx, ctx->pf);

	if (ret == 0)
		ret = rig_create_vfs(&rig, n);
	for (unsigned int i = 0; ret == 0 && i < n; i++) {
		devs[i] = &rig.vfs[i];
		ret = rig_bind_vfio(ctx, devs[i]);
	}
	if (ret == 0)
		ret = guest_boot(&g, ctx, "", devs, n, 0);
	if (ret == 0)
		ret = station_open(&pf, ctx, rig.ifname, "PF");
	if (ret == 0)
		ret = rig_wait_link(&rig);
	if (ret == 0)
		ret = assign_use(&g, &pf);
	for (unsigned int i = 0; ret == 0 && i < n; i++)
		ret = rig_check_dev(ctx, devs[i]);
	if (ret < 0)
		return rig_result(ctx, ret);
	return ctx_pass(ctx, "the guest uses every VF assigned to it, and gives it back whole",
			"%u VF%s: driver, MAC, link, traffic both ways, kernel log, return", n,
			n > 1 ? "s" : "");
}

static int run_assign_vf(struct ctx *ctx)
{
	return assign_vfs(ctx, 1);
}

static int run_assign_vf_multi(struct ctx *ctx)
{
	return assign_vfs(ctx, 2);
}

const struct case_def assign_cases[] = {
	{ .id = "assign_vf",
	  .title = "A VF works in a guest and is well afterwards",
	  .subject = SUBJECT_PF,
	  .requires = { &req_iommu_on, &req_irq_remap, &req_kvm, &req_pf_driver, &req_vfs },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .run = run_assign_vf },
	{ .id = "assign_vf_multi",
	  .title = "Two VFs work in one guest at the same time",
	  .subject = SUBJECT_PF,
	  .requires = { &req_iommu_on, &req_irq_remap, &req_kvm, &req_pf_driver, &req_two_vfs },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .run = run_assign_vf_multi },
	{ .id = NULL },
};
