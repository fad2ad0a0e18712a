/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to VFs, by the port above their PF and the card's ARI. */
#include "sys/sriov_path.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/sysroot.h"

#define LAST_BUS 0xffu

bool sriov_ari_hierarchy(const struct sysroot *root, const struct pci_addr *pf,
			 const struct pci_facts *facts)
{
	unsigned int own = pci_addr_rid(pf) & 0xff, fn;
	struct pci_facts lowest;
	uint64_t total;

	/* The kernel sets the bit in the first PF of a bus (drivers/pci/iov.c, sriov_init()). */
	for (fn = 0; fn < own; fn++) {
		struct pci_addr at =
			pci_addr_from_rid(pf->domain, (uint16_t)((unsigned int)pf->bus << 8 | fn));

		if (pci_read_attr(root, &at, "sriov_totalvfs", &total) == 0 &&
		    pci_read_facts(root, &at, &lowest) == 0 && lowest.has_sriov)
			return lowest.sriov.ari_hierarchy;
	}
	return facts->sriov.ari_hierarchy;
}

/* True for a port that leaves out the device numbers of its secondary bus. */
static bool is_express_port(const struct pci_facts *port)
{
	return port->pcie && port->bridge &&
	       (port->port_type == PCI_EXP_TYPE_ROOT_PORT ||
		port->port_type == PCI_EXP_TYPE_DOWNSTREAM ||
		port->port_type == PCI_EXP_TYPE_PCIE_BRIDGE);
}

void sriov_path_read(const struct sysroot *root, const struct pci_addr *pf,
		     const struct pci_facts *facts, struct sriov_path *path)
{
	struct pci_facts port;

	*path = (struct sriov_path){ .pf = *pf, .first_bus = pf->bus, .last_bus = LAST_BUS };
	path->ari_hierarchy = sriov_ari_hierarchy(root, pf, facts);
	if (pci_parent(root, pf, &path->port) < 0)
		return;
	path->ari = path->ari_hierarchy ? SRIOV_ARI_ON : SRIOV_ARI_CARD_OFF;
	if (pci_read_facts(root, &path->port, &port) < 0)
		return;
	if (port.bridge) {
		path->first_bus = port.secondary_bus;
		path->last_bus = port.subordinate_bus;
	}
	if (!is_express_port(&port))
		return;
	path->in_switch = port.port_type == PCI_EXP_TYPE_DOWNSTREAM;
	if (!port.forwards_ari)
		path->ari = port.can_forward_ari ? SRIOV_ARI_PORT_OFF : SRIOV_ARI_PORT_CANNOT;
}

enum sriov_route sriov_path_route(const struct sriov_path *path, const struct pci_addr *vf)
{
	if (vf->bus < path->first_bus || vf->bus > path->last_bus)
		return SRIOV_ROUTE_NO_BUS;
	if (vf->bus == path->pf.bus && vf->dev != 0 && path->ari != SRIOV_ARI_ON &&
	    path->ari != SRIOV_ARI_NO_PORT)
		return SRIOV_ROUTE_NO_ARI;
	return SRIOV_ROUTE_OPEN;
}

unsigned int sriov_path_count(const struct sriov_path *path, unsigned int offset,
			      unsigned int stride, unsigned int n, unsigned int *first_lost,
			      enum sriov_route *route)
{
	unsigned int i, reached = 0, rid = pci_addr_rid(&path->pf) + offset;

	*first_lost = n;
	*route = SRIOV_ROUTE_OPEN;
	for (i = 0; i < n; i++, rid += stride) {
		enum sriov_route r = SRIOV_ROUTE_NO_BUS;

		if (rid <= UINT16_MAX) {
			struct pci_addr vf = pci_addr_from_rid(path->pf.domain, (uint16_t)rid);

			r = sriov_path_route(path, &vf);
		}
		if (r == SRIOV_ROUTE_OPEN) {
			reached++;
		} else if (*first_lost == n) {
			*first_lost = i;
			*route = r;
		}
	}
	return reached;
}
