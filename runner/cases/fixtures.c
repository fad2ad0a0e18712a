/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests with all VFs, with a PF, and with VFs of two ports. */
#include "cases/fixtures.h"

#include "cases/guest_plug.h"
#include "sys/inventory.h"
#include "sys/link_vf.h"

bool fixture_guest_runs(struct ctx *ctx, struct guest *g)
{
	if (g->vm && !vm_ended(g->vm))
		return true;
	ctx_skip(ctx, "the guest that an earlier check has left is not running any more");
	return false;
}

int fixture_end(struct ctx *ctx, struct guest *g, struct rig_dev *devs, unsigned int n)
{
	int ret = 0;

	if (ctx_failed(ctx) || !g->vm || vm_ended(g->vm)) {
		guest_cleanup(g);
		return 0;
	}
	ret = guest_end(g);
	for (unsigned int i = 0; ret == 0 && i < n; i++)
		ret = rig_check_dev(ctx, &devs[i]);
	return ret;
}

unsigned int fixture_all_count(struct ctx *ctx, struct rig_dev *const *devs, unsigned int n)
{
	unsigned int most = n < VM_MAX_DEVICES ? n : VM_MAX_DEVICES;
	unsigned int left = guest_memory_left(ctx);
	unsigned int fit = guest_count_fitting(ctx, devs, most, FIXTURE_ALL_FREE_PORTS);

	if (fit < most)
		ctx_evidence(ctx, "guest.fitting",
			     "%u of %u VFs at a time: there are %u MiB for guests", fit, n, left);
	else if (fit < n)
		ctx_evidence(ctx, "guest.fitting", "%u of %u VFs at a time: no guest gets more",
			     fit, n);
	return fit;
}

/* The guest gets the VFs from f->first on, as many as it takes: one at least. */
static int all_boot(struct fixture_all *f, struct ctx *ctx)
{
	unsigned int n = f->rig.n_vfs - f->first;
	struct rig_dev *devs[SRIOV_MAX_VFS];

	for (unsigned int i = 0; i < n; i++)
		devs[i] = &f->rig.vfs[f->first + i];
	f->n = fixture_all_count(ctx, devs, n);
	if (f->n == 0)
		f->n = 1; /* which tells what is missing */
	return guest_boot(&f->guest, ctx, "", devs, f->n, FIXTURE_ALL_FREE_PORTS);
}

int fixture_all_next(struct fixture_all *f)
{
	struct ctx *ctx = f->rig.ctx;
	unsigned int undo;
	int ret = guest_end(&f->guest);

	if (ret < 0)
		return ret;
	undo = ctx->res->n_undo;
	f->first += f->n;
	ret = all_boot(f, ctx);
	if (ret == 0)
		ctx_keep_undo(ctx, undo); /* it stays for the cases that follow */
	return ret;
}

static int all_open(struct ctx *ctx, void *state)
{
	struct fixture_all *f = state;
	int ret = rig_open_vfs(&f->rig, ctx, ctx->pf, SRIOV_MAX_VFS);

	if (ret == 0)
		ret = all_boot(f, ctx);
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

struct station *fixture_wide_far(struct fixture_wide *f)
{
	return f->peer.ctx ? &f->peer : &f->pf;
}

static int wide_open(struct ctx *ctx, void *state)
{
	struct fixture_wide *f = state;
	struct rig_dev *devs[3];
	unsigned int n = 0;
	int ret = rig_open_vfs(&f->rig, ctx, ctx->pf, 2);

	/* Its VF before it moves: that is known by the interface's name. */
	if (ret == 0 && ctx->pf->peer >= 0)
		ret = rig_open_vfs(&f->peer_rig, ctx, &ctx->inv->nics[ctx->pf->peer], 1);
	if (ret == 0 && ctx->pf->peer >= 0)
		ret = station_open_peer(&f->peer, ctx);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < f->rig.n_vfs; i++)
		devs[n++] = &f->rig.vfs[i];
	if (f->peer_rig.n_vfs > 0) {
		util_format(f->peer_rig.vfs[0].what, sizeof(f->peer_rig.vfs[0].what),
			    "VF 0 of the peer");
		devs[n++] = &f->peer_rig.vfs[0];
	}
	ret = guest_boot_wide(&f->guest, ctx, "", devs, n, FIXTURE_WIDE_FREE_PORTS,
			      FIXTURE_WIDE_CPUS);
	if (ret == 0)
		ret = station_open(&f->pf, ctx, f->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&f->rig);
}

static int wide_clear_mac(void *arg)
{
	static const uint8_t none[6];
	const struct fixture_wide *f = arg;

	return link_set_vf_mac(f->peer_rig.ifname, 0, none);
}

/*
 * The peer's VF, before the peer is home again: that takes it down and up, upon which ixgbe knows
 * the VF's MAC filter no more and refuses to clear its MAC (ENOMEM of ixgbe_del_mac_filter()).
 */
static int wide_check_peer_vf(struct ctx *ctx, struct fixture_wide *f)
{
	int ret = ctx_failed(ctx) ? 0 : rig_check_dev(ctx, &f->peer_rig.vfs[0]);

	(void)!station_call(&f->peer, wide_clear_mac, f); /* the undo says if it is not done */
	return ret;
}

static int wide_close(struct ctx *ctx, void *state)
{
	struct fixture_wide *f = state;
	int ret = fixture_end(ctx, &f->guest, f->rig.vfs, f->rig.n_vfs);

	if (ret == 0 && f->peer_rig.n_vfs > 0 && f->peer.ctx)
		ret = wide_check_peer_vf(ctx, f);
	station_close(&f->pf);
	station_close(&f->peer);
	return ret;
}

const struct fixture fixture_wide = {
	.name = "wide",
	.size = sizeof(struct fixture_wide),
	.open = wide_open,
	.close = wide_close,
};

/*
 * The guest as its cases find it: every device is in it, and works as far as an earlier case has
 * not found out already. Returns 0, -errno, or 1 if the case's verdict is there.
 */
static int fixture_ready(struct ctx *ctx, struct guest *g, const struct rig_dev *devs,
			 unsigned int n)
{
	int ret = 0;

	if (!fixture_guest_runs(ctx, g))
		return 1;
	for (unsigned int i = 0; ret == 0 && i < n; i++) {
		int slot = guest_find_dev(g, &devs[i]);

		if (slot < 0) {
			ctx_skip(ctx, "the guest has lost %s under an earlier check", devs[i].what);
			return 1;
		}
		if (g->nics[slot].netdev.pci[0] == '\0')
			ret = guest_check_nic(g, (unsigned int)slot);
	}
	return ret;
}

/* What a case found, and what the guest's kernel has said meanwhile. */
static int fixture_result(struct guest *g, int ret)
{
	return ret == 0 ? guest_check_klog(g) : ret;
}

int fixture_all_run(struct ctx *ctx, int (*use)(struct fixture_all *f))
{
	struct fixture_all *f = ctx->fixture;
	int ret = fixture_ready(ctx, &f->guest, &f->rig.vfs[f->first], f->n);

	if (ret > 0)
		return 0;
	return fixture_result(&f->guest, ret == 0 ? use(f) : ret);
}

int fixture_wide_run(struct ctx *ctx, int (*use)(struct fixture_wide *f))
{
	struct fixture_wide *f = ctx->fixture;
	int ret = fixture_ready(ctx, &f->guest, f->rig.vfs, f->rig.n_vfs);

	if (ret == 0 && f->peer_rig.n_vfs > 0)
		ret = fixture_ready(ctx, &f->guest, f->peer_rig.vfs, 1);
	if (ret == 0 && f->peer.ctx)
		ret = station_wait_link(&f->peer);
	if (ret > 0)
		return 0;
	ret = fixture_result(&f->guest, ret == 0 ? use(f) : ret);
	return ctx->res->verdict == VERDICT_SKIP ? 0 : ret;
}

int fixture_pf_run(struct ctx *ctx, int (*use)(struct fixture_pf *f))
{
	struct fixture_pf *f = ctx->fixture;
	int ret = fixture_ready(ctx, &f->guest, &f->pf, 1);

	if (ret > 0)
		return 0;
	return fixture_result(&f->guest, ret == 0 ? use(f) : ret);
}
