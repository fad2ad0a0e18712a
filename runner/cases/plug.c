/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hot plug of VFs and PFs into running guests. */
#include "model/ctx.h"

#include "cases/fixtures.h"
#include "cases/pair.h"
#include "cases/areas.h"
#include "cases/plug.h"

#define PLUG_ROUNDS 10u

int plug_round(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
	       struct station *from)
{
	uint64_t start = util_now_ms(), ready = start, used = start;
	unsigned int index;
	int ret = guest_plug(g, dev, monitor, &index);

	if (ret == 0)
		ret = guest_check_nic(g, index);
	ready = util_now_ms();
	if (ret == 0)
		ret = guest_check_traffic(g, index, 1, from);
	used = util_now_ms();
	if (ret == 0)
		ret = guest_unplug(g, index, monitor);
	if (ret == 0)
		ctx_evidence(g->ctx, "plug.round",
			     "%s with %s: ready in %u ms, used %u ms, gone in %u ms", dev->what,
			     vm_monitor_name(monitor), (unsigned int)(ready - start),
			     (unsigned int)(used - ready), (unsigned int)(util_now_ms() - used));
	return ret;
}

/* With three VFs and more there is always one to spare. */
static int plug_third(struct pair *p, enum vm_monitor monitor)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = plug_round(&p->first, dev, monitor, &p->pf);
	if (ret == 0)
		ret = pair_end_spare(p, dev);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a third VF comes, works, and goes while two stay in use",
			"added and removed with %s: driver, MAC, link, traffic; then well on the "
			"host",
			vm_monitor_name(monitor));
}

static int plug_third_hmp(struct pair *p)
{
	return plug_third(p, VM_MONITOR_HMP);
}

static int run_plug_hmp(struct ctx *ctx)
{
	return pair_run(ctx, plug_third_hmp);
}

static int plug_third_qmp(struct pair *p)
{
	return plug_third(p, VM_MONITOR_QMP);
}

static int run_plug_qmp(struct ctx *ctx)
{
	return pair_run(ctx, plug_third_qmp);
}

static int plug_cold_remove(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev = &p->rig.vfs[1];
	struct guest *g = &p->first;
	unsigned int index;
	int ret = guest_unplug(g, 1, VM_MONITOR_QMP);

	if (ret == 0)
		ret = guest_check_traffic(g, 0, 1, &p->pf);
	if (ret == 0)
		ret = guest_dev_check_on_host(ctx, dev);
	/* Back to how it was: the guest has to take it a second time. */
	if (ret == 0)
		ret = guest_plug(g, dev, VM_MONITOR_QMP, &index);
	if (ret == 0)
		ret = guest_check_nic(g, index);
	if (ret == 0)
		ret = pair_check_traffic(p);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a VF that the guest was started with can be taken and given back",
			"removed: the other VF goes on, well on the host; added again: works");
}

static int run_plug_cold_remove(struct ctx *ctx)
{
	return pair_run(ctx, plug_cold_remove);
}

static int plug_cycle(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	for (unsigned int round = 0; ret == 0 && round < PLUG_ROUNDS; round++)
		ret = plug_round(&p->first, dev, round % 2 ? VM_MONITOR_HMP : VM_MONITOR_QMP,
				 &p->pf);
	if (ret == 0)
		ret = pair_end_spare(p, dev);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a VF can be added to and removed from one guest again and again",
			"%u rounds: driver, MAC, link, traffic each time; then well on the host",
			PLUG_ROUNDS);
}

static int run_plug_cycle(struct ctx *ctx)
{
	return pair_run(ctx, plug_cycle);
}

/* The PF was there at boot: it goes, comes, is used, goes again, and is put back in the end. */
static int plug_pf(struct fixture_pf *f)
{
	struct ctx *ctx = f->guest.ctx;
	struct guest *g = &f->guest;
	unsigned int index;
	int ret = guest_unplug(g, 0, VM_MONITOR_HMP);

	if (ret == 0)
		ret = plug_round(g, &f->pf, VM_MONITOR_QMP, &f->peer);
	if (ret == 0)
		ret = guest_dev_check_on_host(ctx, &f->pf);
	if (ret == 0)
		ret = guest_plug_and_use(g, &f->pf, VM_MONITOR_HMP, &f->peer, &index);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a PF can be added to and removed from a running guest",
			"added, used over the wire with the %s, removed; then well on the host; "
			"added again: works",
			f->peer.what);
}

static int run_plug_pf(struct ctx *ctx)
{
	return fixture_pf_run(ctx, plug_pf);
}

const struct case_def plug_cases[] = {
	{ .id = "plug_hmp",
	  .title = "A third VF is added and removed with the human monitor",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_three_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_hmp,
	  .fixture = &fixture_pair },
	{ .id = "plug_qmp",
	  .title = "A third VF is added and removed with QMP",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_three_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_qmp,
	  .fixture = &fixture_pair },
	{ .id = "plug_cold_remove",
	  .title = "A VF that was there at boot is removed from a running guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_cold_remove,
	  .fixture = &fixture_pair },
	{ .id = "plug_cycle",
	  .title = "A VF is added, used and removed ten times in one guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_cycle,
	  .fixture = &fixture_pair },
	{ .id = "plug_pf",
	  .title = "The PF itself is added to and removed from a running guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_pf_alone, &req_second_pf },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .run = run_plug_pf,
	  .fixture = &fixture_pf },
	{ .id = NULL },
};
