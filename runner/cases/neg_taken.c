/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host takes all VFs of a port away while a guest has one: by writing 0 to sriov_numvfs, and by
 * taking the PF's driver out. Both hold a lock that every other change of PCI waits for.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/held.h"
#include "cases/taken.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "base/sysroot.h"

/* Longer than anybody waits: it is not this deadline that is to end the write. */
#define TAKEN_NO_MS 600000u
#define PORTS_BACK_MS 40000

/* ---- VFs taken away ---- */

static int neg_write_no_vfs(const struct ctx *ctx, const void *what)
{
	struct sriov_state st;

	(void)what;
	return sriov_write_text(ctx->root, &ctx->pf->addr, "0", TAKEN_NO_MS, &st);
}

/* The number of VFs that there are has to be 0 then. */
static int neg_check_none(struct ctx *ctx)
{
	struct sriov_state st;
	int ret = sriov_read(ctx->root, &ctx->pf->addr, &st);

	if (ret < 0)
		return ctx_error(ctx, ret, "the PF's VFs cannot be read: %s", strerror(-ret));
	if (st.numvfs == 0 && st.links == 0)
		return 0;
	ctx_fail(ctx, "vf_destroy_failed", "all VFs are gone",
		 "sriov_numvfs reads %d, %u VFs on the bus", st.numvfs, st.links);
	return CASE_OVER;
}

static int neg_reclaim(struct held *h)
{
	static const struct taken how = { .write = neg_write_no_vfs,
					  .doing = "writing 0 to sriov_numvfs",
					  .n_nics = 1,
					  .nics = { 0 } };
	struct ctx *ctx = h->rig.ctx;
	int ret = guest_check_traffic(&h->guest, 0, 1, &h->pf);

	if (ret == 0)
		ret = taken_by_host(ctx, &how, &h->guest);
	if (ret == 0)
		ret = neg_check_none(ctx);
	if (ret == 0)
		ret = held_remake(h, false);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "the guest is told, lets go, and the VFs go",
			"DEVICE_DELETED, no VF is left, the guest goes on; made again and given "
			"again the VF works");
}

static int run_neg_reclaim(struct ctx *ctx)
{
	return held_run(ctx, neg_reclaim);
}

/* ---- the PF's driver taken out ---- */

struct neg_ports {
	char driver[64], module[64];
	unsigned int n;
	struct neg_port {
		const struct nic *nic;
		bool netdev, up;
	} ports[INVENTORY_MAX_NICS];
};

/* All ports of the driver lose it. What each had is recorded. */
static int neg_note_ports(struct ctx *ctx, struct neg_ports *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < ctx->inv->n_nics; i++) {
		const struct nic *nic = &ctx->inv->nics[i];
		struct neg_port *port = &p->ports[p->n];
		char driver[64], ifname[IFNAMSIZ];
		struct link_info info;

		if (driver_get(ctx->root, &nic->addr, driver, sizeof(driver)) < 0 ||
		    strcmp(driver, p->driver) != 0)
			continue;
		*port = (struct neg_port){ .nic = nic };
		port->netdev = netdev_find(ctx->root, &nic->addr, ifname) == 0 && ifname[0] &&
			       link_get(ifname, &info) == 0;
		port->up = port->netdev && info.admin_up;
		if (port->netdev)
			ret = ctx_undo(ctx, UNDO_LINK_UP, &nic->addr, port->up, "");
		p->n++;
	}
	return ret;
}

/* Finds the module, and records how it comes back. 1: the case's verdict is there. */
static int neg_find_module(struct ctx *ctx, struct neg_ports *p)
{
	char why[160];
	uint64_t instance;
	int ret = driver_get(ctx->root, &ctx->pf->addr, p->driver, sizeof(p->driver));

	if (ret == 0)
		ret = module_of_driver(ctx->root, p->driver, p->module, sizeof(p->module));
	if (ret == -ENOENT) {
		ctx_not_applicable(ctx, "driver %s is built into this kernel: it stays", p->driver);
		return 1;
	}
	if (ret == 0 && !module_is_unused(ctx->root, p->module, why, sizeof(why))) {
		ctx_not_applicable(ctx, "module %s cannot be taken out: %s", p->module, why);
		return 1;
	}
	if (ret == 0)
		ret = neg_note_ports(ctx, p);
	if (ret == 0)
		ret = module_instance(ctx->root, p->module, &instance);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_MODULE, NULL, instance, p->module);
	return ret < 0 ? ctx_error(ctx, ret, "cannot get ready to take %s out: %s", p->driver,
				   strerror(-ret))
		       : 0;
}

static int neg_write_rmmod(const struct ctx *ctx, const void *what)
{
	const struct neg_ports *p = what;

	return module_remove(ctx->root, p->module, TAKEN_NO_MS);
}

struct neg_back {
	const struct ctx *ctx;
	const struct neg_ports *ports;
};

static bool neg_ports_are_back(void *arg)
{
	const struct neg_back *b = arg;
	char ifname[IFNAMSIZ];

	for (unsigned int i = 0; i < b->ports->n; i++)
		if (b->ports->ports[i].netdev &&
		    (netdev_find(b->ctx->root, &b->ports->ports[i].nic->addr, ifname) < 0 ||
		     !ifname[0]))
			return false;
	return true;
}

/* The driver takes its ports again, and those that were up are. */
static int neg_load_again(struct ctx *ctx, const struct neg_ports *p)
{
	struct neg_back b = { ctx, p };
	char ifname[IFNAMSIZ];
	int ret = module_insert(ctx->root, p->module, NULL);

	if (ret == 0)
		ret = util_poll_until(neg_ports_are_back, &b, ctx_ms(ctx, PORTS_BACK_MS));
	for (unsigned int i = 0; ret == 0 && i < p->n; i++)
		if (p->ports[i].netdev) {
			ret = netdev_find(ctx->root, &p->ports[i].nic->addr, ifname);
			if (ret == 0)
				ret = link_set_up(ifname, p->ports[i].up);
		}
	if (ret == 0)
		return 0;
	ctx_fail(ctx, "pf_driver_lost", "the driver takes its ports again", "module %s: %s",
		 p->module, strerror(-ret));
	return ret;
}

/* The undos stay for the fixture, which the driver's end would take the VFs of. */
static int neg_rmmod_under(struct held *h, struct neg_ports *p)
{
	const struct taken how = { .write = neg_write_rmmod,
				   .what = p,
				   .doing = "taking the PF's driver out",
				   .n_nics = 1,
				   .nics = { 0 },
				   .may_refuse = true };
	struct ctx *ctx = h->rig.ctx;
	int ret = taken_by_host(ctx, &how, &h->guest);

	if (ret > 0) {
		ret = guest_check_traffic(&h->guest, 0, 1, &h->pf);
		return ret < 0 ? ret
			       : ctx_pass(ctx, "refused, or the guest is told and lets go",
					  "module %s: refused; guest and traffic go on", p->module);
	}
	if (ret == 0)
		ret = neg_load_again(ctx, p);
	if (ret == 0)
		ret = held_remake(h, true);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "refused, or the guest is told and lets go",
			"module %s is out: DEVICE_DELETED, the guest goes on; loaded again its %u "
			"ports are back, and the VF works in the guest",
			p->module, p->n);
}

static int neg_rmmod(struct held *h)
{
	struct ctx *ctx = h->rig.ctx;
	unsigned int undo = ctx->res->n_undo;
	struct neg_ports p = { 0 };
	int ret = neg_find_module(ctx, &p);

	if (ret > 0)
		return 0;
	if (ret == 0)
		ret = guest_check_traffic(&h->guest, 0, 1, &h->pf);
	if (ret == 0)
		ret = neg_rmmod_under(h, &p);
	if (ret == 0)
		ctx_keep_undo(ctx, undo);
	return ret;
}

static int run_neg_rmmod(struct ctx *ctx)
{
	return held_run(ctx, neg_rmmod);
}

const struct case_def neg_taken_cases[] = {
	{ .id = "neg_reclaim",
	  .set = SET_FULL,
	  .title = "VFs can be removed while a guest has one",
	  .subject = SUBJECT_PF,
	  .needs = { HELD_NEEDS },
	  .timeout_s = HELD_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_neg_reclaim,
	  .provokes = taken_words,
	  .fixture = &fixture_held },
	{ .id = "neg_rmmod",
	  .set = SET_FULL,
	  .title = "The PF's driver can be taken out while a guest has a VF, or that is refused",
	  .subject = SUBJECT_PF,
	  .needs = { HELD_NEEDS },
	  .timeout_s = HELD_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_neg_rmmod,
	  .provokes = taken_words,
	  .fixture = &fixture_held },
	{ .id = NULL },
};
