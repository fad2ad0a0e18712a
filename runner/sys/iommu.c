/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads /sys/kernel/iommu_groups. */
#include "sys/iommu.h"

#include <errno.h>
#include <string.h>
#include "base/sysroot.h"

#define GROUPS "sys/kernel/iommu_groups"

#define MAX_UNITS 64
#define CAP_POSTED (UINT64_C(1) << 59)

int iommu_group_of(const struct sysroot *root, const struct pci_addr *dev)
{
	char a[PCI_ADDR_STRLEN], name[16];
	uint64_t group;
	int ret = sysroot_link_name(root, name, sizeof(name), "sys/bus/pci/devices/%s/iommu_group",
				    pci_addr_format(dev, a));

	if (ret < 0)
		return -ENOENT;
	return util_parse_u64(name, 10, INT32_MAX, &group) < 0 ? -ENOENT : (int)group;
}

unsigned int iommu_count_groups(const struct sysroot *root)
{
	return sysroot_count(root, GROUPS);
}

unsigned int iommu_group_size(const struct sysroot *root, int group)
{
	return sysroot_count(root, GROUPS "/%d/devices", group);
}

int iommu_group_type(const struct sysroot *root, int group, char *buf, size_t size)
{
	int ret = sysroot_read(root, buf, size, GROUPS "/%d/type", group);

	return ret < 0 ? ret : 0;
}

int iommu_group_reserved(const struct sysroot *root, int group, char *buf, size_t size)
{
	int ret = sysroot_read(root, buf, size - 1, GROUPS "/%d/reserved_regions", group);

	if (ret < 0)
		return ret;
	strcat(buf, "\n"); /* the last line's was trimmed */
	return 0;
}

bool iommu_group_is_reserved(const struct sysroot *root, int group, char *region, size_t size)
{
	static const char kind[] = " direct\n";
	char text[4096], *at;

	if (iommu_group_reserved(root, group, text, sizeof(text)) < 0)
		return false;
	at = strstr(text, kind);
	if (!at)
		return false;
	*at = '\0';
	at = strrchr(text, '\n');
	util_strlcpy(region, size, at ? at + 1 : text);
	return true;
}

DIR *iommu_group_open(const struct sysroot *root, int group)
{
	return sysroot_opendir(root, GROUPS "/%d/devices", group);
}

bool iommu_can_post(const struct sysroot *root)
{
	for (unsigned int i = 0; i < MAX_UNITS; i++) {
		char text[32];

		if (sysroot_read(root, text, sizeof(text), "sys/class/iommu/dmar%u/intel-iommu/cap",
				 i) > 0 &&
		    strtoull(text, NULL, 16) & CAP_POSTED)
			return true;
	}
	return false;
}
