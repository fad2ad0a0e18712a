/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces (network_namespaces(7)) of a process with one thread.
 */
#ifndef VFPROOF_SYS_NETNS_H
#define VFPROOF_SYS_NETNS_H

#include "base/util.h"

struct sysroot;

/* Descriptor of the namespace that this process is in, or -errno. */
int netns_open(const struct sysroot *root) must_check;
/* Descriptor of a new namespace; this process stays where it is. -errno if there is none. */
int netns_make(const struct sysroot *root) must_check;
/* Returns 0 or -errno. */
int netns_enter(int netns) must_check;

#endif
