/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases on VFs that the PF driver's module parameter makes: the driver is taken out and loaded
 * again with it. That takes all ports of the driver along, so the state of each is recorded first.
 * Netdevs are looked up by address throughout: a reload makes new ones.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/port_link.h"
#include "cases/areas.h"
#include "cases/common.h"
#include "cases/requires.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "base/sysroot.h"

#define REMOVE_MS 60000
#define PORTS_BACK_MS 40000

/* A driver with such a parameter, and the ports that it drives. */
struct param_driver {
	const char *param;
	const char *more; /* what the driver has to be loaded with besides */
	unsigned int extra; /* the parameter counts so many functions more than VFs */
	char name[64], module[64];
	unsigned int max; /* VFs that the subject offers */
	unsigned int n_ports;
	struct param_port {
		const struct nic *nic;
		bool netdev; /* it had one */
	} ports[INVENTORY_MAX_NICS];
};

/* Finds driver and parameter. False: SKIP or ERROR is recorded. */
static bool find_driver(struct ctx *ctx, struct param_driver *d)
{
	const struct profile *profile = ctx->pf->profile;
	int ret = driver_get(ctx->root, &ctx->pf->addr, d->name, sizeof(d->name));

	if (ret < 0) {
		ctx_error(ctx, ret, "the PF's driver cannot be read: %s", strerror(-ret));
		return false;
	}
	if (!profile || !profile->vf_param[0]) {
		ctx_not_applicable(
			ctx, "driver %s has no module parameter that makes VFs%s", d->name,
			profile ? "" : " that is known: there is no profile of this NIC");
		return false;
	}
	d->param = profile->vf_param;
	d->more = profile->vf_param_more;
	d->extra = profile->vf_param_extra;
	if (module_of_driver(ctx->root, d->name, d->module, sizeof(d->module)) < 0) {
		ctx_not_applicable(ctx,
				   "driver %s is built into this kernel, so that it cannot be "
				   "reloaded",
				   d->name);
		return false;
	}
	if (!module_has_param(ctx->root, d->module, d->param)) {
		ctx_not_applicable(ctx, "module %s of this kernel has no parameter %s", d->module,
				   d->param);
		return false;
	}
	return true;
}

static void note_value(struct ctx *ctx, const struct param_driver *d, const char *when)
{
	char value[32];

	if (module_read_param(ctx->root, d->module, d->param, value, sizeof(value)) < 0)
		util_strlcpy(value, sizeof(value), "not readable");
	ctx_evidence(ctx, "module", "%s, %s %s: %s", when, d->module, d->param, value);
}

/* Records the state of one port, then takes its VFs away and keeps new ones from being probed. */
static int prepare_port(struct ctx *ctx, struct param_port *port)
{
	const struct nic *nic = port->nic;
	struct link_info info;
	struct sriov_state st;
	char ifname[IFNAMSIZ];
	int ret = netdev_find(ctx->root, &nic->addr, ifname);

	port->netdev = ret == 0 && ifname[0] && link_get(ifname, &info) == 0;
	if (port->netdev)
		ret = ctx_undo(ctx, UNDO_LINK_UP, &nic->addr, info.admin_up, "");
	if (ret < 0 || !inventory_nic_is_pf(nic))
		return ret;
	ret = sriov_read(ctx->root, &nic->addr, &st);
	if (ret == -ENOENT)
		return 0; /* it offers none */
	return ret < 0 ? ret : vfs_clear(ctx, nic, VFS_AUTOPROBE_OFF, &st);
}

static int prepare_ports(struct ctx *ctx, struct param_driver *d)
{
	char driver[64];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ctx->inv->n_nics && ret == 0; i++) {
		const struct nic *nic = &ctx->inv->nics[i];

		if (driver_get(ctx->root, &nic->addr, driver, sizeof(driver)) < 0 ||
		    strcmp(driver, d->name) != 0)
			continue;
		d->ports[d->n_ports].nic = nic;
		ret = prepare_port(ctx, &d->ports[d->n_ports++]);
	}
	return ret;
}

/* Up to the point from which the driver can be taken out. */
static int prepare(struct ctx *ctx, struct param_driver *d)
{
	char why[160];
	struct sriov_state st;
	uint64_t instance;
	int ret;

	*d = (struct param_driver){ 0 };
	if (!find_driver(ctx, d))
		return CASE_OVER;
	if (!module_is_unused(ctx->root, d->module, why, sizeof(why)))
		return ctx_error(ctx, -EBUSY, "module %s cannot be reloaded: %s", d->module, why);
	note_value(ctx, d, "before");
	ret = sriov_read(ctx->root, &ctx->pf->addr, &st);
	if (ret == 0) {
		d->max = vfs_max(&st);
		ret = prepare_ports(ctx, d);
	}
	if (ret == 0)
		ret = module_instance(ctx->root, d->module, &instance);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_MODULE, NULL, instance, d->module);
	if (ret < 0)
		ctx_error(ctx, ret, "cannot get ready to reload module %s: %s", d->module,
			  strerror(-ret));
	return ret;
}

struct ports_wait {
	const struct ctx *ctx;
	const struct param_driver *d;
	unsigned int ready;
};

static bool ports_are_back(void *arg)
{
	struct ports_wait *w = arg;
	char driver[64], ifname[IFNAMSIZ];

	for (w->ready = 0; w->ready < w->d->n_ports; w->ready++) {
		const struct param_port *port = &w->d->ports[w->ready];
		const struct pci_addr *addr = &port->nic->addr;

		if (driver_get(w->ctx->root, addr, driver, sizeof(driver)) < 0 ||
		    strcmp(driver, w->d->name) != 0)
			return false;
		if (port->netdev && (netdev_find(w->ctx->root, addr, ifname) < 0 || !ifname[0]))
			return false;
	}
	return true;
}

/*
 * Takes the driver out and loads it with the parameter at @value. *@refused says whether the module
 * did not take the value, which is no finding yet.
 */
static int reload(struct ctx *ctx, const struct param_driver *d, unsigned int value, bool *refused)
{
	struct ports_wait w = { ctx, d, 0 };
	char options[96], pf[PCI_ADDR_STRLEN];
	int ret = module_remove(ctx->root, d->module, ctx_ms(ctx, REMOVE_MS));

	*refused = false;
	if (ret < 0)
		return ctx_error(ctx, ret, "module %s cannot be taken out: %s", d->module,
				 strerror(-ret));
	util_format(options, sizeof(options), "%s=%u%s%s", d->param, value, d->more[0] ? " " : "",
		    d->more);
	ret = module_insert(ctx->root, d->module, options);
	*refused = ret == -EINVAL || ret == -ERANGE;
	if (*refused)
		return 0;
	if (ret == 0)
		ret = util_poll_until(ports_are_back, &w, ctx_ms(ctx, PORTS_BACK_MS));
	if (ret == 0) {
		note_value(ctx, d, options);
		return 0;
	}
	if (ret == -ETIMEDOUT)
		ctx_fail(ctx, "vf_param_failed", "the driver takes its ports again",
			 "loaded with %s, it leaves %s without driver or network interface",
			 options, pci_addr_format(&d->ports[w.ready].nic->addr, pf));
	else
		ctx_fail(ctx, "vf_param_failed", "the driver loads with its parameter",
			 "module %s, %s: %s", d->module, options, strerror(-ret));
	return ret;
}

static int reload_and_count(struct ctx *ctx, const struct param_driver *d, unsigned int n)
{
	struct sriov_state st;
	bool refused;
	int ret = reload(ctx, d, n + d->extra, &refused);

	if (ret < 0)
		return ret;
	if (!refused)
		return vfs_check(ctx, ctx->pf, n, &st);
	ctx_fail(ctx, "vf_param_failed", "the driver loads with its parameter",
		 "module %s does not take %s=%u", d->module, d->param, n + d->extra);
	return CASE_OVER;
}

static int run_create_param(struct ctx *ctx)
{
	struct param_driver d;

	int ret = prepare(ctx, &d);

	if (ret == 0)
		ret = reload_and_count(ctx, &d, 0);
	if (ret == 0)
		ret = reload_and_count(ctx, &d, 1);
	if (ret == 0 && d.max > 1)
		ret = reload_and_count(ctx, &d, d.max);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "the driver's module parameter makes as many VFs as it says",
			"%s %s for 0, 1 and %u VFs", d.module, d.param, d.max);
}

/*
 * Brings all ports of the driver up: the subject's partner may be one of them. What a reload made
 * is undone by another one.
 */
static int ports_up(struct ctx *ctx, const struct param_driver *d, char pf_ifname[IFNAMSIZ])
{
	char ifname[IFNAMSIZ];
	unsigned int i;
	int ret = -ENODEV;

	for (i = 0; i < d->n_ports; i++) {
		int err = netdev_find(ctx->root, &d->ports[i].nic->addr, ifname);

		if (err == 0 && ifname[0])
			err = link_set_up(ifname, true);
		if (pci_addr_cmp(&d->ports[i].nic->addr, &ctx->pf->addr) != 0)
			continue;
		ret = err;
		memcpy(pf_ifname, ifname, IFNAMSIZ);
	}
	if (ret < 0)
		ctx_fail(ctx, "pf_traffic", "the PF's network interface comes up",
			 "%s does not: %s", pf_ifname, strerror(-ret));
	return ret;
}

/* What became of a parameter that is too high; @how is it in words. */
static int check_over(struct ctx *ctx, const struct param_driver *d, unsigned int value, char *how,
		      size_t how_size)
{
	struct sriov_state st;
	bool refused;
	int ret = reload(ctx, d, value, &refused);

	if (ret < 0)
		return ret;
	if (refused) {
		util_format(how, how_size, "the module refuses %s=%u", d->param, value);
		return reload_and_count(ctx, d, 0);
	}
	ret = sriov_read(ctx->root, &ctx->pf->addr, &st);
	if (ret < 0) {
		ctx_fail(ctx, "device_unhealthy", "the PF is there with its VFs", "%s",
			 strerror(-ret));
		return ret;
	}
	if (st.numvfs < 0 || (unsigned int)st.numvfs > d->max) {
		ctx_fail(ctx, "vf_param_not_limited", "no more VFs than the PF offers",
			 "%s=%u made %d VFs of %u", d->param, value, st.numvfs, d->max);
		return CASE_OVER;
	}
	util_format(how, how_size, "%s=%u makes %d VFs", d->param, value, st.numvfs);
	return vfs_check(ctx, ctx->pf, (unsigned int)st.numvfs, &st);
}

static int run_param_over(struct ctx *ctx)
{
	char ifname[IFNAMSIZ] = "", how[80], expected[160];
	struct param_driver d;
	int linked, ret = prepare(ctx, &d);

	if (ret == 0)
		ret = ports_up(ctx, &d, ifname);
	if (ret < 0)
		return ret;
	linked = port_link_try(ctx, ctx->pf, ifname);
	if (linked < 0 && linked != -ENOLINK)
		return linked;
	ret = check_over(ctx, &d, d.max + 1 + d.extra, how, sizeof(how));
	if (ret == 0)
		ret = ports_up(ctx, &d, ifname);
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "over", "%s, the PF offers %u", how, d.max);
	if (linked < 0)
		return port_link_leave_out(ctx, ctx->pf, "that the PF sends afterwards");
	util_format(expected, sizeof(expected),
		    "at most %u VFs (%s), and the PF has carrier and sends", d.max, how);
	return vfs_check_pf_sends(ctx, ifname, expected);
}

/*
 * The refusal of a parameter that is too high, as ixgbe (where the card has fewer VFs than the
 * driver's limit), igb and mlx4 have it in Linux 6.12. All ports of the driver say it.
 */
static const struct provoked over_refused[] = {
	{ "ixgbe", "*Failed to enable PCI sriov: -22*" },
	{ "ixgbe", "*max_vfs parameter out of range*" },
	{ "igb", "*Maximum of 7 VFs per PF, using max*" },
	{ "mlx4_core", "*Failed to enable SR-IOV, continuing without SR-IOV (err = -22)*" },
	{ "mlx4_core", "*requested vfs (*) > available vfs (*" },
	{ "mlx4_core", "*Requested more VF's (*) *than allowed by *" },
	{ "mlx4_core", "*Requested * VFs, but FW does not support more than 64*" },
	{ 0 },
};

const struct case_def vf_param_cases[] = {
	{ .id = "vf_create_param",
	  .title = "The driver's module parameter makes VFs",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_offers_vfs },
	  .timeout_s = 300,
	  .run = run_create_param,
	  .ports = PORTS_DRIVER },
	{ .id = "vf_param_over",
	  .title = "A module parameter above the maximum does no harm",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_offers_vfs },
	  .timeout_s = 300,
	  .run = run_param_over,
	  .ports = PORTS_DRIVER,
	  .provokes = over_refused },
	{ .id = NULL },
};
