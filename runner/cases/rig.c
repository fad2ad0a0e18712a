/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preparing a PF and its VFs for assignment, and looking after them. */
#include "cases/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "sys/sysroot.h"

#define RIG_CARRIER_MS 30000
#define RIG_NUMVFS_MS 30000
#define RIG_NETDEV_MS 15000

unsigned int rig_ms(const struct ctx *ctx, unsigned int ms)
{
	return ctx_time_left_ms(
		ctx, (unsigned int)((uint64_t)ms * ctx->settings->timeout_percent / 100));
}

int rig_result(const struct ctx *ctx, int ret)
{
	return ctx_failed(ctx) ? 0 : ret;
}

int rig_open(struct rig *rig, struct ctx *ctx)
{
	bool no_link = settings_fault_is(ctx->settings, FAULT_NO_LINK, ctx->def->id);
	struct link_info info;
	int ret;

	*rig = (struct rig){ .ctx = ctx };
	ret = link_find(ctx->root, &ctx->pf->addr, rig->ifname);
	if (ret == 0 && rig->ifname[0] == '\0')
		ret = -ENODEV;
	if (ret == 0)
		ret = link_get(rig->ifname, &info);
	if (ret < 0)
		return ctx_error(ctx, ret, "the PF's netdev cannot be read: %s", strerror(-ret));
	memcpy(rig->mac, info.mac, sizeof(rig->mac));
	ret = ctx_undo(ctx, UNDO_LINK_UP, &ctx->pf->addr, info.admin_up, rig->ifname);
	if (ret < 0)
		return ret;
	if (no_link) {
		ctx_evidence(ctx, "fault", "the PF is taken down on purpose");
		ret = link_set_up(rig->ifname, false);
		return ret < 0 ? ctx_error(ctx, ret, "%s cannot be taken down", rig->ifname) : 0;
	}
	ret = link_wait_carrier(rig->ifname, rig_ms(ctx, RIG_CARRIER_MS));
	if (ret == -ETIMEDOUT) {
		ctx_fail(ctx, "link_down", "the PF has a link", "%s is up and has no carrier",
			 rig->ifname);
		return ret;
	}
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be brought up: %s", rig->ifname,
				   strerror(-ret))
		       : 0;
}

/*
 * A locally administered MAC. The PF's own last bytes keep it apart from that of any other
 * appliance on the same network.
 */
static void rig_make_mac(const struct rig *rig, struct rig_vf *vf)
{
	const uint8_t mac[6] = { 0x02,	      0x76,	   rig->mac[3],
				 rig->mac[4], rig->mac[5], (uint8_t)vf->index };

	memcpy(vf->mac, mac, sizeof(mac));
}

static int rig_set_mac(struct rig *rig, struct rig_vf *vf)
{
	struct ctx *ctx = rig->ctx;
	char want[18], got[18];
	uint8_t mac[6] = { 0 };
	int ret;

	rig_make_mac(rig, vf);
	ret = ctx_undo(ctx, UNDO_VF_MAC, &ctx->pf->addr, vf->index, rig->ifname);
	if (ret < 0)
		return ret;
	ret = link_set_vf_mac(rig->ifname, vf->index, vf->mac);
	if (ret == -EOPNOTSUPP) {
		ctx_evidence(ctx, "vf_mac", "the PF's driver cannot set it");
		return 0;
	}
	if (ret == 0)
		ret = link_get_vf_mac(rig->ifname, vf->index, mac);
	if (ret < 0 || memcmp(mac, vf->mac, sizeof(mac)) != 0) {
		ctx_fail(ctx, "vf_mac_refused", link_mac_format(vf->mac, want),
			 "VF %u: %s, read back %s", vf->index, ret < 0 ? strerror(-ret) : "set",
			 link_mac_format(mac, got));
		return ret < 0 ? ret : -EIO;
	}
	ctx_evidence(ctx, "vf_mac", "VF %u: %s", vf->index, link_mac_format(mac, got));
	vf->mac_set = true;
	return 0;
}

static int rig_stop_autoprobe(struct rig *rig)
{
	struct ctx *ctx = rig->ctx;
	bool on;
	int ret = sriov_get_autoprobe(ctx->root, &ctx->pf->addr, &on);

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_AUTOPROBE, &ctx->pf->addr, on, NULL);
	if (ret == 0)
		ret = sriov_set_autoprobe(ctx->root, &ctx->pf->addr, false);
	return ret < 0 ? ctx_error(ctx, ret, "VF autoprobe cannot be switched off: %s",
				   strerror(-ret))
		       : 0;
}

int rig_create_vfs(struct rig *rig, unsigned int n)
{
	struct ctx *ctx = rig->ctx;
	const struct pci_addr *pf = &ctx->pf->addr;
	struct sriov_state st;
	char addr[PCI_ADDR_STRLEN];
	int ret = rig_stop_autoprobe(rig);

	if (ret < 0)
		return ret;
	ret = sriov_read(ctx->root, pf, &st);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_NUMVFS, pf, (uint64_t)st.numvfs, NULL);
	/* The kernel goes from one number to another only by way of none. */
	if (ret == 0 && st.numvfs > 0)
		ret = sriov_set_numvfs(ctx->root, pf, 0, rig_ms(ctx, RIG_NUMVFS_MS), &st);
	if (ret < 0)
		return ctx_error(ctx, ret, "VFs cannot be prepared: %s", strerror(-ret));
	ret = sriov_set_numvfs(ctx->root, pf, n, rig_ms(ctx, RIG_NUMVFS_MS), &st);
	if (ret < 0) {
		ctx_fail(ctx, "vf_create_failed", "the VFs asked for appear",
			 "asked for %u: %s; sriov_numvfs %d, VFs on the bus %u", n, strerror(-ret),
			 st.numvfs, st.links);
		return ret;
	}
	for (rig->n_vfs = 0; ret == 0 && rig->n_vfs < n; rig->n_vfs++) {
		struct rig_vf *vf = &rig->vfs[rig->n_vfs];

		*vf = (struct rig_vf){ .index = rig->n_vfs, .addr = st.vfs[rig->n_vfs] };
		ctx_evidence(ctx, "vf", "VF %u: %s", vf->index, pci_addr_format(&vf->addr, addr));
		ret = rig_set_mac(rig, vf);
	}
	return ret;
}

/* The user's word, and only where it is needed: the parameter stays for the rest of the run. */
static int rig_load_vfio(struct rig *rig)
{
	struct ctx *ctx = rig->ctx;
	bool unsafe = ctx->settings->unsafe_interrupts && !ctx->inv->iommu.irq_remap;
	int ret = module_load("vfio_iommu_type1", NULL);

	if (ret == 0)
		ret = module_load("vfio-pci", NULL);
	if (ret == 0 && unsafe)
		ret = sysroot_write(
			ctx->root, "1",
			"sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
	return ret < 0 ? ctx_error(ctx, ret, "VFIO cannot be set up: %s", strerror(-ret)) : 0;
}

int rig_bind_vfio(struct rig *rig, unsigned int i)
{
	struct ctx *ctx = rig->ctx;
	const struct pci_addr *vf = &rig->vfs[i].addr;
	char addr[PCI_ADDR_STRLEN], driver[32] = "";
	int ret = rig_load_vfio(rig);

	if (ret < 0)
		return ret;
	ret = driver_get(ctx->root, vf, driver, sizeof(driver));
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_DRIVER, vf, 0, driver);
	if (ret < 0)
		return ctx_error(ctx, ret, "VF %s cannot be bound: %s", pci_addr_format(vf, addr),
				 strerror(-ret));
	ret = driver_bind(ctx->root, vf, "vfio-pci");
	if (ret < 0) {
		ctx_fail(ctx, "vf_bind_failed", "the VF binds to vfio-pci", "VF %s: %s",
			 pci_addr_format(vf, addr), strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "vf_iommu_group", "VF %u: %d", i, driver_iommu_group(ctx->root, vf));
	return 0;
}

/*
 * Class code and revision, read from the device itself. A VF's vendor and device id read as ones by
 * the specification (PCIe Base Specification, SR-IOV, VF Configuration Space), these do not.
 */
static bool rig_config_answers(const struct ctx *ctx, const char *addr)
{
	_cleanup_close_ int fd =
		sysroot_openat(ctx->root, O_RDONLY, "sys/bus/pci/devices/%s/config", addr);
	uint32_t class;

	return fd >= 0 && pread(fd, &class, sizeof(class), PCI_CLASS_REVISION) == sizeof(class) &&
	       class != UINT32_MAX;
}

/*
 * The driver that the VF has on the host, "" if none is known, and its module loaded. A virtio
 * device has a netdev only with the driver of the virtio bus on top.
 */
static int rig_host_driver(const struct ctx *ctx, const char *addr, char *driver, size_t size)
{
	const struct profile *profile = ctx->pf->profile;
	char alias[256], module[64] = "";
	int ret = sysroot_read(ctx->root, alias, sizeof(alias), "sys/bus/pci/devices/%s/modalias",
			       addr);

	driver[0] = '\0';
	if (ret >= 0)
		ret = module_find_by_alias(alias, module, sizeof(module));
	if (ret == 0 && module[0] != '\0')
		ret = module_load(module, NULL);
	if (profile && profile->vf_driver[0] != '\0')
		util_strlcpy(driver, size, profile->vf_driver);
	else
		util_strlcpy(driver, size, module);
	if (ret == 0 && strcmp(driver, "virtio-pci") == 0)
		ret = module_load("virtio_net", NULL);
	if (ret == -ENOENT)
		ret = 0; /* not in this kernel: the driver is not there, which is said below */
	/* Of an unknown family only the module's name is known, and a driver may have another. */
	if (!sysroot_exists(ctx->root, "sys/bus/pci/drivers/%s", driver) && !profile)
		driver[0] = '\0';
	return ret;
}

struct rig_netdev_wait {
	const struct ctx *ctx;
	const struct pci_addr *vf;
	char ifname[IFNAMSIZ];
};

static bool rig_has_netdev(void *arg)
{
	struct rig_netdev_wait *w = arg;

	return link_find(w->ctx->root, w->vf, w->ifname) == 0 && w->ifname[0] != '\0';
}

int rig_check_vf(struct rig *rig, unsigned int i)
{
	struct ctx *ctx = rig->ctx;
	struct rig_netdev_wait wait = { .ctx = ctx, .vf = &rig->vfs[i].addr };
	const char *expected = "after its guest the VF works with its own driver on the host";
	char addr[PCI_ADDR_STRLEN], driver[64];
	int ret;

	pci_addr_format(wait.vf, addr);
	if (!rig_config_answers(ctx, addr)) {
		ctx_fail(ctx, "device_unhealthy", expected,
			 "VF %s does not answer to configuration reads", addr);
		return -EIO;
	}
	ret = rig_host_driver(ctx, addr, driver, sizeof(driver));
	if (ret < 0)
		return ctx_error(ctx, ret, "the VF's host driver cannot be loaded: %s",
				 strerror(-ret));
	if (driver[0] == '\0') {
		ctx_evidence(ctx, "vf_host", "VF %u: answers; this kernel has no driver for it", i);
		return 0;
	}
	ret = driver_bind(ctx->root, wait.vf, driver);
	if (ret == 0)
		ret = util_poll_until(rig_has_netdev, &wait, rig_ms(ctx, RIG_NETDEV_MS));
	if (ret < 0) {
		ctx_fail(ctx, "device_unhealthy", expected, "VF %s with %s: %s", addr, driver,
			 ret == -ETIMEDOUT ? "no network device appears" : strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "vf_host", "VF %u: %s, %s", i, driver, wait.ifname);
	/* Back to no driver at all, so that the VF can go at once. */
	ret = driver_bind(ctx->root, wait.vf, "");
	return ret < 0 ? ctx_error(ctx, ret, "VF %s cannot be released: %s", addr, strerror(-ret))
		       : 0;
}
