/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU groups as the kernel tells them (Documentation/ABI/testing/sysfs-kernel-iommu_groups).
 */
#ifndef VFPROOF_SYS_IOMMU_H
#define VFPROOF_SYS_IOMMU_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/* The device's IOMMU group, or -ENOENT. */
int iommu_group_of(const struct sysroot *root, const struct pci_addr *dev) must_check;
/* Number of groups there are; 0 without an IOMMU. */
unsigned int iommu_count_groups(const struct sysroot *root);
/* Number of members of a group; 0 if there is no such group. */
unsigned int iommu_group_size(const struct sysroot *root, int group);
/*
 * Its default domain: "DMA", "DMA-FQ", "identity", ... Returns 0 or -errno.
 */
int iommu_group_type(const struct sysroot *root, int group, char *buf, size_t size) must_check;
/*
 * The text of its reserved regions, "START END TYPE" a line, each ended by a newline. Returns 0 or
 * -errno.
 */
int iommu_group_reserved(const struct sysroot *root, int group, char *buf, size_t size) must_check;
/* The members' names. NULL if there is no such group; the caller closes it. */
DIR *iommu_group_open(const struct sysroot *root, int group) must_check;

#endif
