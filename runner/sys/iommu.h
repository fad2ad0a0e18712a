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
/*
 * The first region of a group that the firmware wants mapped one to one (RMRR of Intel, IVMD of
 * AMD), "START END". The kernel gives none of the group's devices away then. False if there is
 * none; regions that it says are relaxable do not count.
 */
bool iommu_group_is_reserved(const struct sysroot *root, int group, char *region, size_t size);
/* Whether any of Intel's units can post interrupts (VT-d Architecture Specification, 11.4.2). */
bool iommu_can_post(const struct sysroot *root);
/* The members' names. NULL if there is no such group; the caller closes it. */
DIR *iommu_group_open(const struct sysroot *root, int group) must_check;

#endif
