/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways in which an administrator has a network port reset, and its driver with it.
 */
#ifndef VFPROOF_SYS_NIC_RESET_H
#define VFPROOF_SYS_NIC_RESET_H

#include "base/util.h"
#include "sys/pci_addr.h"

/* ETHTOOL_RESET of all that is this port's own (linux/ethtool.h). -EOPNOTSUPP: no such thing. */
int nic_reset_ethtool(const char *ifname) must_check;
/*
 * ETHTOOL_NWAY_RST, "ethtool -r": negotiates the link anew. Drivers such as igb and ixgbe set the
 * whole port up anew for that. -EOPNOTSUPP: no such thing.
 */
int nic_restart_link(const char *ifname) must_check;
/*
 * DEVLINK_CMD_RELOAD (Documentation/networking/devlink/devlink-reload.rst). -ENODEV: devlink does
 * not know the device; -EOPNOTSUPP: its driver has no such thing, or the kernel no devlink. @why
 * gets the driver's own words on a refusal, "" if it has none.
 */
int nic_reload_devlink(const struct pci_addr *addr, unsigned int timeout_ms, char *why,
		       size_t size) must_check;

#endif
