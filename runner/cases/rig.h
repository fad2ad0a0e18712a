/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's half of every case that assigns devices: a PF that is up, VFs with MACs or a whole PF
 * on vfio-pci, and whether a device is still well afterwards. guest.h is the other half, station.h
 * the host's ends of traffic.
 *
 * As all steps the functions return 0 to go on; otherwise the finding or the error is recorded, see
 * common.h.
 */
#ifndef VFPROOF_CASES_RIG_H
#define VFPROOF_CASES_RIG_H

#include <limits.h>
#include <net/if.h>
#include "model/ctx.h"
#include "sys/sriov.h"
#include "vm/vm.h"

#define RIG_NO_VF UINT_MAX

/* A device that can be assigned. */
struct rig_dev {
	char what[24]; /* "VF 0", "PF 0000:01:00.0" */
	const struct nic *pf; /* whose VF it is, or itself */
	unsigned int vf; /* virtfnN, RIG_NO_VF for a PF */
	struct pci_addr addr;
	char driver[32]; /* that it is to have in the guest, "" for any */
	uint8_t mac[6];
	bool mac_known; /* if not, the guest may show any valid one */
};

/* A PF of the host's and its VFs. */
struct rig {
	struct ctx *ctx;
	const struct nic *pf;
	char ifname[IFNAMSIZ]; /* of the PF */
	uint8_t mac[6];
	unsigned int n_vfs;
	struct rig_dev vfs[SRIOV_MAX_VFS];
};

/* Brings the PF up, or takes it down for FAULT_NO_LINK. */
int rig_open(struct rig *rig, struct ctx *ctx, const struct nic *pf) must_check;
/* The VF with that number and address, as it is before its PF gives it a MAC. */
void rig_init_vf(struct rig_dev *vf, const struct nic *pf, unsigned int number,
		 const struct pci_addr *addr);
/*
 * Makes @n VFs that no host driver gets hold of, and has the PF give each a MAC. Creating VFs may
 * reset the port.
 */
int rig_create_vfs(struct rig *rig, unsigned int n) must_check;
/*
 * rig_open(), with up to @n VFs (as many as the PF has, SRIOV_MAX_VFS at most) on vfio-pci;
 * rig->n_vfs says how many.
 */
int rig_open_vfs(struct rig *rig, struct ctx *ctx, const struct nic *pf, unsigned int n) must_check;
/* Waits for the PF's carrier; at once with FAULT_NO_LINK. */
int rig_wait_link(struct rig *rig) must_check;
/* -ENOLINK with nothing recorded if the PF has had no link in this run; else the same. */
int rig_try_link(struct rig *rig) must_check;

/*
 * Takes a PF without VFs in use from the host: @dev is then on vfio-pci. Its driver and link state
 * are put back by the undo.
 */
int rig_take_pf(struct rig_dev *dev, struct ctx *ctx, const struct nic *pf) must_check;

/* Hands the device to vfio-pci. */
int rig_bind_vfio(struct ctx *ctx, const struct rig_dev *dev) must_check;
/* Lets QEMU open the group of a device that was bound to vfio-pci in another way. */
int rig_lend(struct ctx *ctx, const struct rig_dev *dev) must_check;
/* Takes it from whatever driver it has. */
int rig_unbind(struct ctx *ctx, const struct rig_dev *dev) must_check;
/*
 * Binds the device's own driver on the host and waits for its netdev, whose name is in @ifname; ""
 * if this kernel has no driver for it.
 */
int rig_bind_host(struct ctx *ctx, const struct rig_dev *dev, char ifname[IFNAMSIZ]) must_check;
/*
 * After its guest: the device answers on the bus and its own driver works on the host, with the MAC
 * it had if it is a PF. A VF is left without a driver, a PF with its own and up.
 */
int rig_check_dev(struct ctx *ctx, const struct rig_dev *dev) must_check;

#endif
