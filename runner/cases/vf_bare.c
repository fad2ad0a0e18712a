/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs that no guest has, and what shows that they work. */
#include "cases/vf_bare.h"

#include <errno.h>
#include <string.h>

#include "sys/driver.h"
#include "sys/inventory.h"

#define FRAMES_MS 10000

static int bare_open(struct ctx *ctx, void *state)
{
	struct vf_bare *b = state;
	struct sriov_state st;
	unsigned int n;
	int ret = rig_open(&b->rig, ctx, ctx->pf);

	if (ret < 0)
		return ret;
	ret = sriov_read(ctx->root, &ctx->pf->addr, &st);
	if (ret < 0)
		return ctx_error(ctx, ret, "the PF's VFs cannot be counted: %s", strerror(-ret));
	n = st.totalvfs > (int)VF_BARE_VFS ? VF_BARE_VFS : (unsigned int)st.totalvfs;
	ret = rig_create_vfs(&b->rig, n);
	if (ret == 0)
		ret = station_open(&b->pf, ctx, b->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&b->rig);
}

static int bare_close(struct ctx *ctx, void *state)
{
	struct vf_bare *b = state;

	(void)ctx;
	station_close(&b->pf);
	return 0;
}

const struct fixture fixture_vf_bare = {
	.name = "bare",
	.size = sizeof(struct vf_bare),
	.open = bare_open,
	.close = bare_close,
};

int vf_bare_start(struct vf_bare *b, struct rig_dev *vf, struct station *s)
{
	struct ctx *ctx = b->rig.ctx;
	char ifname[IFNAMSIZ];
	int ret = rig_bind_host(ctx, vf, ifname);

	if (ret < 0)
		return ret;
	if (!ifname[0]) {
		ctx_skip(ctx, "this kernel has no driver for %s", vf->what);
		return -ENODEV;
	}
	return station_open_vf(s, ctx, ifname, vf->what);
}

int vf_bare_check(struct vf_bare *b, struct station *s, const char *after)
{
	static const char expected[] = "the VF works: link, and all test frames both ways";
	struct ctx *ctx = b->rig.ctx;
	int there = 0, back = 0, ret = station_try_link(s);

	if (ret < 0) {
		ctx_fail(ctx, "vf_no_link", expected, "%s %s: no carrier on %s: %s", s->what, after,
			 s->ifname, strerror(-ret));
		return ret;
	}
	if (station_reaches(&b->pf, s)) {
		there = station_count(&b->pf, s, s->mac, VF_BARE_FRAMES, FRAMES_MS);
		back = station_count(s, &b->pf, b->pf.mac, VF_BARE_FRAMES, FRAMES_MS);
	}
	if (there == (int)VF_BARE_FRAMES && back == there)
		return 0;
	ctx_fail(ctx, "traffic_lost", expected,
		 "%s %s: of %u frames each way %d arrived from the PF, %d "
		 "at it",
		 s->what, after, VF_BARE_FRAMES, there > 0 ? there : 0, back > 0 ? back : 0);
	return -ENODATA;
}

int vf_bare_stop(struct vf_bare *b, struct rig_dev *vf, struct station *s)
{
	int ret;

	station_close(s);
	ret = driver_bind(b->rig.ctx->root, &vf->addr, "");
	return ret < 0 ? ctx_error(b->rig.ctx, ret, "%s cannot be released: %s", vf->what,
				   strerror(-ret))
		       : 0;
}

struct rig_dev *vf_bare_pick(struct vf_bare *b, unsigned int i, unsigned int n)
{
	return &b->rig.vfs[i == n - 1 ? b->rig.n_vfs - 1 : i];
}

int vf_bare_check_all(struct vf_bare *b, unsigned int n, const char *after)
{
	struct station vfs[VF_BARE_MAX] = { 0 };
	int ret = 0, err = 0;

	for (unsigned int i = 0; ret == 0 && i < n; i++)
		ret = vf_bare_start(b, vf_bare_pick(b, i, n), &vfs[i]);
	for (unsigned int i = 0; ret == 0 && i < n; i++)
		ret = vf_bare_check(b, &vfs[i], after);
	for (unsigned int i = 0; i < n; i++)
		if (vfs[i].ctx && err == 0)
			err = vf_bare_stop(b, vf_bare_pick(b, i, n), &vfs[i]);
	return ret < 0 ? ret : err;
}
