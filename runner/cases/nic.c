/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases on a PF as it is, before any VF: driver, link, PCIe. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "cases/controllers.h"
#include "cases/lacking.h"
#include "cases/nic_traffic.h"
#include "cases/port_link.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/ethtool.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/pci.h"
#include "base/sysroot.h"
#include "cases/vf_path.h"
#include "cases/vfs.h"
#include "cases/requires.h"
#include "cases/areas.h"

#define NETDEV_WAIT_MS 10000
#define VF_BAR_FIRST 7 /* line of the "resource" file */
#define MAX_RESOURCES (VF_BAR_FIRST + PCI_VF_BARS)

struct driver_wait {
	const struct ctx *ctx;
	struct pci_addr netdev_of;
	char driver[64];
	char ifname[IFNAMSIZ];
};

static bool driver_and_netdev(void *arg)
{
	struct driver_wait *w = arg;
	const struct ctx *ctx = w->ctx;

	return driver_get(ctx->root, &ctx->pf->addr, w->driver, sizeof(w->driver)) == 0 &&
	       w->driver[0] && netdev_find(ctx->root, &w->netdev_of, w->ifname) == 0 &&
	       w->ifname[0];
}

/* Some cards have their netdevs at another function than their VFs. */
static struct pci_addr netdev_function(const struct nic *nic)
{
	struct pci_addr addr = nic->addr;

	if (nic->profile && nic->profile->netdev_function)
		addr.fn = (uint8_t)nic->profile->netdev_function;
	return addr;
}

/* The driver is not there, or it has no netdev: say which, and what the kernel says of it. */
static int report_no_netdev(struct ctx *ctx, const struct driver_wait *w, const char *module)
{
	static const char expected[] = "the PF's driver binds and makes a network interface";
	const struct profile *profile = ctx->pf->profile;
	char pf[PCI_ADDR_STRLEN], line[256], why[380];
	bool cause = case_kernel_cause(ctx, case_pf_name(ctx, pf), "*", line, sizeof(line));

	if (!cause && !w->driver[0] &&
	    lacking_driver(ctx, ctx->pf->modalias, profile ? profile->driver : "", why,
			   sizeof(why)))
		return ctx_skip(ctx, "%s: %s", pf, why);
	controllers_note_dead(ctx);
	/* The likeliest cause: another file may have served, and something else be wrong. */
	if ((!cause || strcmp(ctx_cause(ctx, "pf_driver_unbound"), "firmware_missing") == 0) &&
	    lacking_firmware(ctx, pf, module[0] ? module : w->driver, why, sizeof(why)))
		return ctx_skip(ctx, "%s: %s", pf, why);
	if (!cause && !w->driver[0] && !kmsg_find_both(ctx->root, pf, "probe", line, sizeof(line)))
		line[0] = '\0';
	if (w->driver[0])
		return ctx_fail(ctx, ctx_cause(ctx, "pf_driver_unbound"), expected,
				"driver %s is bound, no network interface came%s%s", w->driver,
				line[0] ? "; " : "", line);
	return ctx_fail(ctx, ctx_cause(ctx, "pf_driver_unbound"), expected,
			"no driver is bound%s%s%s%s", module[0] ? ", module " : "", module,
			line[0] ? "; " : "", line);
}

/* The driver began to start when the run did, and has not come back. */
static int report_hang(struct ctx *ctx, const char *module)
{
	char pf[PCI_ADDR_STRLEN], line[256];
	bool known = case_kernel_cause(ctx, case_pf_name(ctx, pf), "*", line, sizeof(line));

	controllers_note_dead(ctx);
	return ctx_fail(ctx, ctx_cause(ctx, "driver_hangs"),
			"the PF's driver comes to an end of its start",
			"module %s, started before the first item, has not come back%s%s", module,
			known ? "; " : "", line);
}

static int run_nic_driver(struct ctx *ctx)
{
	const struct profile *profile = ctx->pf->profile;
	struct driver_wait w = { .ctx = ctx, .netdev_of = netdev_function(ctx->pf) };
	char module[64], name[32], version[32], firmware[64], bus_info[32];
	char pf[PCI_ADDR_STRLEN], line[256];
	int found, err = 0;

	if (driver_hangs(ctx->root, &ctx->pf->addr, module, sizeof(module)))
		return report_hang(ctx, module);
	found = module_find_by_alias(ctx->pf->modalias, module, sizeof(module));
	ctx_evidence(ctx, "modalias", "%s: %s", ctx->pf->modalias,
		     found < 0	 ? "no module (a built-in driver needs none)"
		     : module[0] ? module
				 : "built in");
	if (!driver_and_netdev(&w) && !w.driver[0] && found < 0 && profile &&
	    profile->last_kernel[0])
		return ctx_skip(
			ctx,
			"%s: its driver %s needs Linux %s or older, as later ones do not have it",
			profile->title, profile->driver, profile->last_kernel);
	if (!driver_and_netdev(&w) && found == 0 && module[0])
		err = case_load_module(ctx, module);
	if (err < 0)
		ctx_evidence(ctx, "module", "%s does not load: %s", module, strerror(-err));
	/* What no module was loaded for need not be waited for. */
	if (util_poll_until(driver_and_netdev, &w,
			    found < 0 && !w.driver[0] ? 0 : ctx_ms(ctx, NETDEV_WAIT_MS)) < 0)
		return report_no_netdev(ctx, &w, module);
	if (ethtool_get_drvinfo(w.ifname, name, version, firmware, bus_info) == 0)
		ctx_evidence(ctx, "driver", "%s, version %s, firmware %s, bus-info %s", name,
			     version, firmware, bus_info);
	/* ice without its package runs on, but cannot have VFs. */
	if (case_kernel_cause(ctx, case_pf_name(ctx, pf), "firmware_ddp", line, sizeof(line)))
		ctx_warn(ctx, "firmware_ddp", "the driver has the firmware that it needs", "%s",
			 line);
	return ctx_pass(ctx, "the PF's driver binds and makes a network interface", "%s, %s",
			w.driver, w.ifname);
}

static int run_nic_link(struct ctx *ctx)
{
	static const char expected[] = "the port has a link at the highest speed it supports";
	char ifname[IFNAMSIZ];
	struct link_info info;
	int max, ret = vfs_open_pf(ctx, ctx->pf, ifname);

	if (ret < 0)
		return ret;
	ret = port_link_wait(ctx, ctx->pf, ifname);
	if (ret < 0)
		return ret;
	ret = link_get(ifname, &info);
	if (ret < 0)
		return ctx_error(ctx, ret, "cannot read the link of %s: %s", ifname,
				 strerror(-ret));
	max = ethtool_max_speed(ifname);
	ctx_evidence(ctx, "link", "%s: %d Mb/s %s duplex, supported %d Mb/s, MTU %u", ifname,
		     info.speed_mbps, info.duplex[0] ? info.duplex : "unknown", max > 0 ? max : -1,
		     info.mtu);
	if (max > 0 && info.speed_mbps > 0 && info.speed_mbps < max)
		return ctx_warn(ctx, "link_slow", expected, "%d of %d Mb/s", info.speed_mbps, max);
	if (strcmp(info.duplex, "half") == 0)
		return ctx_warn(ctx, "link_slow", expected, "half duplex");
	if (info.speed_mbps < 0)
		return ctx_pass(ctx, expected, "%s has carrier, speed not told", ifname);
	return ctx_pass(ctx, expected, "%s has carrier at %d Mb/s", ifname, info.speed_mbps);
}

static bool link_is_known(const struct pcie_link *l)
{
	return l->speed_mtps > 0 && l->width > 0;
}

/* Both ends of the link: the PF's, and the port's above it. */
static void check_link(struct ctx *ctx, const struct pci_facts *pf, const struct pci_facts *port,
		       const char *port_name)
{
	static const char expected[] = "the PCIe link runs as fast and as wide as the NIC can";
	const struct pcie_link *now = &pf->link, *nic = &pf->link_max, *slot = &port->link_max;

	ctx_evidence(ctx, "pcie", "runs at %u MT/s x%u, NIC can do %u MT/s x%u", now->speed_mtps,
		     now->width, nic->speed_mtps, nic->width);
	if (port_name[0])
		ctx_evidence(ctx, "pcie.port", "%s can do %u MT/s x%u", port_name, slot->speed_mtps,
			     slot->width);
	/* Integrated and emulated functions have no real link. */
	if (!link_is_known(now) || !link_is_known(nic))
		return;
	if (now->speed_mtps >= nic->speed_mtps && now->width >= nic->width)
		return;
	ctx_symptom(ctx, SYMPTOM_STATE, "PCIe link %u MT/s x%u of %u MT/s x%u", now->speed_mtps,
		    now->width, nic->speed_mtps, nic->width);
	if (link_is_known(slot) && (slot->speed_mtps < nic->speed_mtps || slot->width < nic->width))
		ctx_warn(ctx, "pcie_degraded", expected,
			 "%u MT/s x%u; NIC %u MT/s x%u, port %s %u MT/s x%u", now->speed_mtps,
			 now->width, nic->speed_mtps, nic->width, port_name, slot->speed_mtps,
			 slot->width);
	else
		ctx_warn(ctx, "pcie_degraded", expected, "%u MT/s x%u of %u MT/s x%u",
			 now->speed_mtps, now->width, nic->speed_mtps, nic->width);
}

static void check_aer(struct ctx *ctx)
{
	static const char *const kinds[] = { "correctable", "nonfatal", "fatal" };
	unsigned int i;
	uint64_t total;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (pci_read_aer_total(ctx->root, &ctx->pf->addr, kinds[i], &total) < 0)
			continue;
		ctx_evidence(ctx, "aer", "%llu %s errors", (unsigned long long)total, kinds[i]);
		if (total == 0)
			continue;
		if (i == 0)
			ctx_warn(ctx, "pcie_aer", "no PCIe error is counted",
				 "%llu correctable errors", (unsigned long long)total);
		else
			ctx_fail(ctx, "pcie_aer", "no PCIe error is counted", "%llu %s errors",
				 (unsigned long long)total, kinds[i]);
	}
}

/*
 * Every VF BAR that the capability has needs an address. The register of a BAR that has none still
 * shows its type, unless it is a plain 32-bit one; the kernel's view, if it is there, tells the
 * rest.
 */
static void check_vf_bars(struct ctx *ctx, const struct pci_sriov *s)
{
	struct pci_resource res[MAX_RESOURCES] = { 0 };
	int n = pci_read_resources(ctx->root, &ctx->pf->addr, res, MAX_RESOURCES);
	unsigned int i;

	for (i = 0; i < PCI_VF_BARS; i++) {
		const struct pci_resource *r = &res[VF_BAR_FIRST + i];
		bool is_64bit = (s->bars[i] & 7) == 4 && i + 1 < PCI_VF_BARS;
		bool assigned = r->start && r->end > r->start && !(r->flags & PCI_BAR_FLAGS_UNSET);

		if (n < MAX_RESOURCES)
			assigned = (s->bars[i] & ~0xfu) || (is_64bit && s->bars[i + 1]);
		if ((s->bars[i] || r->flags) && !assigned)
			ctx_fail(ctx, "vf_resources_mmio", "every VF BAR has address space",
				 "VF BAR %u has none (register %#x)", i, s->bars[i]);
		else if (assigned && r->start)
			ctx_evidence(ctx, "vf_bar", "%u: %#llx-%#llx", i,
				     (unsigned long long)r->start, (unsigned long long)r->end);
		i += is_64bit; /* the next register is its upper half */
	}
}

/* Each VF that the driver offers has to be where the port above passes requests on to. */
static void check_vf_path(struct ctx *ctx, const struct pci_sriov *s, const struct sriov_path *path)
{
	unsigned int max = inventory_max_vfs(ctx->pf);

	if (max == 0 || s->vf_offset == 0 || (max > 1 && s->vf_stride == 0))
		return; /* not known before VFs are enabled */
	vf_path_check(ctx, ctx->pf, path, s->vf_offset, s->vf_stride, max);
}

static int run_nic_pcie(struct ctx *ctx)
{
	char port_name[PCI_ADDR_STRLEN] = "";
	struct pci_facts pf, port = { 0 };
	struct sriov_path path;
	struct pci_addr parent;
	int ret = pci_read_facts(ctx->root, &ctx->pf->addr, &pf);

	if (ret == -ENODEV)
		return ctx_fail(ctx, "device_unhealthy", "the PF's configuration space answers",
				"it reads as all ones");
	if (ret < 0)
		return ctx_error(ctx, ret, "cannot read configuration space: %s", strerror(-ret));
	if (pci_parent(ctx->root, &ctx->pf->addr, &parent) == 0 &&
	    pci_read_facts(ctx->root, &parent, &port) == 0)
		pci_addr_format(&parent, port_name);
	sriov_path_read(ctx->root, &ctx->pf->addr, &pf, &path);
	check_link(ctx, &pf, &port, port_name);
	check_aer(ctx);
	if (pf.has_sriov && pf.sriov.total_vfs > 0) {
		check_vf_bars(ctx, &pf.sriov);
		check_vf_path(ctx, &pf.sriov, &path);
	} else if (pf.ext_unreadable) {
		ctx_warn(ctx, "config_unreadable", "the whole configuration space is readable",
			 "its extended part is not: VF BARs and VF buses were not checked");
	}
	if (ctx_failed(ctx))
		return 0;
	return ctx_pass(ctx, "link, errors and resources are as they should be",
			"%u MT/s x%u, ARI %d", pf.link.speed_mtps, pf.link.width,
			path.ari_hierarchy);
}

const struct case_def nic_cases[] = {
	{ .id = "nic_driver",
	  .set = SET_QUICK,
	  .title = "The PF's driver is found, loads and binds",
	  .subject = SUBJECT_PF,
	  .timeout_s = 60,
	  .run = run_nic_driver },
	{ .id = "nic_link",
	  .set = SET_QUICK,
	  .title = "The port has a link at the speed it supports",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver },
	  .timeout_s = 60,
	  .run = run_nic_link },
	{ .id = "nic_pcie",
	  .set = SET_QUICK,
	  .title = "The PCIe link is good and all VFs have address space and can be reached",
	  .subject = SUBJECT_PF,
	  .timeout_s = 60,
	  .run = run_nic_pcie },
	{ .id = "nic_traffic",
	  .set = SET_QUICK,
	  .title = "The port's own frames are sent",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver },
	  .timeout_s = 90,
	  .run = run_nic_traffic },
	{ .id = NULL },
};
