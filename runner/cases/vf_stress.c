/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFs that are made, used and removed a hundred times: each round works, and the host does not fill
 * up with what they leave behind. Numbers of interrupts and groups are given out anew, so that what
 * there is after round 10 is what there has to be after the last one; by then all caches are full.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/vf_bare.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/host_use.h"
#include "sys/inventory.h"
#include "sys/netdev.h"

#define STRESS_ROUNDS 100u
#define STRESS_FIRST 10u /* the round that all later ones are measured by */
#define STRESS_VFS 2u
#define STRESS_NETDEV_MS 20000u
#define STRESS_LEAK_KB 32u /* of kernel memory in a round; a netdev that stays has more */

static const char stress_expected[] =
	"100 rounds of making, binding, using and removing VFs work, and leave nothing behind";

struct stress {
	struct vf_bare bare; /* the PF, and the VFs of the present round */
	unsigned int n, round;
	char driver[64]; /* of the VFs */
};

static int stress_failed(struct stress *s, const char *label, int err, const char *what)
{
	ctx_fail(s->bare.rig.ctx, label, stress_expected, "round %u: %s: %s", s->round, what,
		 strerror(-err));
	return err;
}

static int stress_make(struct stress *s)
{
	struct rig *rig = &s->bare.rig;
	struct sriov_state st;
	int ret = vfs_make(rig->ctx, rig->pf, s->n, &st);

	for (rig->n_vfs = 0; ret == 0 && rig->n_vfs < s->n; rig->n_vfs++)
		rig_init_vf(&rig->vfs[rig->n_vfs], rig->pf, rig->n_vfs, &st.vfs[rig->n_vfs]);
	return ret;
}

/* The first round finds the driver and its module, and tells; the others bind it and say nothing.
 */
static int stress_start(struct stress *s, struct rig_dev *vf, struct station *station)
{
	struct ctx *ctx = s->bare.rig.ctx;
	char ifname[IFNAMSIZ];
	int ret;

	if (!s->driver[0]) {
		ret = vf_bare_start(&s->bare, vf, station);
		if (ret == 0)
			ret = driver_get(ctx->root, &vf->addr, s->driver, sizeof(s->driver));
		return ret;
	}
	ret = driver_bind(ctx->root, &vf->addr, s->driver);
	if (ret == 0)
		ret = netdev_wait(ctx->root, &vf->addr, ifname, ctx_ms(ctx, STRESS_NETDEV_MS));
	if (ret < 0)
		return stress_failed(s, "vf_bind_failed", ret, vf->what);
	return station_open_vf(station, ctx, ifname, vf->what);
}

static int stress_use(struct stress *s)
{
	struct station vfs[STRESS_VFS] = { 0 };
	char when[32];
	unsigned int i;
	int ret = 0;

	util_format(when, sizeof(when), "in round %u", s->round);
	for (i = 0; ret == 0 && i < s->n; i++)
		ret = stress_start(s, &s->bare.rig.vfs[i], &vfs[i]);
	for (i = 0; ret == 0 && i < s->n; i++)
		ret = vf_bare_check(&s->bare, &vfs[i], when);
	for (i = 0; i < s->n; i++)
		station_close(&vfs[i]);
	return ret;
}

static int stress_round(struct stress *s)
{
	struct rig *rig = &s->bare.rig;
	struct sriov_state st;
	int ret = stress_make(s);

	if (ret == 0)
		ret = stress_use(s);
	if (ret < 0)
		return ret;
	ret = sriov_set_numvfs(rig->ctx->root, &rig->pf->addr, 0,
			       vfs_write_ms(rig->ctx, rig->pf, 0), &st);
	if (vfs_was_not_tried(rig->ctx, ret))
		return ret;
	return ret < 0 ? stress_failed(s, "vf_destroy_failed", ret, "the VFs are not removed") : 0;
}

/* What is there more than after the tenth round. */
static int stress_compare(struct ctx *ctx, const struct host_use *a, const struct host_use *b)
{
	uint64_t limit = (STRESS_ROUNDS - STRESS_FIRST) * STRESS_LEAK_KB;
	char text[240];

	util_format(
		text, sizeof(text),
		"kernel memory %llu and %llu kB, %u and %u interrupts%s, %u and %u IOMMU groups, "
		"%u and %u network interfaces",
		(unsigned long long)a->slab_kb, (unsigned long long)b->slab_kb, a->irqs, b->irqs,
		a->irq_numbers == b->irq_numbers ? "" : " (other numbers)", a->groups, b->groups,
		a->netdevs, b->netdevs);
	ctx_evidence(ctx, "stress.host", "after round %u and after round %u: %s", STRESS_FIRST,
		     STRESS_ROUNDS, text);
	if (b->slab_kb <= a->slab_kb + limit && a->irqs == b->irqs &&
	    a->irq_numbers == b->irq_numbers && a->groups == b->groups && a->netdevs == b->netdevs)
		return 0;
	ctx_fail(ctx, "vf_stress_creep", stress_expected, "after round %u and after round %u: %s",
		 STRESS_FIRST, STRESS_ROUNDS, text);
	return CASE_OVER;
}

static int stress_open(struct stress *s, struct ctx *ctx)
{
	struct sriov_state st = { 0 };
	int ret = rig_open(&s->bare.rig, ctx, ctx->pf);

	if (ret == 0)
		ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);
	if (ret == 0)
		ret = station_open(&s->bare.pf, ctx, s->bare.rig.ifname, "PF");
	if (ret == 0)
		ret = rig_wait_link(&s->bare.rig);
	s->n = st.totalvfs < (int)STRESS_VFS ? 1 : STRESS_VFS;
	return ret;
}

static int run_stress(struct ctx *ctx)
{
	_cleanup_free_ struct stress *s = calloc(1, sizeof(*s));
	struct host_use after_first, after_last;
	uint64_t begin = util_now_ms();
	int ret = s ? stress_open(s, ctx) : -ENOMEM;

	for (unsigned int i = 1; ret == 0 && i <= STRESS_ROUNDS; i++) {
		s->round = i;
		ret = stress_round(s);
		if (ret == 0 && i == STRESS_FIRST)
			ret = host_use_read(ctx->root, &after_first);
	}
	if (ret == 0)
		ret = host_use_read(ctx->root, &after_last);
	if (s)
		station_close(&s->bare.pf);
	if (ret == 0)
		ret = stress_compare(ctx, &after_first, &after_last);
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "vf.stress", "a round: %u ms",
		     (unsigned int)(util_now_ms() - begin) / STRESS_ROUNDS);
	return ctx_pass(ctx, stress_expected, "%u rounds with %u VFs", STRESS_ROUNDS, s->n);
}

const struct case_def vf_stress_cases[] = {
	{ .id = "vf_stress",
	  .set = SET_SOAK,
	  .title = "VFs are made, bound, used and removed a hundred times",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs, &req_link },
	  .timeout_s = 1200,
	  .run = run_stress },
	{ .id = NULL },
};
