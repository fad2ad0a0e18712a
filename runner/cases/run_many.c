/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many guests at a time. */
#include "model/ctx.h"

#include <errno.h>

#include "cases/areas.h"
#include "cases/guest.h"
#include "cases/rig.h"

#define MANY_TIMEOUT_S 600
#define MANY_MAX 8u

struct many {
	struct rig rig;
	struct station pf;
	unsigned int n; /* guests that were started */
	struct guest guests[MANY_MAX];
};

static void many_close(struct many **mp)
{
	struct many *m = *mp;

	for (unsigned int i = 0; m && i < m->n; i++)
		guest_cleanup(&m->guests[i]);
	if (m)
		station_close(&m->pf);
	free(m);
}

/* Boots one guest after the other, each with a VF, as long as there are VFs and memory. */
static int many_boot(struct many *m, struct ctx *ctx)
{
	uint64_t start = util_now_ms();
	int ret = 0;

	while (ret == 0 && m->n < MANY_MAX && m->n < m->rig.n_vfs) {
		struct rig_dev *dev = &m->rig.vfs[m->n];
		uint64_t began = util_now_ms();
		char name[16];

		if (m->n > 0 && guest_count_fitting(ctx, &dev, 1, 0) == 0) {
			ctx_evidence(ctx, "many.fitting", "no further guest: %u MiB are left",
				     guest_memory_left(ctx));
			break;
		}
		util_format(name, sizeof(name), "guest %u", m->n + 1);
		ret = guest_boot(&m->guests[m->n++], ctx, name, &dev, 1, 0);
		if (ret == 0)
			ret = guest_check_nics(&m->guests[m->n - 1]);
		if (ret == 0)
			ctx_evidence(ctx, "many.start", "%s beside %u others: works in %u ms", name,
				     m->n - 1, (unsigned int)(util_now_ms() - began));
	}
	if (ret == 0)
		ctx_evidence(ctx, "many.started", "%u guests, one after the other, in %u ms", m->n,
			     (unsigned int)(util_now_ms() - start));
	return ret;
}

/* Each guest is judged by itself once all have had their traffic. */
static int many_end(struct many *m, struct ctx *ctx)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < m->n; i++)
		ret = guest_check_klog(&m->guests[i]);
	for (unsigned int i = 0; ret == 0 && i < m->n; i++)
		ret = guest_end(&m->guests[i]);
	for (unsigned int i = 0; ret == 0 && i < m->rig.n_vfs; i++)
		ret = rig_check_dev(ctx, &m->rig.vfs[i]);
	return ret;
}

static int run_many(struct ctx *ctx)
{
	_cleanup_(many_close) struct many *m = calloc(1, sizeof(*m));
	int ret;

	if (!m)
		return ctx_error(ctx, -ENOMEM, "no memory for guests");
	ret = rig_open_vfs(&m->rig, ctx, ctx->pf, MANY_MAX);
	if (ret == 0)
		ret = station_open(&m->pf, ctx, m->rig.ifname, "PF");
	if (ret == 0)
		ret = rig_wait_link(&m->rig);
	if (ret == 0)
		ret = many_boot(m, ctx);
	if (ret == 0)
		ret = guest_check_traffic_of_all(m->guests, m->n, &m->pf);
	if (ret == 0 && m->n > 1)
		ret = guest_check_between(&m->guests[0], 0, &m->guests[m->n - 1], 0, true);
	if (ret == 0)
		ret = many_end(m, ctx);
	if (ret < 0)
		return ret;
	if (m->n == 1 && m->rig.n_vfs > 1)
		return ctx_skip(ctx, "there is memory for one guest only");
	return ctx_pass(ctx, "as many guests as there is room for, at most 8, have a VF each",
			"%u guests: traffic of all with the PF at the same time", m->n);
}

const struct case_def run_many_cases[] = {
	{ .id = "run_many",
	  .title = "Many guests at a time, with a VF each",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = MANY_TIMEOUT_S,
	  .run = run_many,
	  .set = SET_FULL },
	{ .id = NULL },
};
