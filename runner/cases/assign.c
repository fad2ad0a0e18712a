/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assignment of VFs and PFs to nested guests. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "cases/pair.h"
#include "sys/inventory.h"
#include "cases/areas.h"

#define ASSIGN_TIMEOUT_S 240
#define ASSIGN_MAX_TIMEOUT_S 900 /* 64 VFs, in several guests in turn where memory is short */
#define ASSIGN_MORE_VF_S 14 /* and for each VF more */

static const char assign_expected[] =
	"the guest uses every device assigned to it, and gives it back whole";

/* Each NIC of the guest alone, then all at the same time. */
static int assign_traffic(struct guest *g, struct station *from)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < g->n_nics; i++)
		ret = guest_check_traffic(g, i, 1, from);
	if (ret == 0 && g->n_nics > 1)
		ret = guest_check_traffic(g, 0, g->n_nics, from);
	return ret;
}

/* What a case does with its guest once all traffic is through, and with the devices after it. */
static int assign_end(struct guest *g, struct rig_dev *const *devs, unsigned int n)
{
	struct ctx *ctx = g->ctx;
	int ret = guest_check_klog(g);

	if (ret == 0)
		ret = guest_end(g);
	for (unsigned int i = 0; ret == 0 && i < n; i++)
		ret = rig_check_dev(ctx, devs[i]);
	return ret;
}

/* Ports that ought to reach each other and do not: that is said even where no case needs it. */
static void assign_note_wire(struct ctx *ctx)
{
	if (ctx->pf->peer < 0 && requires_owes_second_pf(ctx))
		ctx_warn(ctx, "wire_silent", "the port reaches another one of the host", "%s",
			 ctx->pf->wire);
}

/* What can be seen of a VF in a guest without a link. */
static int assign_unlinked(struct guest *g, struct rig_dev *const *devs)
{
	int ret = guest_check_unlinked(g, 0);

	if (ret == 0)
		ret = assign_end(g, devs, 1);
	return ret < 0 ? ret : port_link_leave_out(g->ctx, g->ctx->pf, "link and traffic");
}

static int run_assign_vf(struct ctx *ctx)
{
	_cleanup_(guest_cleanup) struct guest g = { 0 };
	_cleanup_(station_close) struct station pf = { 0 }, peer = { 0 };
	bool wire = ctx->pf->peer >= 0, over;
	struct rig rig;
	struct rig_dev *devs[] = { &rig.vfs[0] };
	int ret = rig_open_vfs(&rig, ctx, ctx->pf, 1);

	/* Its link comes up while the guest boots. */
	if (ret == 0 && wire)
		ret = station_open_peer(&peer, ctx);
	if (ret == 0)
		ret = guest_boot(&g, ctx, "", devs, 1, 0);
	if (ret == 0)
		ret = station_open(&pf, ctx, rig.ifname, "PF");
	if (ret == 0)
		ret = rig_try_link(&rig);
	if (ret == -ENOLINK)
		return assign_unlinked(&g, devs);
	if (ret == 0)
		ret = guest_check_nic(&g, 0);
	if (ret == 0)
		ret = guest_check_traffic(&g, 0, 1, &pf);
	if (ret == 0 && wire)
		ret = guest_check_wire(&g, 0, &peer, &pf);
	over = wire && ret == 0;
	if (ret >= 0)
		ret = assign_end(&g, devs, 1);
	if (ret < 0)
		return ret;
	assign_note_wire(ctx);
	return ctx_pass(ctx, assign_expected,
			"1 VF: driver, MAC, link, traffic both ways with the PF%s%s, kernel log, "
			"return",
			over ? " and over the wire with the " : "", over ? peer.what : "");
}

static int assign_two(struct pair *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_check_nic(&p->first, i);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_check_traffic(&p->first, i, 1, &p->pf);
	if (ret == 0)
		ret = pair_check_traffic(p);
	if (ret < 0)
		return ret;
	return ctx_pass(p->rig.ctx, assign_expected,
			"2 VFs: driver, MAC, link, traffic both ways, kernel log");
}

static int run_assign_vf_multi(struct ctx *ctx)
{
	return pair_run(ctx, assign_two);
}

static int assign_two_guests(struct pair *p)
{
	struct guest *a = &p->first, *b = &p->second;
	int ret = pair_take_second(p);

	if (ret == 0)
		ret = guest_check_traffic(a, 0, 1, &p->pf);
	if (ret == 0)
		ret = guest_check_traffic(b, 0, 1, &p->pf);
	if (ret == 0)
		ret = guest_check_between(a, 0, b, 0, true);
	if (ret == 0)
		ret = guest_check_between(b, 0, a, 0, true);
	if (ret == 0)
		ret = pair_return_second(p);
	if (ret < 0)
		return ret;
	return ctx_pass(p->rig.ctx, "two guests with a VF each reach each other and the PF",
			"traffic both ways with the PF and between the guests, asked for by "
			"either; kernel logs");
}

static int run_assign_two_guests(struct ctx *ctx)
{
	return pair_run(ctx, assign_two_guests);
}

/* The VFs that are in the fixture's guest now. */
static int assign_all_of(struct fixture_all *f)
{
	struct guest *g = &f->guest;
	int ret = guest_check_nics(g);

	if (ret == 0)
		ret = guest_check_traffic(g, 0, g->n_nics, &f->pf);
	return ret < 0 ? ret : guest_check_klog(g);
}

static int run_assign_vf_max(struct ctx *ctx)
{
	struct fixture_all *f = ctx->fixture;
	struct guest *g = &f->guest;
	int total = ctx->pf->sysfs_total_vfs;
	unsigned int guests = 1, most = f->n;
	char where[120] = "one guest";
	int ret;

	if (!fixture_guest_runs(ctx, g))
		return 0;
	ret = assign_all_of(f);
	for (; ret == 0 && f->first + f->n < f->rig.n_vfs; guests++) {
		ret = fixture_all_next(f);
		if (ret == 0)
			ret = assign_all_of(f);
		most = f->n > most ? f->n : most;
	}
	if (ret < 0)
		return ret;
	if (guests > 1)
		util_format(where, sizeof(where), "%u guests in turn (%s a guest with %u)", guests,
			    most < VM_MAX_DEVICES ? "the host has memory for"
						  : "none is larger than",
			    most);
	return ctx_pass(ctx, assign_expected,
			"%u of %d VFs in %s: driver, MAC, link, traffic both ways with all at the "
			"same time, kernel log",
			f->rig.n_vfs, total, where);
}

static int run_assign_pf(struct ctx *ctx)
{
	struct fixture_pf *f = ctx->fixture;
	struct guest *g = &f->guest;
	int ret;

	if (!fixture_guest_runs(ctx, g))
		return 0;
	ret = guest_check_nics(g);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, 1, &f->peer);
	if (ret == 0)
		ret = guest_check_klog(g);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, assign_expected,
			"the PF: driver, MAC, link, traffic both ways over the wire with the %s, "
			"kernel log",
			f->peer.what);
}

/*
 * The PF, and a VF of its peer, in one guest. The peer stays on the host and is the far end of
 * both: of the PF's traffic over the wire, and of its VF's through its own switch.
 */
static int run_assign_pf_vf(struct ctx *ctx)
{
	_cleanup_(guest_cleanup) struct guest g = { 0 };
	_cleanup_(station_close) struct station far = { 0 };
	const struct nic *peer = &ctx->inv->nics[ctx->pf->peer];
	char what[32], addr[PCI_ADDR_STRLEN];
	struct rig rig;
	struct rig_dev pf, *devs[] = { &pf, &rig.vfs[0] };
	int ret = rig_take_pf(&pf, ctx, ctx->pf);

	if (ret == 0)
		ret = rig_open_vfs(&rig, ctx, peer, 1);
	if (ret == 0)
		ret = guest_boot(&g, ctx, "", devs, 2, 0);
	util_format(what, sizeof(what), "peer %s", pci_addr_format(&peer->addr, addr));
	if (ret == 0)
		ret = station_open(&far, ctx, rig.ifname, what);
	far.wire = true;
	far.port = peer;
	ctx_evidence(ctx, "wire", "%s", ctx->pf->wire);
	/* The PF comes first, as the peer's link, and the VF's with it, may depend on it. */
	if (ret == 0)
		ret = guest_check_nics(&g);
	if (ret == 0)
		ret = assign_traffic(&g, &far);
	if (ret == 0)
		ret = assign_end(&g, devs, 2);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, assign_expected,
			"the PF and a VF of %s in one guest: driver, MAC, link, traffic both ways "
			"with it over the wire and through its switch, kernel log, return",
			addr);
}

const struct case_def assign_cases[] = {
	{ .id = "assign_vf",
	  .set = SET_QUICK,
	  .title = "A VF works in a guest and is well afterwards",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_NEEDS, &req_vfs },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .run = run_assign_vf },
	{ .id = "assign_vf_multi",
	  .title = "Two VFs work in one guest at the same time",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .fixture = &fixture_pair,
	  .run = run_assign_vf_multi },
	{ .id = "assign_two_guests",
	  .title = "Two guests with a VF each reach each other through the NIC",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .fixture = &fixture_pair,
	  .run = run_assign_two_guests },
	{ .id = "assign_vf_max",
	  .title = "All VFs work in one guest at the same time",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = ASSIGN_MAX_TIMEOUT_S,
	  .more_vf_s = ASSIGN_MORE_VF_S,
	  .fixture = &fixture_all,
	  .run = run_assign_vf_max },
	{ .id = "assign_pf",
	  .title = "The PF itself works in a guest and is well afterwards",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_NEEDS, &req_pf_alone, &req_second_pf },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .fixture = &fixture_pf,
	  .run = run_assign_pf },
	{ .id = "assign_pf_vf",
	  .title = "The PF and a VF of another port work in the same guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_NEEDS, &req_pf_alone, &req_second_pf },
	  .timeout_s = ASSIGN_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .run = run_assign_pf_vf },
	{ .id = NULL },
};
