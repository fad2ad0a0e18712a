/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host has in use that devices which come and go could leave behind: proc(5), and sysfs.
 */
#ifndef VFPROOF_SYS_HOST_USE_H
#define VFPROOF_SYS_HOST_USE_H

#include "base/util.h"

struct sysroot;

struct host_use {
	uint64_t slab_kb; /* SUnreclaim: memory of the kernel's own objects that cannot be given up
			   */
	unsigned int irqs; /* in /proc/irq */
	uint64_t irq_numbers; /* differs for different numbers of them */
	unsigned int groups, netdevs; /* IOMMU groups, network interfaces */
};

/* Returns 0 or -errno. */
int host_use_read(const struct sysroot *root, struct host_use *use) must_check;

#endif
