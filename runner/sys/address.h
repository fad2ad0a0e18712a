/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 addresses, the default route and VLAN links, through rtnetlink(7).
 */
#ifndef VFPROOF_SYS_ADDRESS_H
#define VFPROOF_SYS_ADDRESS_H

#include "base/util.h"

/* Gives the link an address in dotted form. Returns 0 or -errno (-EEXIST: it has it). */
int address_add(const char *ifname, const char *address, unsigned int prefix_len) must_check;
/* Removes all IPv4 addresses of the link, and the routes with them. Returns 0 or -errno. */
int address_flush(const char *ifname) must_check;
/* The default route goes through @gateway, which the link reaches. Returns 0 or -errno. */
int address_add_default_route(const char *ifname, const char *gateway) must_check;
/* Makes @name, the VLAN @id (1 to 4094) of the link @parent. Returns 0 or -errno. */
int address_add_vlan(const char *parent, const char *name, unsigned int id) must_check;

#endif
