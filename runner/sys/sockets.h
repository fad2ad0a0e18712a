/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether anything on this host takes what comes from the network: the appliance has no service.
 */
#ifndef VFPROOF_SYS_SOCKETS_H
#define VFPROOF_SYS_SOCKETS_H

#include "base/util.h"

struct sysroot;

/*
 * The sockets that others can reach: TCP that listens, UDP without a peer, raw ones. Returns their
 * number, or -errno if the kernel does not tell; the first of them are in @text ("tcp port 22").
 */
int sockets_count_open(const struct sysroot *root, char *text, size_t size) must_check;

#endif
