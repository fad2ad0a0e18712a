/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What devlink knows of a device: versions and health reporters (include/uapi/linux/devlink.h,
 * Documentation/networking/devlink/). Generic netlink through libmnl.
 */
#ifndef VFPROOF_SYS_DEVLINK_H
#define VFPROOF_SYS_DEVLINK_H

#include "base/util.h"
#include "sys/pci_addr.h"

#define DEVLINK_MAX_VERSIONS 32
#define DEVLINK_MAX_REPORTERS 32

struct devlink_version {
	char name[48], value[64];
	char kind[12]; /* "fixed", "running", "stored" */
};

struct devlink_info {
	char driver[32], serial[64];
	unsigned int n, n_more; /* versions, and those for which there was no room */
	struct devlink_version versions[DEVLINK_MAX_VERSIONS];
};

struct devlink_reporter {
	char name[48];
	bool error; /* it is not healthy now */
	uint64_t errors, recoveries; /* since the driver was loaded */
};

struct devlink_health {
	unsigned int n, n_more;
	struct devlink_reporter reporters[DEVLINK_MAX_REPORTERS];
};

/*
 * Returns 0, -EOPNOTSUPP if the kernel has no devlink or the driver no such call, -ENODEV if the
 * device is none of devlink's, or another -errno.
 */
int devlink_read_info(const struct pci_addr *addr, struct devlink_info *info) must_check;
int devlink_read_health(const struct pci_addr *addr, struct devlink_health *health) must_check;

/* What one reply adds: struct nlmsghdr with its payload, whole. For tests as well. */
void devlink_take_info(const void *message, struct devlink_info *info);
void devlink_take_health(const void *message, struct devlink_health *health);

#endif
