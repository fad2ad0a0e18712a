/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a QEMU process has vhost-net at work. The kernel moves the frames then, in a thread of
 * QEMU's own (Linux from 6.4 on, drivers/vhost/vhost.c and kernel/vhost_task.c) that is called
 * "vhost-" and the number of the thread that asked for it.
 */
#ifndef VFPROOF_SYS_VHOST_H
#define VFPROOF_SYS_VHOST_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;

struct vhost_use {
	unsigned int fds; /* descriptors of /dev/vhost-net that the process has open */
	unsigned int taps; /* of /dev/tapN */
	unsigned int workers;
	uint64_t switches; /* how often the workers have gone to sleep or been put aside */
	uint64_t cpu_us; /* how long they have run; 0 if the kernel does not count it */
};

/* Opens /dev/vhost-net. Returns a descriptor, for QEMU to use, or -errno. */
int vhost_open_net(const struct sysroot *root) must_check;
/* -ENOENT: no such process. */
int vhost_read(const struct sysroot *root, pid_t pid, struct vhost_use *use) must_check;

#endif
