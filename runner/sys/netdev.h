/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which netdev belongs to which PCI device, as sysfs tells.
 */
#ifndef VFPROOF_SYS_NETDEV_H
#define VFPROOF_SYS_NETDEV_H

#include <net/if.h>
#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/*
 * Netdev of a PCI device, "" if it has none (the first by name if it has several). Returns 0, or
 * -ENODEV if there is no such device.
 */
int netdev_find(const struct sysroot *root, const struct pci_addr *dev,
		char ifname[IFNAMSIZ]) must_check;
/* Waits until the PCI device has one. Returns 0, or -ETIMEDOUT with @ifname "". */
int netdev_wait(const struct sysroot *root, const struct pci_addr *dev, char ifname[IFNAMSIZ],
		unsigned int timeout_ms) must_check;
/*
 * The PCI device under a netdev: its own device, or for virtio the one that the virtio device is a
 * child of. Returns 0, -ENODEV if there is none, -errno.
 */
int netdev_find_device(const struct sysroot *root, const char *ifname,
		       struct pci_addr *dev) must_check;
/* Its type, ARPHRD_ETHER for one. Returns 0 or -errno. */
int netdev_get_type(const struct sysroot *root, const char *ifname, unsigned int *type) must_check;

#endif
