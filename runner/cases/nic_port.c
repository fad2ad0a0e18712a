/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases on a port: what its driver, its module and its card say of themselves. */
#include "cases/areas.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <string.h>

#include "cases/common.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/vfs.h"
#include "sys/devlink.h"
#include "sys/ethtool.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/transceiver.h"

#define CYCLES 10u

static int run_nic_info(struct ctx *ctx)
{
	_cleanup_free_ struct devlink_info *info = malloc(sizeof(*info));
	int ret = info ? devlink_read_info(&ctx->pf->addr, info) : -ENOMEM;

	if (ret == -EOPNOTSUPP || ret == -ENODEV)
		return ctx_not_applicable(ctx, "the driver %s tells devlink no versions",
					  ctx->pf->driver);
	if (ret < 0)
		return ctx_error(ctx, ret, "devlink: %s", strerror(-ret));
	for (unsigned int i = 0; i < info->n; i++)
		ctx_evidence(ctx, "version", "%s %s: %s", info->versions[i].kind,
			     info->versions[i].name, info->versions[i].value);
	return ctx_pass(ctx, "every version that devlink knows is recorded",
			"%s, serial %s, %u versions", info->driver,
			info->serial[0] ? info->serial : "unknown", info->n + info->n_more);
}

/* After all other items: what went wrong meanwhile is in the counts. */
static int run_nic_health(struct ctx *ctx)
{
	static const char expected[] = "no health reporter of the card has seen an error";
	_cleanup_free_ struct devlink_health *h = malloc(sizeof(*h));
	int ret = h ? devlink_read_health(&ctx->pf->addr, h) : -ENOMEM;

	if (ret == -EOPNOTSUPP || ret == -ENODEV || (ret == 0 && h->n == 0))
		return ctx_not_applicable(ctx, "the driver %s has no health reporters",
					  ctx->pf->driver);
	if (ret < 0)
		return ctx_error(ctx, ret, "devlink: %s", strerror(-ret));
	for (unsigned int i = 0; i < h->n; i++) {
		const struct devlink_reporter *r = &h->reporters[i];

		ctx_evidence(ctx, "reporter", "%s: %s, %llu errors, %llu recoveries", r->name,
			     r->error ? "in error" : "healthy", (unsigned long long)r->errors,
			     (unsigned long long)r->recoveries);
		if (r->error)
			ctx_fail(ctx, "device_unhealthy", expected, "%s is in error", r->name);
		else if (r->errors > 0)
			ctx_warn(ctx, "device_unhealthy", expected, "%s has seen %llu", r->name,
				 (unsigned long long)r->errors);
	}
	if (ctx_failed(ctx))
		return 0;
	return ctx_pass(ctx, expected, "%u reporters", h->n);
}

static int judge_module(struct ctx *ctx, const struct transceiver *t)
{
	static const char expected[] = "the module in the port is well by its own word";

	ctx_evidence(ctx, "module", "%s, vendor %s, part %s", t->kind, t->vendor, t->part);
	if (!t->diagnostics)
		return ctx_pass(ctx, expected, "%s %s, which measures nothing", t->vendor, t->part);
	ctx_evidence(ctx, "module.measured", "%d C, %u mV", t->temperature_c, t->millivolts);
	for (unsigned int i = 0; i < t->n_lanes; i++)
		ctx_evidence(ctx, "module.rx", "lane %u: %u.%u uW", i + 1, t->rx_uw[i] / 10,
			     t->rx_uw[i] % 10);
	if (t->temperature_alarm || t->voltage_alarm)
		return ctx_warn(ctx, "module_alarm", expected, "%s: %d C, %u mV",
				t->temperature_alarm ? "temperature alarm" : "voltage alarm",
				t->temperature_c, t->millivolts);
	return ctx_pass(ctx, expected, "%s %s, %d C", t->vendor, t->part, t->temperature_c);
}

static int run_nic_module(struct ctx *ctx)
{
	uint8_t data[ETHTOOL_MODULE_MAX];
	char ifname[IFNAMSIZ];
	struct link_info info;
	struct transceiver t;
	uint32_t type;
	size_t len;
	int port, ret = vfs_find_pf(ctx, ctx->pf, true, ifname, &info);

	if (ret < 0)
		return ret;
	ret = ethtool_read_module(ifname, &type, data, &len);
	if (ret == -EOPNOTSUPP)
		return ctx_not_applicable(ctx,
					  "%s has no cage for a module, or the driver does "
					  "not tell",
					  ifname);
	port = ethtool_get_port(ifname);
	/* On a backplane, some drivers look for a module all the same. */
	if (ret < 0 && (!info.carrier || (port != PORT_FIBRE && port != PORT_DA)))
		return ctx_not_applicable(ctx, "no module answers in %s, which %s", ifname,
					  info.carrier ? "is no port for modules" : "has no link");
	if (ret == 0)
		ret = transceiver_decode(data, len, &t);
	if (ret < 0)
		return ctx_warn(ctx, "module_silent", "the module in the port can be read", "%s",
				strerror(-ret));
	return judge_module(ctx, &t);
}

static int run_nic_selftest(struct ctx *ctx)
{
	static const char expected[] = "the driver's own test of the port passes";
	struct ethtool_test_result r;
	char ifname[IFNAMSIZ];
	struct sriov_state st;
	int ret = vfs_open_pf(ctx, ctx->pf, ifname);

	/* With VFs, drivers refuse parts of it, and say that they failed. */
	if (ret == 0)
		ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_KEEP, &st);
	if (ret < 0)
		return ret;
	ret = port_link_wait(ctx, ctx->pf, ifname);
	if (ret < 0)
		return ret;
	ret = ethtool_self_test(ifname, true, &r);
	if (ret == -EOPNOTSUPP)
		return ctx_not_applicable(ctx, "the driver %s has no self test", ctx->pf->driver);
	if (ret < 0)
		return ctx_error(ctx, ret, "self test of %s: %s", ifname, strerror(-ret));
	for (unsigned int i = 0; i < r.n; i++) {
		ctx_evidence(ctx, "selftest", "%s: %llu", r.names[i],
			     (unsigned long long)r.values[i]);
		if (r.failed && r.values[i] != 0)
			ctx_fail(ctx, "selftest_failed", expected, "%s: %llu", r.names[i],
				 (unsigned long long)r.values[i]);
	}
	if (r.failed)
		return ctx_fail(ctx, "selftest_failed", expected, "%s says that it failed",
				ctx->pf->driver);
	return vfs_check_pf_sends(ctx, ifname, expected);
}

static int run_nic_link_cycle(struct ctx *ctx)
{
	uint64_t start, sum = 0, max = 0;
	char ifname[IFNAMSIZ];
	int ret = vfs_open_pf(ctx, ctx->pf, ifname);

	if (ret == 0)
		ret = port_link_wait(ctx, ctx->pf, ifname);
	for (unsigned int i = 0; ret == 0 && i < CYCLES; i++) {
		ret = link_set_up(ifname, false);
		start = util_now_ms();
		if (ret < 0)
			return ctx_error(ctx, ret, "%s down: %s", ifname, strerror(-ret));
		ret = port_link_wait(ctx, ctx->pf, ifname);
		start = util_now_ms() - start;
		sum += start;
		max = start > max ? start : max;
	}
	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "link.cycle", "carrier in %llu ms mean, %llu ms at most, %u samples",
		     (unsigned long long)(sum / CYCLES), (unsigned long long)max, CYCLES);
	return vfs_check_pf_sends(ctx, ifname, "the link comes back each time, and frames leave");
}

/* Since the run began; what happened before is for nic_pcie. */
static int run_nic_aer(struct ctx *ctx)
{
	static const char expected[] = "no PCIe error was counted in this run";
	const struct pci_aer_totals *was = &ctx->pf->aer;
	struct pci_aer_totals now;

	pci_read_aer_totals(ctx->root, &ctx->pf->addr, &now);
	if (!was->known || !now.known)
		return ctx_not_applicable(ctx, "the kernel counts no PCIe errors of the port: "
					       "firmware keeps them, or the card cannot tell");
	ctx_evidence(ctx, "aer",
		     "correctable %llu, nonfatal %llu, fatal %llu; before the run %llu, "
		     "%llu, %llu",
		     (unsigned long long)now.correctable, (unsigned long long)now.nonfatal,
		     (unsigned long long)now.fatal, (unsigned long long)was->correctable,
		     (unsigned long long)was->nonfatal, (unsigned long long)was->fatal);
	if (now.nonfatal != was->nonfatal || now.fatal != was->fatal)
		return ctx_fail(ctx, "pcie_aer", expected, "%llu nonfatal, %llu fatal errors",
				(unsigned long long)(now.nonfatal - was->nonfatal),
				(unsigned long long)(now.fatal - was->fatal));
	if (now.correctable != was->correctable)
		return ctx_warn(ctx, "pcie_aer", expected, "%llu correctable errors",
				(unsigned long long)(now.correctable - was->correctable));
	return ctx_pass(ctx, expected, "none");
}

const struct case_def nic_port_cases[] = {
	{ .id = "nic_info",
	  .title = "Every version that devlink knows is recorded",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver },
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_nic_info },
	{ .id = "nic_module",
	  .title = "The module in the port is well by its own word",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver },
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_nic_module },
	{ .id = "nic_link_cycle",
	  .title = "The link comes back ten times",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_link },
	  .timeout_s = 360,
	  .set = SET_FULL,
	  .run = run_nic_link_cycle },
	{ .id = "nic_selftest",
	  .title = "The driver's own test of the port passes",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_link },
	  .timeout_s = 120,
	  .set = SET_FULL,
	  .run = run_nic_selftest },
	{ .id = "nic_health",
	  .last = true,
	  .title = "No health reporter of the card has seen an error",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver },
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_nic_health },
	{ .id = "nic_aer",
	  .last = true,
	  .title = "No PCIe error was counted in this run",
	  .subject = SUBJECT_PF,
	  .timeout_s = 60,
	  .set = SET_FULL,
	  .run = run_nic_aer },
	{ .id = NULL },
};
