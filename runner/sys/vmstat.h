/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of the kernel's memory management: /proc/vmstat. */
#ifndef VFPROOF_SYS_VMSTAT_H
#define VFPROOF_SYS_VMSTAT_H

#include "base/util.h"

struct sysroot;

/*
 * Pages that are pinned at present, for DMA mostly: nr_foll_pin_acquired less nr_foll_pin_released.
 * Returns 0, -ENOENT (the kernel does not count them), or another -errno.
 */
int vmstat_pinned(const struct sysroot *root, uint64_t *pages) must_check;

#endif
