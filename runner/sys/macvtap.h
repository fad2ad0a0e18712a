/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macvtap: a netdev on top of another one, with a MAC of its own, whose frames are read and written
 * through a character device. QEMU gets that device as a descriptor. What the modes do is in Linux
 * drivers/net/macvlan.c.
 */
#ifndef VFPROOF_SYS_MACVTAP_H
#define VFPROOF_SYS_MACVTAP_H

#include <linux/if_link.h>
#include "base/util.h"

/* A virtio header stands before each frame that is read from or written to the device. */
#define MACVTAP_HEADER_SIZE 10

struct sysroot;

/*
 * Creates @ifname, which is still down, on @parent. @mac may be NULL: the kernel's choice; in
 * passthru mode it is the parent's in any case. The modules must be loaded. -EINVAL: the parent is
 * no Ethernet device, or it has a macvtap already and one of them is in passthru mode; -EBUSY:
 * something else (a bridge, a bond) has the parent; -EEXIST: the name is taken.
 */
int macvtap_create(const char *ifname, const char *parent, enum macvlan_mode mode,
		   const uint8_t mac[6]) must_check;
/*
 * Opens its character device, set up as QEMU wants it: whole frames with a virtio header each, no
 * offloads. Returns a descriptor or -errno: -ENODEV (no such
 * netdev), -ENOENT (it is no macvtap, or has no device node), -ENXIO (the node is another's).
 */
int macvtap_open(const struct sysroot *root, const char *ifname) must_check;
/* The same for one of several queues: each call opens one more. */
int macvtap_open_queue(const struct sysroot *root, const char *ifname) must_check;
/* "bridge", "vepa", "private", "passthru". */
const char *macvtap_mode_name(enum macvlan_mode mode);

#endif
