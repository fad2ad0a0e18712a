/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages of the host (Documentation/admin-guide/mm/hugetlbpage.rst), and what a process has of
 * memory.
 */
#ifndef VFPROOF_SYS_HUGEPAGES_H
#define VFPROOF_SYS_HUGEPAGES_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;

struct hugepages {
	uint64_t total, free;
};

/* Pages of @kb KiB. -ENOENT: this kernel, or processor, has none of that size. */
int hugepages_read(const struct sysroot *root, unsigned int kb, struct hugepages *out) must_check;
/*
 * Has the kernel keep @n of them, used ones among them, and reads back. -ENOMEM: it has not found
 * as much memory in one piece for each; what it has found is kept.
 */
int hugepages_set(const struct sysroot *root, unsigned int kb, uint64_t n) must_check;
/*
 * KiB of the process that are pinned or locked (VmLck of proc_pid_status(5)); VFIO counts what it
 * maps for DMA.
 */
int hugepages_locked_kb(const struct sysroot *root, pid_t pid, uint64_t *kb) must_check;

#endif
