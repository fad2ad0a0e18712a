/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preparing a PF and its VFs for assignment, and looking after them. */
#include "cases/port_link.h"
#include "cases/rig.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/pci.h"
#include "sys/vf_setting.h"
#include "sys/vfio.h"

#define RIG_CARRIER_MS 30000
#define RIG_NETDEV_MS 15000
#define RIG_MAC_MS 15000 /* a VF that is being reset has no settings meanwhile */

int rig_open(struct rig *rig, struct ctx *ctx, const struct nic *pf)
{
	struct link_info info;
	int ret;

	*rig = (struct rig){ .ctx = ctx, .pf = pf };
	ret = vfs_open_pf(ctx, pf, rig->ifname);
	if (ret < 0)
		return ret;
	ret = link_get(rig->ifname, &info);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be read: %s", rig->ifname, strerror(-ret));
	memcpy(rig->mac, info.mac, sizeof(rig->mac));
	if (!settings_fault_is(ctx->settings, FAULT_NO_LINK, ctx->def->id))
		return 0;
	ctx_evidence(ctx, "fault", "the PF is taken down on purpose");
	ret = link_set_up(rig->ifname, false);
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be taken down: %s", rig->ifname,
				   strerror(-ret))
		       : 0;
}

int rig_try_link(struct rig *rig)
{
	struct ctx *ctx = rig->ctx;

	if (settings_fault_is(ctx->settings, FAULT_NO_LINK, ctx->def->id))
		return 0;
	return port_link_try(ctx, rig->pf, rig->ifname);
}

int rig_wait_link(struct rig *rig)
{
	struct ctx *ctx = rig->ctx;

	if (settings_fault_is(ctx->settings, FAULT_NO_LINK, ctx->def->id))
		return 0;
	return port_link_wait(ctx, rig->pf, rig->ifname);
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
	struct vf_mac m;
	int ret;

	rig_make_mac(rig, vf);
	ret = ctx_undo(ctx, UNDO_VF_MAC, &rig->pf->addr, vf->vf, rig->ifname);
	if (ret < 0)
		return ret;
	switch (vf_mac_set(&vf_mac_netlink, rig->ifname, vf->vf, vf->mac, ctx_ms(ctx, RIG_MAC_MS),
			   &m)) {
	case VF_MAC_SET:
		ctx_evidence(ctx, "vf_mac", "VF %u: %s%s", vf->vf, link_mac_format(vf->mac, want),
			     m.get < 0 ? ", cannot be read back" : "");
		vf->mac_known = true;
		return 0;
	case VF_MAC_UNSUPPORTED:
		ctx_evidence(ctx, "vf_mac", "VF %u: the PF may not set it: %s", vf->vf,
			     strerror(-m.set));
		return 0;
	case VF_MAC_REFUSED:
		break;
	}
	ctx_fail(ctx, "vf_mac_refused", link_mac_format(vf->mac, want), "VF %u: %s, read back %s",
		 vf->vf, m.set < 0 ? strerror(-m.set) : "set", link_mac_format(m.mac, got));
	return m.set < 0 ? m.set : -EIO;
}

void rig_init_vf(struct rig_dev *vf, const struct nic *pf, unsigned int number,
		 const struct pci_addr *addr)
{
	*vf = (struct rig_dev){ .pf = pf, .vf = number, .addr = *addr };
	util_format(vf->what, sizeof(vf->what), "VF %u", number);
	if (pf->profile)
		util_strlcpy(vf->driver, sizeof(vf->driver), pf->profile->vf_driver);
}

int rig_create_vfs(struct rig *rig, unsigned int n)
{
	struct ctx *ctx = rig->ctx;
	char addr[PCI_ADDR_STRLEN];
	struct sriov_state st;
	int ret = vfs_clear(ctx, rig->pf, VFS_AUTOPROBE_OFF, &st);

	if (ret == 0)
		ret = vfs_make(ctx, rig->pf, n, &st);
	for (rig->n_vfs = 0; ret == 0 && rig->n_vfs < n; rig->n_vfs++) {
		struct rig_dev *vf = &rig->vfs[rig->n_vfs];

		rig_init_vf(vf, rig->pf, rig->n_vfs, &st.vfs[rig->n_vfs]);
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
	ret = vfs_find_pf(ctx, pf, false, ifname, &info);
	if (ret < 0)
		return ret;
	memcpy(dev->mac, info.mac, sizeof(dev->mac));
	ctx_evidence(ctx, "pf", "%s: %s, %s, %s", dev->what, pf->driver, ifname,
		     link_mac_format(dev->mac, mac));
	ret = vfs_clear(ctx, pf, VFS_AUTOPROBE_KEEP, &st);
	return ret < 0 ? ret : rig_bind_vfio(ctx, dev);
}

/* The user's word counts only where it is needed: the parameter stays for the rest of the run. */
static int rig_load_vfio(struct ctx *ctx)
{
	bool unsafe = ctx->settings->unsafe_interrupts && !ctx->inv->iommu.irq_remap;
	int ret = vfio_load(ctx->root, unsafe);

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

int rig_lend(struct ctx *ctx, const struct rig_dev *dev)
{
	int ret = vfio_group_lend(ctx->root, &dev->addr);

	return ret < 0 ? ctx_error(ctx, ret, "the VFIO group of %s cannot be given to QEMU: %s",
				   dev->what, strerror(-ret))
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
		     iommu_group_of(ctx->root, &dev->addr));
	return rig_lend(ctx, dev);
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
	ret = rig_create_vfs(rig, n < SRIOV_MAX_VFS ? n : SRIOV_MAX_VFS);
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
 * The driver that the device has on the host, "" if none is known, and its module loaded. A virtio
 * device has a netdev only with the driver of the virtio bus on top.
 */
static int rig_host_driver(const struct ctx *ctx, const struct rig_dev *dev, char *driver,
			   size_t size)
{
	char alias[256], module[64] = "";
	int ret = pci_read_modalias(ctx->root, &dev->addr, alias, sizeof(alias));

	driver[0] = '\0';
	if (ret == 0)
		ret = module_find_by_alias(alias, module, sizeof(module));
	if (ret == 0 && module[0] != '\0')
		ret = module_load(module, NULL);
	util_strlcpy(driver, size, dev->driver[0] ? dev->driver : module);
	if (ret == 0 && strcmp(driver, "virtio-pci") == 0)
		ret = module_load("virtio_net", NULL);
	if (ret == -ENOENT)
		ret = 0; /* not in this kernel: the driver is not there, which is said below */
	/* Of an unknown family only the module's name is known, and a driver may have another. */
	if (!dev->driver[0] && !driver_exists(ctx->root, driver))
		driver[0] = '\0';
	return ret;
}

/* A PF that has been in a guest: it has the MAC that it had, and its link comes up again. */
static int rig_check_pf(struct ctx *ctx, const struct rig_dev *dev, const char *ifname)
{
	const char *expected = "after its guest the PF has its MAC and its link on the host";
	struct link_info info;
	char want[18], got[18];
	int ret = link_wait_carrier(ifname, ctx_ms(ctx, RIG_CARRIER_MS)), err;

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
	char addr[PCI_ADDR_STRLEN], driver[64];
	int ret;

	ifname[0] = '\0';
	pci_addr_format(&dev->addr, addr);
	ret = rig_host_driver(ctx, dev, driver, sizeof(driver));
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
		ret = netdev_wait(ctx->root, &dev->addr, ifname, ctx_ms(ctx, RIG_NETDEV_MS));
	if (ret < 0) {
		ctx_fail(ctx, "device_unhealthy", expected, "%s at %s with %s: %s", dev->what, addr,
			 driver, ret == -ETIMEDOUT ? "no network device appears" : strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "host", "%s: %s, %s", dev->what, driver, ifname);
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

	if (!pci_answers(ctx->root, &dev->addr)) {
		ctx_fail(ctx, "device_unhealthy", expected,
			 "%s at %s does not answer to configuration reads", dev->what,
			 pci_addr_format(&dev->addr, addr));
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
