/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netdevs on top of several others: bonds (Linux Documentation/networking/bonding.rst), and who is
 * on top of whom. The module must be loaded.
 */
#ifndef VFPROOF_SYS_BOND_H
#define VFPROOF_SYS_BOND_H

#include <net/if.h>
#include "base/util.h"

struct sysroot;

/*
 * Makes the bond @ifname of two netdevs: one is active, @primary whenever it has a link, which is
 * looked at every 100 ms. The bond has the MAC of the active one, as a VF may not be free to take
 * another. All are up then. Returns 0 or -errno; the bond may be there all the same.
 */
int bond_make(const char *ifname, const char *primary, const char *other) must_check;
/* The active one, "" if there is none. -ENOENT: it is no bond. */
int bond_get_active(const struct sysroot *root, const char *ifname,
		    char active[IFNAMSIZ]) must_check;
/* The netdev on top of this one, "" if there is none. */
void bond_get_master(const struct sysroot *root, const char *ifname, char master[IFNAMSIZ]);

#endif
