/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads, compares and restores the state of the PFs.
 */
#include "engine/baseline.h"

#include <errno.h>
#include <string.h>
#include "base/log.h"
#include "sys/driver.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "base/sysroot.h"

#define CLEAN_WRITE_MS 30000

static void take_pf(const struct sysroot *root, const struct nic *nic, struct baseline_pf *pf)
{
	struct sriov_state st;
	struct link_info link;
	bool on;

	*pf = (struct baseline_pf){ .addr = nic->addr, .numvfs = -1, .autoprobe = -1 };
	pf->present = driver_get(root, &nic->addr, pf->driver, sizeof(pf->driver)) == 0;
	if (sriov_read(root, &nic->addr, &st) == 0) {
		pf->numvfs = st.numvfs;
		pf->vfs = st.links;
	}
	if (sriov_get_autoprobe(root, &nic->addr, &on) == 0)
		pf->autoprobe = on;
	if (link_find(root, &nic->addr, pf->ifname) == 0 && pf->ifname[0])
		pf->link_up = link_get(pf->ifname, &link) == 0 && link.admin_up;
	else
		pf->ifname[0] = '\0';
}

void baseline_take(const struct sysroot *root, const struct inventory *inv, uint64_t ports,
		   struct baseline *b)
{
	const struct nic *nic;

	b->taken = false;
	b->n = 0;
	inventory_for_each_pf (inv, nic)
		if (ports & 1ull << (nic - inv->nics))
			take_pf(root, nic, &b->pfs[b->n++]);
	b->taken = true;
}

static bool pf_equal(const struct baseline_pf *a, const struct baseline_pf *b)
{
	return a->present == b->present && a->numvfs == b->numvfs && a->vfs == b->vfs &&
	       a->autoprobe == b->autoprobe && strcmp(a->driver, b->driver) == 0 &&
	       !a->ifname[0] == !b->ifname[0] && a->link_up == b->link_up;
}

int baseline_compare(const struct baseline *before, const struct baseline *after)
{
	unsigned int i;

	for (i = 0; i < before->n && i < after->n && i < INVENTORY_MAX_NICS; i++)
		if (!pf_equal(&before->pfs[i], &after->pfs[i]))
			return (int)i;
	return -1;
}

void baseline_describe(const struct baseline_pf *pf, char *buf, size_t size)
{
	char addr[PCI_ADDR_STRLEN];

	pci_addr_format(&pf->addr, addr);
	if (!pf->present)
		util_format(buf, size, "%s: not on the bus", addr);
	else
		util_format(buf, size,
			    "%s: sriov_numvfs %d, %u VFs on the bus, driver %s, autoprobe %d, "
			    "netdev %s %s",
			    addr, pf->numvfs, pf->vfs, pf->driver[0] ? pf->driver : "none",
			    pf->autoprobe, pf->ifname[0] ? pf->ifname : "none",
			    pf->link_up ? "up" : "down");
}

/* A driver that only keeps a device for guests is not a PF's own. */
static bool is_stub(const char *driver)
{
	return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "pci-stub") == 0;
}

/* The driver that the inventory saw, or the one that the kernel picks. */
static int clean_driver(const struct sysroot *root, const struct nic *nic)
{
	char addr[PCI_ADDR_STRLEN], now[32];
	const char *own = is_stub(nic->driver) ? "" : nic->driver;
	int ret = driver_get(root, &nic->addr, now, sizeof(now));

	if (ret < 0)
		return ret;
	if (now[0] && !is_stub(now) && (!own[0] || strcmp(own, now) == 0))
		return 0;
	ret = driver_restore(root, &nic->addr, own);
	if (ret < 0 || own[0])
		return ret;
	return sysroot_write(root, pci_addr_format(&nic->addr, addr), "sys/bus/pci/drivers_probe");
}

/* An item that had taken a driver's module out may have died before it was put back. */
static int clean_modules(const struct sysroot *root, const struct inventory *inv)
{
	const struct nic *nic;
	int ret = 0;

	inventory_for_each_pf (inv, nic)
		if (nic->driver[0] && !sysroot_exists(root, "sys/bus/pci/drivers/%s", nic->driver))
			ret = sysroot_is_real(root) ? module_load_for_nics(root) : 0;
	return ret < 0 ? ret : 0;
}

static int clean_pf(const struct sysroot *root, const struct nic *nic)
{
	struct sriov_state st;
	int ret = sriov_read(root, &nic->addr, &st), first = 0;

	if (ret == 0 && (st.numvfs > 0 || st.links > 0))
		first = sriov_set_numvfs(root, &nic->addr, 0, CLEAN_WRITE_MS, &st);
	if (ret == 0) {
		ret = sriov_set_autoprobe(root, &nic->addr, true);
		if (first == 0)
			first = ret;
	}
	ret = clean_driver(root, nic);
	return first ? first : ret;
}

int baseline_clean_slate(const struct sysroot *root, const struct inventory *inv, uint64_t ports)
{
	const struct nic *nic;
	int first = clean_modules(root, inv);

	inventory_for_each_pf (inv, nic) {
		char addr[PCI_ADDR_STRLEN];
		int ret = ports & 1ull << (nic - inv->nics) ? clean_pf(root, nic) : 0;

		if (ret < 0)
			log_errno(ret, "clean up", pci_addr_format(&nic->addr, addr));
		if (first == 0)
			first = ret;
	}
	return first;
}
