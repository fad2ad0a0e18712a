/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a port is, so that a hand finds it: its slot, what is printed beside its socket, its
 * number on the card. Firmware and driver are asked; none of them has to know.
 */
#ifndef VFPROOF_SYS_PLACE_H
#define VFPROOF_SYS_PLACE_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/* Each "" where nobody says it. */
struct place {
	char slot[48]; /* the kernel's name of the physical slot */
	char slot_name[64]; /* what the firmware calls the slot: SMBIOS type 9 */
	char label[64]; /* and the port itself: ACPI, SMBIOS type 41 */
	int dev_port; /* its number among ports of one function; -1 unknown */
};

/*
 * Reads the place of the port at @addr with the netdev @ifname ("" none); @above are the @n_above
 * bridges and ports above it, nearest first.
 */
void place_read(const struct sysroot *root, const struct pci_addr *addr,
		const struct pci_addr *above, unsigned int n_above, const char *ifname,
		struct place *place);
/*
 * The one text that names a place: "slot PCIe 3, port p0", "Onboard LAN 1"; "" if nothing is known
 * of it. @port_name: what the driver calls the port, "" nothing.
 */
void place_describe(const struct place *place, const char *port_name, char *buf, size_t size);

#endif
