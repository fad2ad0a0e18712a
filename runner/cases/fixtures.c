/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests with all VFs, and with a PF. */
#include "cases/fixtures.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/sriov.h"

bool fixture_guest_runs(struct ctx *ctx, struct guest *g)
{
	if (g->vm && !vm_ended(g->vm))
		return true;
	ctx_skip(ctx, "the guest that an earlier check has left is not running any more");
	return false;
}

/* Powers the guest off and looks after its devices; after a failure it is just ended. */
static int fixture_end(struct ctx *ctx, struct guest *g, struct rig_dev *devs, unsigned int n)
{
	int ret = 0;

	if (ctx_failed(ctx) || !g->vm) {
		guest_cleanup(g);
		return 0;
	}
	ret = guest_end(g);
	for (unsigned int i = 0; ret == 0 && i < n; i++)
		ret = rig_check_dev(ctx, &devs[i]);
	return ret;
}

static int all_open(struct ctx *ctx, void *state)
{
	struct fixture_all *f = state;
	struct rig_dev *devs[VM_MAX_DEVICES];
	struct sriov_state st;
	unsigned int n = 0;
	int ret = rig_open(&f->rig, ctx, ctx->pf);

	if (ret < 0)
		return ret;
	ret = sriov_read(ctx->root, &ctx->pf->addr, &st);
	if (ret < 0)
		return ctx_error(ctx, ret, "the PF's VFs cannot be counted: %s", strerror(-ret));
	n = (unsigned int)st.totalvfs < VM_MAX_DEVICES ? (unsigned int)st.totalvfs : VM_MAX_DEVICES;
	ret = rig_create_vfs(&f->rig, n);
	for (unsigned int i = 0; ret == 0 && i < n; i++) {
		devs[i] = &f->rig.vfs[i];
		ret = rig_bind_vfio(ctx, devs[i]);
	}
	if (ret == 0)
		ret = guest_boot(&f->guest, ctx, "", devs, n, 0);
	if (ret == 0)
		ret = station_open(&f->pf, ctx, f->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&f->rig);
}

static int all_close(struct ctx *ctx, void *state)
{
	struct fixture_all *f = state;
	int ret = fixture_end(ctx, &f->guest, f->rig.vfs, f->rig.n_vfs);

	station_close(&f->pf);
	return ret;
}

const struct fixture fixture_all = {
	.name = "all",
	.size = sizeof(struct fixture_all),
	.open = all_open,
	.close = all_close,
};

static int pf_open(struct ctx *ctx, void *state)
{
	struct fixture_pf *f = state;
	struct rig_dev *devs[] = { &f->pf };
	int ret = rig_take_pf(&f->pf, ctx, ctx->pf);

	/* Up before the guest starts: a link that two ports share needs both. */
	if (ret == 0)
		ret = station_open_peer(&f->peer, ctx);
	return ret < 0 ? ret : guest_boot(&f->guest, ctx, "", devs, 1, FIXTURE_PF_FREE_PORTS);
}

static int pf_close(struct ctx *ctx, void *state)
{
	struct fixture_pf *f = state;
	/* The PF's link needs its peer, so that goes last. */
	int ret = fixture_end(ctx, &f->guest, &f->pf, 1);

	station_close(&f->peer);
	return ret;
}

const struct fixture fixture_pf = {
	.name = "pf",
	.size = sizeof(struct fixture_pf),
	.open = pf_open,
	.close = pf_close,
};
