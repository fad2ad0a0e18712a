/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that this process uses through VFIO, as QEMU does (linux/vfio.h,
 * Documentation/driver-api/vfio.rst): group, container, type 1 IOMMU. No memory is mapped, so that
 * nothing that the device reads or writes arrives.
 */
#ifndef VFPROOF_SYS_VFIO_DEVICE_H
#define VFPROOF_SYS_VFIO_DEVICE_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

struct vfio_device {
	int group, container, fd; /* -1: not open */
};

#define VFIO_DEVICE_CLOSED { -1, -1, -1 }

/*
 * Opens a device that is on vfio-pci. The kernel resets it on the way, if it can. @token (NULL:
 * none) is the VF token, a UUID: that of a PF with which its VFs are opened is set by this, that of
 * a VF has to be its PF's. -EACCES: the VF needs its PF's token; -EINVAL: it has a token, and its
 * PF is not on vfio-pci; -EBUSY: another one has the group.
 */
int vfio_device_open(const struct sysroot *root, const struct pci_addr *addr, const char *token,
		     struct vfio_device *dev) must_check;
/* Fine for one that is not open. The kernel resets the device then, if it can. */
void vfio_device_close(struct vfio_device *dev);
/* VFIO_DEVICE_RESET: an FLR without the lock of the port above, unlike the one of sysfs. */
int vfio_device_reset(const struct vfio_device *dev) must_check;
/* @size bytes (1, 2 or 4) of BAR @bar at @at, in one access. Returns 0 or -errno. */
int vfio_device_read(const struct vfio_device *dev, unsigned int bar, uint64_t at,
		     unsigned int size, uint32_t *value) must_check;
int vfio_device_write(const struct vfio_device *dev, unsigned int bar, uint64_t at,
		      unsigned int size, uint32_t value) must_check;

#endif
