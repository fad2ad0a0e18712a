/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which VFs of a PF configuration requests, and with them everything else, can get to. A root port
 * or a switch's downstream port hands the requests for its own (secondary) bus to what is below it
 * for device number 0 only, unless ARI Forwarding is enabled in it: then all eight bits behind the
 * bus number are the function's. Requests for further buses, up to the subordinate one, it passes
 * on whatever their device number is. (PCI Express Base Specification: Alternative Routing-ID
 * Interpretation; SR-IOV, "VF Discovery" and "ARI Capable Hierarchy".)
 */
#ifndef VFPROOF_SYS_SRIOV_PATH_H
#define VFPROOF_SYS_SRIOV_PATH_H

#include "base/util.h"
#include "sys/pci.h"

struct sysroot;

/* Whether the PF's bus has more than device 0 for VFs, and if not, for what reason. */
enum sriov_ari {
	SRIOV_ARI_NO_PORT, /* on a root bus no port leaves out device numbers */
	SRIOV_ARI_ON,
	SRIOV_ARI_PORT_CANNOT, /* the port has no ARI forwarding */
	SRIOV_ARI_PORT_OFF, /* it has, and it is off */
	SRIOV_ARI_CARD_OFF, /* the port forwards, the card was not told */
};

struct sriov_path {
	struct pci_addr pf;
	struct pci_addr port; /* above the PF; not if SRIOV_ARI_NO_PORT */
	bool in_switch; /* it is a switch's downstream port */
	bool ari_hierarchy; /* ARI Capable Hierarchy of the card */
	enum sriov_ari ari;
	unsigned int first_bus, last_bus; /* that lead to the PF's port */
};

enum sriov_route {
	SRIOV_ROUTE_OPEN,
	SRIOV_ROUTE_NO_BUS, /* the bus is not one of the port's */
	SRIOV_ROUTE_NO_ARI, /* a device number other than 0 on the PF's bus, and ARI is off */
};

/*
 * ARI Capable Hierarchy of a card. Only its PF of the lowest number has that bit; in the others it
 * reads 0. @facts are @pf's own, for where no lower PF can be read.
 */
bool sriov_ari_hierarchy(const struct sysroot *root, const struct pci_addr *pf,
			 const struct pci_facts *facts);
/* Looks at the port above the PF and at the PF of the lowest number. */
void sriov_path_read(const struct sysroot *root, const struct pci_addr *pf,
		     const struct pci_facts *facts, struct sriov_path *path);
enum sriov_route sriov_path_route(const struct sriov_path *path, const struct pci_addr *vf);
/*
 * Of VFs 0 to @n - 1 at @offset and @stride, how many can be reached, and the first that cannot
 * (@n if all can). What would lie beyond bus ff cannot.
 */
unsigned int sriov_path_count(const struct sriov_path *path, unsigned int offset,
			      unsigned int stride, unsigned int n, unsigned int *first_lost,
			      enum sriov_route *route);

#endif
