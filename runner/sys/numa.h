/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NUMA nodes of the host (Documentation/ABI/stable/sysfs-devices-node), and what is on them.
 */
#ifndef VFPROOF_SYS_NUMA_H
#define VFPROOF_SYS_NUMA_H

#include <sched.h>
#include <sys/types.h>
#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/* Nodes that have memory; 1 where the kernel knows of none. */
unsigned int numa_count(const struct sysroot *root);
/* The device's node, -1 if the firmware names none. */
int numa_node_of(const struct sysroot *root, const struct pci_addr *dev);
/* The node's processors. -ENOENT: it has none, or there is no such node. */
int numa_cpus(const struct sysroot *root, unsigned int node, cpu_set_t *cpus) must_check;
/*
 * Pages of the process's mappings that are bound to one node: how many lie on it, and how many on
 * others (Documentation/filesystems/proc.rst, numa_maps).
 */
int numa_count_pages(const struct sysroot *root, pid_t pid, unsigned int node, uint64_t *on,
		     uint64_t *elsewhere) must_check;
/* Has a thread run on these processors only, and reads that back. 0 or -errno; -EIO: it is not so.
 */
int numa_bind_thread(pid_t tid, const cpu_set_t *cpus) must_check;

#endif
