/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Binding PCI devices to drivers: driver_override + drivers_probe + unbind
 * (Documentation/ABI/testing/sysfs-bus-pci).
 */
#ifndef VFPROOF_SYS_DRIVER_H
#define VFPROOF_SYS_DRIVER_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/*
 * True if the start of the device's driver, module @name, hangs: the kernel then holds the lock of
 * the device, and whoever needs it (bind, unbind, driver_override, sriov_numvfs) hangs as well. So
 * these functions return -EBUSY for such a device, as sriov_read() does. It may come to an end
 * late.
 */
bool driver_hangs(const struct sysroot *root, const struct pci_addr *dev, char *name, size_t size);
/* Notes that the start of module @name hangs, and so @dev (its name on the bus) has no driver. */
void driver_note_hang(const struct sysroot *root, const char *dev, const char *name);
/* Notes that the kernel does not answer for @dev, whose driver is @name: for the rest of the boot.
 */
void driver_note_silent(const struct sysroot *root, const char *dev, const char *name);

/* Name of the bound driver in @buf, "" if none. Returns 0 or -errno (-ENODEV: no such device). */
int driver_get(const struct sysroot *root, const struct pci_addr *dev, char *buf,
	       size_t size) must_check;
/* Unbinds what is bound; fine if nothing is. */
int driver_unbind(const struct sysroot *root, const struct pci_addr *dev) must_check;
/*
 * Unbinds the present driver, then binds exactly @driver by driver_override and reads it back;
 * "" leaves the device without a driver. The override stays (see driver_restore()).
 * -ENODEV: no such device; -ENOENT: no such driver is loaded; -EIO: its probe failed, silently but
 * for the kernel log.
 */
int driver_bind(const struct sysroot *root, const struct pci_addr *dev,
		const char *driver) must_check;
/* Clears driver_override, unbinds, and binds @driver ("" for none). Idempotent; 0 if gone. */
int driver_restore(const struct sysroot *root, const struct pci_addr *dev,
		   const char *driver) must_check;
/*
 * The older way, which needs no override: @driver takes all devices of an id from now on (new_id)
 * or no longer (remove_id), and is bound to one by name. A VF is not bound this way while its PF's
 * sriov_drivers_autoprobe is 0. driver_add_id() binds unbound devices of that id at once.
 * -EEXIST: it has the id already; removing one that it has not is fine.
 */
int driver_add_id(const struct sysroot *root, const char *driver, uint16_t vendor,
		  uint16_t device) must_check;
int driver_remove_id(const struct sysroot *root, const char *driver, uint16_t vendor,
		     uint16_t device) must_check;
/* Binds a device that has no driver, and reads it back. Errors as driver_bind(). */
int driver_bind_plain(const struct sysroot *root, const struct pci_addr *dev,
		      const char *driver) must_check;
/* True if a PCI driver of that name is loaded. */
bool driver_exists(const struct sysroot *root, const char *driver);
/* Has the kernel look for a driver for the device. Returns 0 or -errno, whether it finds one or
 * not. */
int driver_probe(const struct sysroot *root, const struct pci_addr *dev) must_check;

#endif
