/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assigned devices that come and go while their guest runs. A device is gone when QEMU has said so
 * (DEVICE_DELETED), the guest has no netdev for it, and nobody holds it open on the host.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_GUEST_PLUG_H
#define VFPROOF_CASES_GUEST_PLUG_H

#include "cases/guest.h"
#include "vm/vm_plug.h"

#define GUEST_PLUG_MS 30000 /* for one command about a device */

/* The slot that the device has in the guest, -1 if it is not there. */
int guest_find_dev(const struct guest *g, const struct rig_dev *dev);
/* Number of a root port without a device, -1 if there is none. */
int guest_free_port(const struct guest *g);
/* What device_add takes for a device on root port @port; owned by the caller, NULL: no memory. */
json_t *guest_plug_props(const char *host, const char *id, int port) must_check;
/*
 * Adds a device, which is on vfio-pci, on a free root port; @addr (NULL: left to QEMU) is its
 * place there. It has slot *@index then; guest_check_nic() is what follows.
 */
int guest_plug_at(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
		  const char *addr, unsigned int *index) must_check;
int guest_plug(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
	       unsigned int *index) must_check;
/* guest_plug(), and then: driver, MAC, link, and test frames with a station of the host's. */
int guest_plug_and_use(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
		       struct station *from, unsigned int *index) must_check;
/* Removes it. Slot, root port and device are free then. */
int guest_unplug(struct guest *g, unsigned int index, enum vm_monitor monitor) must_check;
/* Its first half: asks for a device that was seen in the guest. */
int guest_ask_unplug(struct guest *g, unsigned int index, enum vm_monitor monitor) must_check;
/* The second half: waits for the end of a device that was asked to go. */
int guest_wait_unplugged(struct guest *g, unsigned int index) must_check;
/* Waits until nobody holds the device open. */
int guest_wait_released(struct ctx *ctx, const struct rig_dev *dev) must_check;
/*
 * A device that the fixture has on vfio-pci is there again. Not with an undo, as rig_bind_vfio()
 * has: at the end of the item that would take the device from a guest which goes on.
 */
int guest_dev_to_vfio(struct ctx *ctx, const struct rig_dev *dev) must_check;
/* The device works with its own driver on the host; it is on vfio-pci again afterwards. */
int guest_dev_check_on_host(struct ctx *ctx, const struct rig_dev *dev) must_check;

#endif
