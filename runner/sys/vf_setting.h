/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings that a PF makes for its VFs. Not every PF may: the one of a BlueField whose own
 * processors rule its switch (DPU mode) gets EPERM. And not at any time: i40e says EAGAIN, and ice
 * EBUSY, while it resets the VF.
 */
#ifndef VFPROOF_SYS_VF_SETTING_H
#define VFPROOF_SYS_VF_SETTING_H

#include "base/util.h"

/* Calls @set until it says something else than "busy", or @timeout_ms are over. Returns its word.
 */
int vf_setting_try(int (*set)(void *arg), void *arg, unsigned int timeout_ms) must_check;
/* True for errors with which a driver says that this PF has no such setting. */
bool vf_setting_is_unsupported(int err);

/* How a VF's MAC is set and read. */
struct vf_mac_ops {
	int (*set)(const char *pf_ifname, unsigned int vf, const uint8_t mac[6]);
	int (*get)(const char *pf_ifname, unsigned int vf, uint8_t mac[6]);
};

extern const struct vf_mac_ops vf_mac_netlink;

enum vf_mac_result {
	VF_MAC_SET, /* and it reads back, unless the driver tells none */
	VF_MAC_UNSUPPORTED, /* the VF has one of its own */
	VF_MAC_REFUSED, /* or another one reads back */
};

/* What was said last. */
struct vf_mac {
	int set, get; /* 0 or -errno */
	uint8_t mac[6]; /* that was read back */
};

/* Sets a MAC and reads it back; what is busy is tried again until @timeout_ms are over. */
enum vf_mac_result vf_mac_set(const struct vf_mac_ops *ops, const char *pf_ifname, unsigned int vf,
			      const uint8_t mac[6], unsigned int timeout_ms,
			      struct vf_mac *out) must_check;

#endif
