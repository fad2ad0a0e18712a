/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Endurance: what users do with VFs all day, for hours. */
#include "cases/areas.h"
#include "cases/guest_plug.h"
#include "cases/soak_loop.h"
#include "cases/vfs.h"

#define SOAK_END_S 600 /* that the last round may take after its time */
#define SOAK_VFS 3u /* two of them in the guest from its start on */
#define SOAK_BOOT_VFS 2u

/* The third VF comes, works and goes. */
static int soak_plug(struct guest *g, const struct rig_dev *dev, struct station *pf)
{
	unsigned int index;
	int ret = guest_plug_and_use(g, dev, VM_MONITOR_QMP, pf, &index);

	return ret < 0 ? ret : guest_unplug(g, index, VM_MONITOR_QMP);
}

/* With the guest running. */
static int soak_use(struct guest *g, struct rig *rig, unsigned int n, struct station *pf)
{
	int ret = guest_check_nics(g);

	if (ret == 0)
		ret = guest_check_traffic(g, 0, n, pf);
	if (ret == 0 && rig->n_vfs > n)
		ret = soak_plug(g, &rig->vfs[n], pf);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, n, pf);
	if (ret == 0)
		ret = guest_check_klog(g);
	return ret < 0 ? ret : guest_end(g);
}

static int soak_round(struct ctx *ctx, void *arg)
{
	_cleanup_(guest_cleanup) struct guest g = { 0 };
	_cleanup_(station_close) struct station pf = { 0 };
	struct rig rig;
	struct rig_dev *devs[SOAK_BOOT_VFS] = { &rig.vfs[0], &rig.vfs[1] };
	unsigned int n;
	int ret = rig_open_vfs(&rig, ctx, ctx->pf, SOAK_VFS);

	(void)arg;
	n = rig.n_vfs < SOAK_BOOT_VFS ? rig.n_vfs : SOAK_BOOT_VFS;
	if (ret == 0)
		ret = guest_boot(&g, ctx, "", devs, n, 1);
	if (ret == 0)
		ret = station_open(&pf, ctx, rig.ifname, "PF");
	if (ret == 0)
		ret = rig_wait_link(&rig);
	if (ret == 0)
		ret = soak_use(&g, &rig, n, &pf);
	for (unsigned int i = 0; ret == 0 && i < rig.n_vfs; i++)
		ret = rig_check_dev(ctx, &rig.vfs[i]);
	return ret;
}

static int run_soak_rounds(struct ctx *ctx)
{
	const struct soak_loop loop = { .round = soak_round,
					.ms = ctx->settings->soak_s * 1000ull,
					.report_ms = SOAK_HOUR_MS,
					.now_ms = util_now_ms };

	return soak_loop_run(ctx, &loop);
}

const struct case_def soak_cases[] = {
	{ .id = "soak_rounds",
	  .title = "VFs are made, used in a guest, plugged and removed, for hours",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = SOAK_END_S,
	  .soaks = true,
	  .last = true,
	  .set = SET_SOAK,
	  .run = run_soak_rounds },
	{ .id = NULL },
};
