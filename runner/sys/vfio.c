/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO's modules and groups. */
#include "sys/vfio.h"

#include <fcntl.h>
#include "base/sysroot.h"
#include "sys/module.h"

#define TYPE1 "vfio_iommu_type1"

int vfio_load(const struct sysroot *root, bool unsafe)
{
	/* Options are for the first load only. */
	int ret = module_insert(root, TYPE1, unsafe ? "allow_unsafe_interrupts=1" : NULL);

	if (ret == 0)
		ret = module_insert(root, "vfio-pci", NULL);
	if (ret == 0 && unsafe)
		ret = sysroot_write(root, "1",
				    "sys/module/" TYPE1 "/parameters/allow_unsafe_interrupts");
	return ret;
}

int vfio_group_open(const struct sysroot *root, int group)
{
	return sysroot_openat(root, O_RDWR, "dev/vfio/%d", group);
}
