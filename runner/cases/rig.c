/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preparing a PF and its VFs for assignment, and looking after them. */
#include "cases/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "cases/common.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "base/sysroot.h"

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

/* The netdev of a NIC, its state, and the undo of its link state; @stays: no driver remakes it. */
static int rig_find_netdev(struct ctx *ctx, const struct nic *nic, bool stays,
			   char ifname[IFNAMSIZ], struct link_info *info)
{
	char addr[PCI_ADDR_STRLEN];
	int ret = link_find(ctx->root, &nic->addr, ifname);

	if (ret == 0 && ifname[0] == '\0')
		ret = -ENODEV;
	if (ret == 0)
		ret = link_get(ifname, info);
	if (ret < 0)
		return ctx_error(ctx, ret, "the netdev of %s cannot be read: %s",
				 pci_addr_format(&nic->addr, addr), strerror(-ret));
	return ctx_undo(ctx, UNDO_LINK_UP, &nic->addr, info->admin_up, stays ? ifname : "");
}

int rig_open(struct rig *rig, struct ctx *ctx, const struct nic *pf)
{
	bool up = !settings_fault_is(ctx->settings, FAULT_NO_LINK, ctx->def->id);
	struct link_info info;
	int ret;

	*rig = (struct rig){ .ctx = ctx, .pf = pf };
	ret = rig_find_netdev(ctx, pf, true, rig->ifname, &info);
	if (ret < 0)
		return ret;
	memcpy(rig->mac, info.mac, sizeof(rig->mac));
	if (!up)
		ctx_evidence(ctx, "fault", "the PF is taken down on purpose");
	ret = link_set_up(rig->ifname, up);
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be %s: %s", rig->ifname,
				   up ? "brought up" : "taken down", strerror(-ret))
		       : 0;
}

int rig_wait_link(struct rig *rig)
{
	struct ctx *ctx = rig->ctx;
	int ret;

	if (settings_fault_is(ctx->settings, FAULT_NO_LINK, ctx->def->id))
		return 0;
	ret = link_wait_carrier(rig->ifname, rig_ms(ctx, RIG_CARRIER_MS));
	if (ret == -ETIMEDOUT) {
		ctx_fail(ctx, "link_down", "the PF has a link", "%s is up and has no carrier",
			 rig->ifname);
		return ret;
	}
	return ret < 0 ? ctx_error(ctx, ret, "the link of %s cannot be read: %s", rig->ifname,
				   strerror(-ret))
		       : 0;
}

/*
 * A locally administered MAC. The PF's own last bytes keep it apart from that of any other
 * appliance on the same network.
 */
static void rig_make_mac(const struct rig *rig, struct rig_dev *vf)
{
	const uint8_t mac[6] = {
		0x02, 0x76, rig->mac[3], rig->mac[4], rig->mac[5], (uint8_t)vf->vf
	};

	memcpy(vf->mac, mac, sizeof(mac));
}

static int rig_set_mac(struct rig *rig, struct rig_dev *vf)
{
	struct ctx *ctx = rig->ctx;
	char want[18], got[18];
	uint8_t mac[6] = { 0 };
	int ret;

	rig_make_mac(rig, vf);
	ret = ctx_undo(ctx, UNDO_VF_MAC, &rig->pf->addr, vf->vf, rig->ifname);
	if (ret < 0)
		return ret;
	ret = link_set_vf_mac(rig->ifname, vf->vf, vf->mac);
	if (ret == -EOPNOTSUPP) {
		ctx_evidence(ctx, "vf_mac", "the PF's driver cannot set it");
		return 0;
	}
	if (ret == 0)
		ret = link_get_vf_mac(rig->ifname, vf->vf, mac);
	if (ret < 0 || memcmp(mac, vf->mac, sizeof(mac)) != 0) {
		ctx_fail(ctx, "vf_mac_refused", link_mac_format(vf->mac, want),
			 "VF %u: %s, read back %s", vf->vf, ret < 0 ? strerror(-ret) : "set",
			 link_mac_format(mac, got));
		return ret < 0 ? ret : -EIO;
	}
	ctx_evidence(ctx, "vf_mac", "VF %u: %s", vf->vf, link_mac_format(mac, got));
	vf->mac_known = true;
	return 0;
}

static int rig_stop_autoprobe(struct rig *rig)
{
	struct ctx *ctx = rig->ctx;
	bool on;
	int ret = sriov_get_autoprobe(ctx->root, &rig->pf->addr, &on);

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_AUTOPROBE, &rig->pf->addr, on, NULL);
	if (ret == 0)
		ret = sriov_set_autoprobe(ctx->root, &rig->pf->addr, false);
	return ret < 0 ? ctx_error(ctx, ret, "VF autoprobe cannot be switched off: %s",
				   strerror(-ret))
		       : 0;
}

/* Fewer VFs than there may be left from before: the kernel goes from one number to another only by
 * way of none. */
static int rig_clear_vfs(struct ctx *ctx, const struct nic *pf, struct sriov_state *st)
{
	int ret = sriov_read(ctx->root, &pf->addr, st);

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_NUMVFS, &pf->addr, (uint64_t)st->numvfs, NULL);
	if (ret == 0 && st->numvfs > 0)
		ret = sriov_set_numvfs(ctx->root, &pf->addr, 0, rig_ms(ctx, RIG_NUMVFS_MS), st);
	return ret < 0 ? ctx_error(ctx, ret, "the PF's VFs cannot be removed: %s", strerror(-ret))
		       : 0;
}

int rig_create_vfs(struct rig *rig, unsigned int n)
{
	struct ctx *ctx = rig->ctx;
	struct sriov_state st;
	char addr[PCI_ADDR_STRLEN], line[256] = "";
	const char *label = "vf_fewer";
	int ret = rig_stop_autoprobe(rig);

	if (ret == 0)
		ret = rig_clear_vfs(ctx, rig->pf, &st);
	if (ret < 0)
		return ret;
	ret = sriov_write_numvfs(ctx->root, &rig->pf->addr, n, rig_ms(ctx, RIG_NUMVFS_MS), &st);
	if (ret < 0)
		label = case_not_created_label(ctx, &rig->pf->addr, ret, line, sizeof(line));
	else
		ret = sriov_wait_vfs(ctx->root, &rig->pf->addr, n, rig_ms(ctx, RIG_NUMVFS_MS), &st);
	if (ret < 0) {
		ctx_fail(ctx, label, "the VFs asked for appear",
			 "asked for %u: %s; sriov_numvfs %d, VFs on the bus %u%s%s", n,
			 strerror(-ret), st.numvfs, st.links, line[0] ? "; " : "", line);
		return ret;
	}
	for (rig->n_vfs = 0; ret == 0 && rig->n_vfs < n; rig->n_vfs++) {
		struct rig_dev *vf = &rig->vfs[rig->n_vfs];

		*vf = (struct rig_dev){ .pf = rig->pf,
					.vf = rig->n_vfs,
					.addr = st.vfs[rig->n_vfs] };
		util_format(vf->what, sizeof(vf->what), "VF %u", vf->vf);
		if (rig->pf->profile)
			util_strlcpy(vf->driver, sizeof(vf->driver), rig->pf->profile->vf_driver);
		ctx_evidence(ctx, "vf", "%s: %s", vf->what, pci_addr_format(&vf->addr, addr));
		ret = rig_set_mac(rig, vf);
	}
	return ret;
}

int rig_take_pf(struct rig_dev *dev, struct ctx *ctx, const struct nic *pf)
{
	char addr[PCI_ADDR_STRLEN], mac[18], ifname[IFNAMSIZ];
	struct sriov_state st;
	struct link_info info;
	int ret;

	*dev = (struct rig_dev){ .pf = pf, .vf = RIG_NO_VF, .addr = pf->addr, .mac_known = true };
	util_format(dev->what, sizeof(dev->what), "PF %s", pci_addr_format(&pf->addr, addr));
	util_strlcpy(dev->driver, sizeof(dev->driver), pf->driver);
	ret = rig_find_netdev(ctx, pf, false, ifname, &info);
	if (ret < 0)
		return ret;
	memcpy(dev->mac, info.mac, sizeof(dev->mac));
	ctx_evidence(ctx, "pf", "%s: %s, %s, %s", dev->what, pf->driver, ifname,
		     link_mac_format(dev->mac, mac));
	ret = rig_clear_vfs(ctx, pf, &st);
	return ret < 0 ? ret : rig_bind_vfio(ctx, dev);
}

/* The user's word, and only where it is needed: the parameter stays for the rest of the run. */
static int rig_load_vfio(struct ctx *ctx)
{
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

static int rig_record_driver(struct ctx *ctx, const struct rig_dev *dev)
{
	char driver[32] = "";
	int ret = driver_get(ctx->root, &dev->addr, driver, sizeof(driver));

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_DRIVER, &dev->addr, 0, driver);
	return ret < 0 ? ctx_error(ctx, ret, "the driver of %s cannot be read: %s", dev->what,
				   strerror(-ret))
		       : 0;
}

int rig_bind_vfio(struct ctx *ctx, const struct rig_dev *dev)
{
	char addr[PCI_ADDR_STRLEN];
	int ret = rig_load_vfio(ctx);

	if (ret == 0)
		ret = rig_record_driver(ctx, dev);
	if (ret < 0)
		return ret;
	ret = driver_bind(ctx->root, &dev->addr, "vfio-pci");
	if (ret < 0) {
		case_see_errno(ctx, "vfio_bind", ret, &dev->addr);
		ctx_fail(ctx, "vf_bind_failed", "the device binds to vfio-pci", "%s at %s: %s",
			 dev->what, pci_addr_format(&dev->addr, addr), strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "iommu_group", "%s: %d", dev->what,
		     driver_iommu_group(ctx->root, &dev->addr));
	return 0;
}

int rig_open_vfs(struct rig *rig, struct ctx *ctx, const struct nic *pf, unsigned int n)
{
	struct sriov_state st;
	int ret = rig_open(rig, ctx, pf);

	if (ret < 0)
		return ret;
	ret = sriov_read(ctx->root, &pf->addr, &st);
	if (ret < 0)
		return ctx_error(ctx, ret, "the PF's VFs cannot be counted: %s", strerror(-ret));
	/* A PF that has none is asked all the same: that is its finding. */
	if (st.totalvfs > 0 && n > (unsigned int)st.totalvfs)
		n = (unsigned int)st.totalvfs;
	ret = rig_create_vfs(rig, n < VM_MAX_DEVICES ? n : VM_MAX_DEVICES);
	for (unsigned int i = 0; ret == 0 && i < rig->n_vfs; i++)
		ret = rig_bind_vfio(ctx, &rig->vfs[i]);
	return ret;
}

int rig_unbind(struct ctx *ctx, const struct rig_dev *dev)
{
	int ret = rig_record_driver(ctx, dev);

	if (ret < 0)
		return ret;
	ret = driver_bind(ctx->root, &dev->addr, "");
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be released: %s", dev->what, strerror(-ret))
		       : 0;
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
 * The driver that the device has on the host, "" if none is known, and its module loaded. A virtio
 * device has a netdev only with the driver of the virtio bus on top.
 */
static int rig_host_driver(const struct ctx *ctx, const struct rig_dev *dev, const char *addr,
			   char *driver, size_t size)
{
	char alias[256], module[64] = "";
	int ret = sysroot_read(ctx->root, alias, sizeof(alias), "sys/bus/pci/devices/%s/modalias",
			       addr);

	driver[0] = '\0';
	if (ret >= 0)
		ret = module_find_by_alias(alias, module, sizeof(module));
	if (ret == 0 && module[0] != '\0')
		ret = module_load(module, NULL);
	util_strlcpy(driver, size, dev->driver[0] ? dev->driver : module);
	if (ret == 0 && strcmp(driver, "virtio-pci") == 0)
		ret = module_load("virtio_net", NULL);
	if (ret == -ENOENT)
		ret = 0; /* not in this kernel: the driver is not there, which is said below */
	/* Of an unknown family only the module's name is known, and a driver may have another. */
	if (!dev->driver[0] && !sysroot_exists(ctx->root, "sys/bus/pci/drivers/%s", driver))
		driver[0] = '\0';
	return ret;
}

struct rig_netdev_wait {
	const struct ctx *ctx;
	const struct rig_dev *dev;
	char ifname[IFNAMSIZ];
};

static bool rig_has_netdev(void *arg)
{
	struct rig_netdev_wait *w = arg;

	return link_find(w->ctx->root, &w->dev->addr, w->ifname) == 0 && w->ifname[0] != '\0';
}

/* A PF that has been in a guest: it has the MAC that it had, and its link comes up again. */
static int rig_check_pf(struct ctx *ctx, const struct rig_dev *dev, const char *ifname)
{
	const char *expected = "after its guest the PF has its MAC and its link on the host";
	struct link_info info;
	char want[18], got[18];
	int ret = link_wait_carrier(ifname, rig_ms(ctx, RIG_CARRIER_MS)), err;

	err = link_get(ifname, &info);
	if (err < 0)
		return ctx_error(ctx, err, "%s cannot be read: %s", ifname, strerror(-err));
	if (memcmp(info.mac, dev->mac, sizeof(info.mac)) != 0) {
		ctx_fail(ctx, "device_unhealthy", expected, "%s was %s and is %s", dev->what,
			 link_mac_format(dev->mac, want), link_mac_format(info.mac, got));
		return -EADDRNOTAVAIL;
	}
	if (ret == 0)
		return 0;
	ctx_fail(ctx, "device_unhealthy", expected, "%s (%s): %s", dev->what, ifname,
		 ret == -ETIMEDOUT ? "no carrier" : strerror(-ret));
	return ret;
}

/* Binds the device's own driver and waits for the netdev; @ifname is "" if there is no driver. */
static int rig_bind_own(struct ctx *ctx, const struct rig_dev *dev, const char *expected,
			char ifname[IFNAMSIZ])
{
	struct rig_netdev_wait wait = { .ctx = ctx, .dev = dev };
	char addr[PCI_ADDR_STRLEN], driver[64];
	int ret;

	ifname[0] = '\0';
	pci_addr_format(&dev->addr, addr);
	ret = rig_host_driver(ctx, dev, addr, driver, sizeof(driver));
	if (ret < 0)
		return ctx_error(ctx, ret, "the host driver of %s cannot be loaded: %s", dev->what,
				 strerror(-ret));
	if (driver[0] == '\0') {
		ctx_evidence(ctx, "host", "%s: answers; this kernel has no driver for it",
			     dev->what);
		return 0;
	}
	ret = driver_bind(ctx->root, &dev->addr, driver);
	if (ret == 0)
		ret = util_poll_until(rig_has_netdev, &wait, rig_ms(ctx, RIG_NETDEV_MS));
	if (ret < 0) {
		ctx_fail(ctx, "device_unhealthy", expected, "%s at %s with %s: %s", dev->what, addr,
			 driver, ret == -ETIMEDOUT ? "no network device appears" : strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "host", "%s: %s, %s", dev->what, driver, wait.ifname);
	util_strlcpy(ifname, IFNAMSIZ, wait.ifname);
	return 0;
}

int rig_bind_host(struct ctx *ctx, const struct rig_dev *dev, char ifname[IFNAMSIZ])
{
	int ret = rig_record_driver(ctx, dev);

	return ret < 0 ? ret
		       : rig_bind_own(ctx, dev, "the device works with its own driver on the host",
				      ifname);
}

int rig_check_dev(struct ctx *ctx, const struct rig_dev *dev)
{
	const char *expected = "after its guest the device works with its own driver on the host";
	char addr[PCI_ADDR_STRLEN], ifname[IFNAMSIZ];
	int ret;

	pci_addr_format(&dev->addr, addr);
	if (!rig_config_answers(ctx, addr)) {
		ctx_fail(ctx, "device_unhealthy", expected,
			 "%s at %s does not answer to configuration reads", dev->what, addr);
		return -EIO;
	}
	ret = rig_bind_own(ctx, dev, expected, ifname);
	if (ret < 0 || ifname[0] == '\0')
		return ret;
	if (dev->vf == RIG_NO_VF)
		return rig_check_pf(ctx, dev, ifname);
	/* Back to no driver at all, so that the VF can go at once. */
	ret = driver_bind(ctx->root, &dev->addr, "");
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be released: %s", dev->what, strerror(-ret))
		       : 0;
}
