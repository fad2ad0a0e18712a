/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO's modules and groups. */
#include "sys/vfio.h"

#include <errno.h>
#include <fcntl.h>
#include "base/child.h"
#include "base/sysroot.h"
#include "sys/guest_user.h"
#include "sys/iommu.h"
#include "sys/module.h"

#define TYPE1 "vfio_iommu_type1"
#define LOAD_MS 60000

#define UNSAFE "sys/module/" TYPE1 "/parameters/allow_unsafe_interrupts"

int vfio_get_unsafe(const struct sysroot *root, bool *unsafe)
{
	char text[8];
	int ret = sysroot_read(root, text, sizeof(text), UNSAFE);

	if (ret >= 0)
		*unsafe = text[0] == 'Y' || text[0] == '1';
	return ret < 0 ? ret : 0;
}

int vfio_set_unsafe(const struct sysroot *root, bool unsafe)
{
	return sysroot_write(root, unsafe ? "1" : "0", UNSAFE);
}

struct vfio_loading {
	const struct sysroot *root;
	bool unsafe;
};

static int load(void *arg)
{
	const struct vfio_loading *l = arg;
	int ret = module_insert(l->root, TYPE1, NULL);

	if (ret == 0)
		ret = module_insert(l->root, "vfio-pci", NULL);
	return ret == 0 && l->unsafe ? vfio_set_unsafe(l->root, true) : ret;
}

int vfio_load(const struct sysroot *root, bool unsafe)
{
	struct vfio_loading l = { root, unsafe };

	return child_ask(load, &l, (unsigned int)sysroot_ms(root, LOAD_MS));
}

#define ENABLE_SRIOV "sys/module/vfio_pci/parameters/enable_sriov"

int vfio_get_sriov(const struct sysroot *root, bool *on)
{
	char text[8];
	int ret = sysroot_read(root, text, sizeof(text), ENABLE_SRIOV);

	*on = ret > 0 && text[0] == 'Y';
	return ret < 0 ? ret : 0;
}

int vfio_set_sriov(const struct sysroot *root, bool on)
{
	bool now;
	int ret = sysroot_write(root, on ? "Y" : "N", ENABLE_SRIOV);

	if (ret == 0)
		ret = vfio_get_sriov(root, &now);
	return ret < 0 ? ret : now == on ? 0 : -EIO;
}

int vfio_group_open(const struct sysroot *root, int group)
{
	return sysroot_openat(root, O_RDWR, "dev/vfio/%d", group);
}

int vfio_group_lend(const struct sysroot *root, const struct pci_addr *dev)
{
	char path[32];
	int group = iommu_group_of(root, dev);

	if (group < 0)
		return 0; /* then VFIO has none either */
	util_format(path, sizeof(path), "dev/vfio/%d", group);
	return guest_user_lend(root, path);
}

bool vfio_has_iommufd(const struct sysroot *root)
{
	return sysroot_exists(root, "dev/iommu");
}

bool vfio_has_cdev(const struct sysroot *root, const struct pci_addr *dev)
{
	char addr[PCI_ADDR_STRLEN];
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/pci/devices/%s/vfio-dev",
						      pci_addr_format(dev, addr));
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			return sysroot_exists(root, "dev/vfio/devices/%s", d->d_name);
	return false;
}
