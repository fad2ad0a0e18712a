/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFs through sysfs: Documentation/ABI/testing/sysfs-bus-pci, sriov_*. A write that succeeds proves
 * nothing (drivers report success with fewer VFs or none), so every change is read back and the
 * virtfn links are counted; a write can block on a guest that has a VF, so it is bounded in time.
 */
#ifndef VFPROOF_SYS_SRIOV_H
#define VFPROOF_SYS_SRIOV_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

#define SRIOV_MAX_VFS 256

struct sriov_state {
	int numvfs; /* sriov_numvfs */
	int totalvfs; /* sriov_totalvfs */
	unsigned int links; /* virtfnN links whose device exists */
	unsigned int write_ms; /* how long the write before took, without the wait for its turn, */
	unsigned int wait_ms; /* and how long it was until all were there */
	unsigned int offset, stride,
		vf_device; /* as the kernel read them; may change with numvfs */
	struct pci_addr vfs[SRIOV_MAX_VFS]; /* by virtfn index, links of them */
};

/*
 * -ENODEV: no such device; -ENOENT: it has no sriov_totalvfs (no capability, or TotalVFs 0);
 * -EBUSY: see driver_hangs().
 */
int sriov_read(const struct sysroot *root, const struct pci_addr *pf,
	       struct sriov_state *st) must_check;

/*
 * Writes sriov_numvfs in a child, for at most @timeout_ms from when it is this port's turn: see
 * sriov_queue.h. Returns 0 or the write's -errno (-ERANGE, -EBUSY, ...), -ETIMEDOUT if it blocked,
 * -SRIOV_QUEUE_STUCK if it was not tried since another one hangs; @st is what is there afterwards.
 * Its time is noted in the root's hold: the deadline of an item does not count it.
 */
int sriov_write_numvfs(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		       unsigned int timeout_ms, struct sriov_state *st) must_check;

/* The same with a text that need not be a number. */
int sriov_write_text(const struct sysroot *root, const struct pci_addr *pf, const char *text,
		     unsigned int timeout_ms, struct sriov_state *st) must_check;

/*
 * How long writing @n may take on an ordinary host: by the number of VFs that it makes or removes,
 * and by what the port has taken before. To be scaled by the caller.
 */
unsigned int sriov_write_ms(const struct sysroot *root, const struct pci_addr *pf, unsigned int n);

/*
 * sriov_write_numvfs(), and also -EIO if after a successful write numvfs or the number of VFs
 * differs from @n. Waits until all VF devices are there.
 */
int sriov_set_numvfs(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		     unsigned int timeout_ms, struct sriov_state *st) must_check;

/* Waits until sriov_numvfs is @n and @n VF devices are there. -EIO if they stay away. */
int sriov_wait_vfs(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		   unsigned int timeout_ms, struct sriov_state *st) must_check;

int sriov_set_autoprobe(const struct sysroot *root, const struct pci_addr *pf, bool on) must_check;
int sriov_get_autoprobe(const struct sysroot *root, const struct pci_addr *pf, bool *on) must_check;

/*
 * How many MSI-X vectors the PF gives to a VF that has no driver (sriov_vf_msix_count); 0: as many
 * as by default. -ENOENT or -EOPNOTSUPP: the PF's driver does not give them out.
 */
int sriov_set_vf_msix(const struct sysroot *root, const struct pci_addr *vf,
		      unsigned int n) must_check;

/* Where VF @index (from 0) must appear: PCIe Base Specification, SR-IOV, First VF Offset/Stride. */
struct pci_addr sriov_vf_addr(const struct pci_addr *pf, unsigned int offset, unsigned int stride,
			      unsigned int index);

#endif
