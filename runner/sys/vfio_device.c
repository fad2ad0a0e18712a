/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device used through VFIO. */
#include "sys/vfio_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/le.h"
#include "base/sysroot.h"
#include "sys/iommu.h"
#include "sys/vfio.h"

static int failed(int ret)
{
	return ret < 0 ? -errno : 0;
}

static int get_device(struct vfio_device *dev, const struct pci_addr *addr, const char *token)
{
	char a[PCI_ADDR_STRLEN], name[80];

	util_format(name, sizeof(name), "%s%s%s", pci_addr_format(addr, a),
		    token ? " vf_token=" : "", token ? token : "");
	dev->fd = ioctl(dev->group, VFIO_GROUP_GET_DEVICE_FD, name);
	return failed(dev->fd);
}

static int open_group(const struct sysroot *root, const struct pci_addr *addr,
		      struct vfio_device *dev)
{
	int group = iommu_group_of(root, addr), ret;

	if (group < 0)
		return group;
	dev->group = vfio_group_open(root, group);
	if (dev->group < 0)
		return dev->group;
	dev->container = sysroot_openat(root, O_RDWR, "dev/vfio/vfio");
	if (dev->container < 0)
		return dev->container;
	ret = failed(ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &dev->container));
	return ret < 0 ? ret : failed(ioctl(dev->container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU));
}

int vfio_device_open(const struct sysroot *root, const struct pci_addr *addr, const char *token,
		     struct vfio_device *dev)
{
	int ret;

	*dev = (struct vfio_device)VFIO_DEVICE_CLOSED;
	ret = open_group(root, addr, dev);
	if (ret == 0)
		ret = get_device(dev, addr, token);
	if (ret < 0)
		vfio_device_close(dev);
	return ret;
}

void vfio_device_close(struct vfio_device *dev)
{
	/* In this order: a group stays in its container as long as it has an open device. */
	util_closep(&dev->fd);
	util_closep(&dev->group);
	util_closep(&dev->container);
	*dev = (struct vfio_device)VFIO_DEVICE_CLOSED;
}

int vfio_device_reset(const struct vfio_device *dev)
{
	return failed(ioctl(dev->fd, VFIO_DEVICE_RESET));
}

static int find_place(const struct vfio_device *dev, unsigned int bar, uint64_t at,
		      unsigned int size, off_t *place)
{
	struct vfio_region_info info = { .argsz = sizeof(info),
					 .index = VFIO_PCI_BAR0_REGION_INDEX + bar };

	if (bar > VFIO_PCI_BAR5_REGION_INDEX || (size != 1 && size != 2 && size != 4) ||
	    at % size != 0)
		return -EINVAL;
	if (ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &info) < 0)
		return -errno;
	if (info.size < size || at > info.size - size)
		return -ERANGE;
	*place = (off_t)(info.offset + at);
	return 0;
}

int vfio_device_read(const struct vfio_device *dev, unsigned int bar, uint64_t at,
		     unsigned int size, uint32_t *value)
{
	uint8_t raw[4] = { 0 };
	off_t place;
	ssize_t n;
	int ret = find_place(dev, bar, at, size, &place);

	if (ret < 0)
		return ret;
	n = pread(dev->fd, raw, size, place);
	if (n != (ssize_t)size)
		return n < 0 ? -errno : -EIO;
	*value = le_get32(raw);
	return 0;
}

int vfio_device_write(const struct vfio_device *dev, unsigned int bar, uint64_t at,
		      unsigned int size, uint32_t value)
{
	uint8_t raw[4] = { (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
			   (uint8_t)(value >> 24) };
	off_t place;
	ssize_t n;
	int ret = find_place(dev, bar, at, size, &place);

	if (ret < 0)
		return ret;
	n = pwrite(dev->fd, raw, size, place);
	return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EIO;
}
