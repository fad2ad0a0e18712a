/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/reset.h"

#include "base/sysroot.h"

int reset_function(const struct sysroot *root, const struct pci_addr *dev)
{
	char addr[PCI_ADDR_STRLEN];
	int ret = sysroot_write(root, "1", "sys/bus/pci/devices/%s/reset",
				pci_addr_format(dev, addr));

	return ret < 0 ? ret : 0;
}
