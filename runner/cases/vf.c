/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cases on the life cycle of VFs: created, refused, destroyed, bound to vfio-pci and to their own
 * driver. A successful write to sriov_numvfs proves nothing, so each looks at what came of it.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/port_link.h"
#include "cases/areas.h"
#include "cases/common.h"
#include "cases/lacking.h"
#include "cases/requires.h"
#include "cases/vf_alive.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "base/sysroot.h"

#define BIND_ROUNDS 10
#define EACH_UP_TO 8
#define STUB "pci-stub"
#define HOST_DRIVER_VFS 8
#define VF_NETDEV_MS 40000
#define VF_CARRIER_MS 30000

static int create_and_pass(struct ctx *ctx, unsigned int n, struct sriov_state *st)
{
	int ret = vfs_create(ctx, ctx->pf, n, st);

	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "all VFs are where and what the capability says", "%u VFs", n);
}

static int run_create_one(struct ctx *ctx)
{
	struct sriov_state st;
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);

	vf_check_known_id(ctx);
	return ret < 0 ? ret : create_and_pass(ctx, 1, &st);
}

static int run_create_max(struct ctx *ctx)
{
	struct sriov_state st;
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);

	if (ret < 0)
		return ret;
	ctx_evidence(ctx, "limits", "capability %u, driver %d, profile %u", ctx->pf->cap_total_vfs,
		     st.totalvfs, ctx->pf->profile ? ctx->pf->profile->max_vfs : 0);
	if (st.totalvfs > SRIOV_MAX_VFS)
		ctx_warn(ctx, "vf_untried", "all VFs that the PF offers are created",
			 "%d are offered, no more than %d are tried", st.totalvfs, SRIOV_MAX_VFS);
	return create_and_pass(ctx, vfs_max(&st), &st);
}

/* The numbers to try: each one up to EACH_UP_TO, then powers of two, and the maximum. */
static unsigned int next_number(unsigned int n, unsigned int max)
{
	unsigned int next = n < EACH_UP_TO ? n + 1 : n * 2;

	return n < max && next > max ? max : next;
}

static int run_create_each(struct ctx *ctx)
{
	struct sriov_state st;
	unsigned int n, max, tried = 0;
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);

	if (ret < 0)
		return ret;
	max = vfs_max(&st);
	for (n = 1; n <= max; n = next_number(n, max)) {
		ret = vfs_create(ctx, ctx->pf, n, &st);
		if (ret == 0)
			ret = vfs_destroy(ctx, ctx->pf, &st);
		if (ret < 0)
			return ret;
		tried++;
	}
	return ctx_pass(ctx, "every number of VFs can be created, and none again",
			"%u numbers from 1 to %u", tried, max);
}

/* True if the same VFs are there as before, neither more nor less. */
static bool same_vfs(const struct sriov_state *a, const struct sriov_state *b)
{
	unsigned int i;

	if (a->numvfs != b->numvfs || a->links != b->links)
		return false;
	for (i = 0; i < a->links; i++)
		if (pci_addr_cmp(&a->vfs[i], &b->vfs[i]) != 0)
			return false;
	return true;
}

/* Writes a number that has to be refused with @want, and nothing may change. */
static int check_refused(struct ctx *ctx, unsigned int n, int want, const char *label,
			 const struct sriov_state *before)
{
	struct sriov_state after;
	char expected[96];
	int ret = sriov_write_numvfs(ctx->root, &ctx->pf->addr, n, vfs_write_ms(ctx, ctx->pf, n),
				     &after);

	if (vfs_was_not_tried(ctx, ret))
		return ret;
	util_format(expected, sizeof(expected), "a write of %u is refused (%s), %d VFs stay", n,
		    strerror(-want), before->numvfs);
	if (ret == want && same_vfs(before, &after))
		return ctx_pass(ctx, expected, "%s, %d VFs", strerror(-ret), after.numvfs);
	return ctx_fail(ctx, label, expected, "%s, sriov_numvfs reads %d, %u VFs on the bus",
			ret < 0 ? strerror(-ret) : "accepted", after.numvfs, after.links);
}

static int run_over_max(struct ctx *ctx)
{
	struct sriov_state st;
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);

	if (ret < 0)
		return ret;
	return check_refused(ctx, (unsigned int)st.totalvfs + 1, -ERANGE, "vf_range_not_refused",
			     &st);
}

static int run_change_busy(struct ctx *ctx)
{
	struct sriov_state st;
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);

	if (ret < 0)
		return ret;
	if (st.totalvfs < 2)
		return ctx_not_applicable(ctx, "the PF has only %d VF, so there is no other number",
					  st.totalvfs);
	ret = vfs_create(ctx, ctx->pf, 1, &st);
	if (ret < 0)
		return ret;
	return check_refused(ctx, 2, -EBUSY, "vf_busy_not_refused", &st);
}

static int run_destroy(struct ctx *ctx)
{
	char ifname[IFNAMSIZ];
	struct sriov_state st;
	int linked, ret = vfs_open_pf(ctx, ctx->pf, ifname);

	if (ret == 0)
		ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);
	if (ret < 0)
		return ret;
	linked = port_link_try(ctx, ctx->pf, ifname);
	if (linked < 0 && linked != -ENOLINK)
		return linked;
	ret = vfs_create(ctx, ctx->pf, vfs_max(&st), &st);
	if (ret == 0)
		ret = vfs_destroy(ctx, ctx->pf, &st);
	if (ret < 0)
		return ret;
	if (linked < 0)
		return port_link_leave_out(ctx, ctx->pf, "that the PF sends with no VF left");
	return vfs_check_pf_sends(ctx, ifname, "the PF has carrier and sends, with no VF left");
}

/* One round: to vfio-pci and back. */
static int bind_round(struct ctx *ctx, const struct pci_addr *vf, unsigned int round)
{
	static const char expected[] = "the VF binds to vfio-pci and back, and stays";
	struct sriov_state st;
	char name[PCI_ADDR_STRLEN];
	int ret = driver_bind(ctx->root, vf, "vfio-pci");

	pci_addr_format(vf, name);
	if (ret < 0) {
		case_see_errno(ctx, "vfio_bind", ret, vf);
		ctx_fail(ctx, "vf_bind_failed", expected, "round %u: %s does not bind: %s", round,
			 name, strerror(-ret));
		return ret;
	}
	ret = driver_restore(ctx->root, vf, "");
	if (ret < 0) {
		ctx_fail(ctx, "vf_bind_failed", expected, "round %u: %s does not unbind: %s", round,
			 name, strerror(-ret));
		return ret;
	}
	ret = sriov_read(ctx->root, &ctx->pf->addr, &st);
	if (ret == 0 && st.numvfs == 1 && st.links == 1 && pci_addr_cmp(&st.vfs[0], vf) == 0)
		return 0;
	ctx_fail(ctx, "vf_bind_failed", expected, "round %u: sriov_numvfs %d, %u VFs on the bus",
		 round, st.numvfs, st.links);
	return CASE_OVER;
}

static int run_bind_vfio(struct ctx *ctx)
{
	struct sriov_state st;
	unsigned int round;
	int ret = case_load_module(ctx, "vfio_pci");

	if (ret < 0)
		return ctx_error(ctx, ret, "module vfio_pci does not load: %s", strerror(-ret));
	ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);
	if (ret == 0)
		ret = vfs_create(ctx, ctx->pf, 1, &st);
	if (ret < 0)
		return ret;
	ret = ctx_undo(ctx, UNDO_DRIVER, &st.vfs[0], 0, "");
	if (ret < 0)
		return ctx_error(ctx, ret, "no room to record the undo");
	for (round = 1; ret == 0 && round <= BIND_ROUNDS; round++)
		ret = bind_round(ctx, &st.vfs[0], round);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "the VF binds to vfio-pci and back, and stays", "%u rounds",
			BIND_ROUNDS);
}

struct vf_wait {
	const struct ctx *ctx;
	const struct sriov_state *st;
	unsigned int ready; /* VFs that have a driver and a netdev */
};

static bool vf_is_ready(const struct ctx *ctx, const struct pci_addr *vf, char driver[64],
			char ifname[IFNAMSIZ])
{
	ifname[0] = '\0';
	return driver_get(ctx->root, vf, driver, 64) == 0 && driver[0] &&
	       netdev_find(ctx->root, vf, ifname) == 0 && ifname[0];
}

static bool vfs_are_ready(void *arg)
{
	struct vf_wait *w = arg;
	char driver[64], ifname[IFNAMSIZ];

	w->ready = 0;
	while (w->ready < w->st->links &&
	       vf_is_ready(w->ctx, &w->st->vfs[w->ready], driver, ifname))
		w->ready++;
	return w->ready == w->st->links;
}

static const char *vf_driver(const struct nic *pf)
{
	return pf->profile ? pf->profile->vf_driver : "";
}

/* Loads what drives the VFs and waits for them. */
static int bind_own_drivers(struct ctx *ctx, const struct sriov_state *st)
{
	struct vf_wait w = { ctx, st, 0 };
	char modalias[256], driver[64], a[PCI_ADDR_STRLEN], why[320];
	int loaded = case_load_nic_modules(ctx);

	if (util_poll_until(vfs_are_ready, &w, ctx_ms(ctx, VF_NETDEV_MS)) == 0)
		return 0;
	pci_addr_format(&st->vfs[w.ready], a);
	if (pci_read_modalias(ctx->root, &st->vfs[w.ready], modalias, sizeof(modalias)) < 0)
		modalias[0] = '\0';
	if (driver_get(ctx->root, &st->vfs[w.ready], driver, sizeof(driver)) < 0)
		driver[0] = '\0';
	if (!driver[0] && lacking_driver(ctx, modalias, vf_driver(ctx->pf), why, sizeof(why))) {
		ctx_skip(ctx, "VF %u, %s, has no driver: %s", w.ready, a, why);
		return CASE_OVER;
	}
	ctx_fail(ctx, driver[0] ? "vf_no_driver" : vf_label_no_driver(ctx),
		 "each VF gets its driver and a network interface",
		 "VF %u, %s: driver %s, no network interface (%s, modules %s)", w.ready, a,
		 driver[0] ? driver : "none", modalias, loaded < 0 ? strerror(-loaded) : "loaded");
	return CASE_OVER;
}

/*
 * MAC and, if the PF is @linked, link of one VF. @macs are those of the VFs before it.
 */
static int check_vf_netdev(struct ctx *ctx, const struct sriov_state *st, unsigned int i,
			   uint8_t macs[][6], bool linked)
{
	char driver[64], ifname[IFNAMSIZ], mac[18], a[PCI_ADDR_STRLEN];
	struct link_info info = { 0 };
	unsigned int k;
	int ret = -ENODEV;

	pci_addr_format(&st->vfs[i], a);
	if (vf_is_ready(ctx, &st->vfs[i], driver, ifname))
		ret = linked ? link_wait_carrier(ifname, ctx_ms(ctx, VF_CARRIER_MS))
			     : link_set_up(ifname, true);
	if (ret == 0)
		ret = link_get(ifname, &info);
	if (ret < 0) {
		ctx_fail(ctx, "vf_no_link", "each VF's link comes up", "VF %u, %s %s: %s", i, a,
			 ifname, strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "vf", "%u: %s, driver %s, %s, %s, %d Mb/s", i, a, driver, ifname,
		     link_mac_format(info.mac, mac), info.speed_mbps);
	if (i == 0 && vf_driver(ctx->pf)[0] && strcmp(driver, vf_driver(ctx->pf)) != 0)
		ctx_warn(ctx, "vf_driver_unexpected", "the VFs have the driver of the profile",
			 "%s instead of %s", driver, vf_driver(ctx->pf));
	memcpy(macs[i], info.mac, 6);
	for (k = 0; k < i && memcmp(macs[k], info.mac, 6) != 0; k++)
		;
	if (k == i && link_mac_valid(info.mac))
		return 0;
	ctx_fail(ctx, "vf_bad_mac", "each VF has a valid MAC address of its own", "VF %u, %s: %s%s",
		 i, a, mac, k < i ? ", as another VF" : "");
	return CASE_OVER;
}

/* From its own driver to pci-stub and back: what was tried last, and what came of it. */
static int stub_and_back(struct ctx *ctx, const struct pci_addr *vf, uint16_t device,
			 const char *own, const char **step)
{
	int ret;

	*step = "pci-stub takes the VF's id (new_id)";
	ret = driver_add_id(ctx->root, STUB, ctx->pf->vendor, device);
	if (ret < 0)
		return ret;
	*step = "the VF's driver lets go of it";
	ret = driver_unbind(ctx->root, vf);
	if (ret < 0)
		return ret;
	*step = "the VF binds to pci-stub";
	ret = driver_bind_plain(ctx->root, vf, STUB);
	if (ret < 0)
		return ret;
	*step = "pci-stub lets go of the VF";
	ret = driver_unbind(ctx->root, vf);
	if (ret < 0)
		return ret;
	*step = "pci-stub gives the VF's id back (remove_id)";
	ret = driver_remove_id(ctx->root, STUB, ctx->pf->vendor, device);
	if (ret < 0)
		return ret;
	*step = "the VF binds to its own driver again";
	return driver_bind_plain(ctx->root, vf, own);
}

static int run_bind_stub(struct ctx *ctx)
{
	static const char expected[] = "the VF binds to pci-stub by its id, and back";
	const struct pci_addr *pf = &ctx->pf->addr;
	const char *step;
	char own[64], name[PCI_ADDR_STRLEN];
	struct sriov_state st;
	uint64_t device;
	int ret = case_load_module(ctx, "pci_stub");

	if (ret < 0)
		return ctx_error(ctx, ret, "module pci_stub does not load: %s", strerror(-ret));
	/* Bound by name, a VF is probed only with autoprobe on. */
	ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_ON, &st);
	if (ret == 0)
		ret = vfs_create(ctx, ctx->pf, 1, &st);
	if (ret == 0)
		ret = bind_own_drivers(ctx, &st);
	if (ret < 0)
		return ret;
	ret = driver_get(ctx->root, &st.vfs[0], own, sizeof(own));
	if (ret == 0)
		ret = pci_read_attr(ctx->root, &st.vfs[0], "device", &device);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_DRIVER_ID, pf, (uint64_t)ctx->pf->vendor << 16 | device,
			       STUB);
	if (ret < 0)
		return ctx_error(ctx, ret, "cannot get ready to bind the VF: %s", strerror(-ret));
	pci_addr_format(&st.vfs[0], name);
	ret = stub_and_back(ctx, &st.vfs[0], (uint16_t)device, own, &step);
	if (ret < 0)
		return ctx_fail(ctx, "vf_bind_failed", expected,
				"%s, %04x:%04x: failed where %s: %s", name, ctx->pf->vendor,
				(unsigned int)device, step, strerror(-ret));
	return ctx_pass(ctx, expected, "%s, %04x:%04x: %s, " STUB ", %s", name, ctx->pf->vendor,
			(unsigned int)device, own, own);
}

static int run_host_driver(struct ctx *ctx)
{
	uint8_t macs[HOST_DRIVER_VFS][6];
	struct sriov_state st;
	char ifname[IFNAMSIZ];
	unsigned int i, n;
	int linked, ret = vfs_open_pf(ctx, ctx->pf, ifname);

	if (ret == 0)
		ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_ON, &st);
	if (ret < 0)
		return ret;
	linked = port_link_try(ctx, ctx->pf, ifname);
	if (linked < 0 && linked != -ENOLINK)
		return linked;
	n = vfs_max(&st) < HOST_DRIVER_VFS ? vfs_max(&st) : HOST_DRIVER_VFS;
	ret = vfs_create(ctx, ctx->pf, n, &st);
	if (ret == 0)
		ret = bind_own_drivers(ctx, &st);
	for (i = 0; ret == 0 && i < n; i++)
		ret = check_vf_netdev(ctx, &st, i, macs, linked == 0);
	if (ret < 0)
		return ret;
	if (linked < 0)
		return port_link_leave_out(ctx, ctx->pf, "the links of the VFs");
	return ctx_pass(ctx, "each VF has its driver, a MAC address of its own and a link",
			"%u VFs", n);
}

/* The PCI core's words on a second number of VFs, Linux 6.12. */
static const struct provoked busy_refused[] = {
	{ NULL, "*VFs already enabled. Disable before enabling*" },
	{ 0 },
};

const struct case_def vf_cases[] = {
	{ .id = "vf_create_one",
	  .title = "One VF can be created",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_create_one },
	{ .id = "vf_create_max",
	  .set = SET_QUICK,
	  .title = "All VFs that the PF advertises can be created",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_create_max },
	{ .id = "vf_alive",
	  .title = "Each VF answers configuration reads by itself",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = vf_run_alive },
	{ .id = "vf_create_each",
	  .title = "Every number of VFs up to the maximum can be created",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 300,
	  .run = run_create_each },
	{ .id = "vf_over_max",
	  .set = SET_QUICK,
	  .title = "More VFs than there are get refused",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_over_max },
	{ .id = "vf_change_busy",
	  .title = "Another number of VFs is refused while there are some",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_change_busy,
	  .provokes = busy_refused },
	{ .id = "vf_destroy",
	  .title = "All VFs can be destroyed, and the PF works on",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_destroy },
	{ .id = "vf_bind_stub",
	  .title = "A VF binds to pci-stub by its id, and back to its driver",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_bind_stub,
	  .ports = PORTS_DRIVER }, /* a VF that comes up on another one could get pci-stub */
	{ .id = "vf_bind_vfio",
	  .title = "A VF binds to vfio-pci and back, ten times",
	  .subject = SUBJECT_PF,
	  .needs = { &req_iommu_on, &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_bind_vfio },
	{ .id = "vf_host_driver",
	  .title = "The VFs' own driver binds on the host and their links come up",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 240,
	  .run = run_host_driver },
	{ .id = NULL },
};
