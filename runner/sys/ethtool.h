/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network driver says of itself and its port: ethtool ioctls (linux/ethtool.h). */
#ifndef VFPROOF_SYS_ETHTOOL_H
#define VFPROOF_SYS_ETHTOOL_H

#include "base/util.h"

/* Present speed in Mb/s, -1 if it is unknown; @duplex gets "full", "half" or "". */
int ethtool_get_speed(const char *ifname, char *duplex, size_t size);
/* The speed in the name of a link mode: 100000 for "100000baseKR4/Full", 0 if it names none. */
unsigned int ethtool_mode_speed(const char *name);

#endif
