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

static void take_pf(const struct sysroot *root, const struct nic *nic, struct baseline_pf *pf)
{
	struct sriov_state st;
	struct link_info link;
	char module[64];
	bool on;

	*pf = (struct baseline_pf){ .addr = nic->addr, .numvfs = -1, .autoprobe = -1 };
	pf->present = driver_get(root, &nic->addr, pf->driver, sizeof(pf->driver)) == 0;
	pf->hangs = driver_hangs(root, &nic->addr, module, sizeof(module));
	if (sriov_read(root, &nic->addr, &st) == 0) {
		pf->numvfs = st.numvfs;
		pf->vfs = st.links;
	}
	pf->errors = pci_read_errors(root, &nic->addr);
	if (sriov_get_autoprobe(root, &nic->addr, &on) == 0)
		pf->autoprobe = on;
	if (netdev_find(root, &nic->addr, pf->ifname) == 0 && pf->ifname[0])
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

void baseline_forget(struct baseline *b, const struct inventory *inv, uint64_t ports)
{
	unsigned int i, k;

	for (i = 0; i < b->n && i < INVENTORY_MAX_NICS; i++)
		for (k = 0; k < inv->n_nics; k++)
			if (ports & 1ull << k &&
			    pci_addr_cmp(&b->pfs[i].addr, &inv->nics[k].addr) == 0)
				b->pfs[i].gone = true;
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
		if (!before->pfs[i].hangs && !before->pfs[i].gone &&
		    !pf_equal(&before->pfs[i], &after->pfs[i]))
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
