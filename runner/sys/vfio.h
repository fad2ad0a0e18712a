/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFIO (Documentation/driver-api/vfio.rst): its modules, and its groups.
 */
#ifndef VFPROOF_SYS_VFIO_H
#define VFPROOF_SYS_VFIO_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/*
 * Loads vfio_iommu_type1 and vfio-pci, and with @unsafe lets devices be given away without
 * interrupt remapping, for as long as the modules are in. Returns 0 or -errno. On a fake tree
 * nothing is loaded.
 */
int vfio_load(const struct sysroot *root, bool unsafe) must_check;
/* Whether devices may be given away without interrupt remapping, and changing that. */
int vfio_get_unsafe(const struct sysroot *root, bool *unsafe) must_check;
int vfio_set_unsafe(const struct sysroot *root, bool unsafe) must_check;
/*
 * Whether a PF on vfio-pci can have VFs: the module's parameter enable_sriov. Returns 0 or -errno;
 * a set one is read back.
 */
int vfio_get_sriov(const struct sysroot *root, bool *on) must_check;
int vfio_set_sriov(const struct sysroot *root, bool on) must_check;
/*
 * Opens a VFIO group, which has one user at a time: -EBUSY if it has one. Returns a descriptor or
 * -errno.
 */
int vfio_group_open(const struct sysroot *root, int group) must_check;
/*
 * Lets QEMU's user (sys/guest_user.h) open the group of @dev, which has just been bound to
 * vfio-pci. The node goes when the group's last device leaves VFIO, and a new one is root's: there
 * is nothing to put back. Returns 0 or -errno.
 */
int vfio_group_lend(const struct sysroot *root, const struct pci_addr *dev) must_check;
/* Whether the kernel has iommufd: /dev/iommu (Documentation/userspace-api/iommufd.rst). */
bool vfio_has_iommufd(const struct sysroot *root);
/*
 * Whether a device on vfio-pci has a character device of its own below /dev/vfio/devices
 * (Documentation/driver-api/vfio.rst, "VFIO device cdev").
 */
bool vfio_has_cdev(const struct sysroot *root, const struct pci_addr *dev);

#endif
