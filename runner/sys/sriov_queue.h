/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue for what makes and removes VFs. The kernel does that for one port at a time, under the
 * lock of PCI rescan and remove, and a process that waits for the lock cannot be told from one that
 * hangs. So ours wait here, in the order in which they came, and the deadline of a write begins
 * when its turn does.
 */
#ifndef VFPROOF_SYS_SRIOV_QUEUE_H
#define VFPROOF_SYS_SRIOV_QUEUE_H

#include "base/util.h"
#include "sys/pci_addr.h"

struct sysroot;

/* What a write is answered with if it was not tried, as the one before it hangs in the kernel. */
#define SRIOV_QUEUE_STUCK EDEADLK

struct sriov_turn {
	int fd; /* -1: there is no queue */
	uint64_t ticket;
};

/*
 * Waits for the turn of this process, which says that it needs it for @need_ms. The time is noted
 * in the root's hold. Processes that are forked meanwhile have the turn too, until the last of them
 * has ended: one that hangs keeps it. Where no queue can be made the turn is there at once. Returns
 * 0, or -SRIOV_QUEUE_STUCK if whose turn it is should have ended long ago; sriov_turn_end() in any
 * case.
 */
int sriov_turn_begin(const struct sysroot *root, unsigned int need_ms,
		     struct sriov_turn *turn) must_check;
void sriov_turn_end(struct sriov_turn *turn);
/* True if whose turn it is should have ended long ago: nobody's VFs can be made or removed. */
bool sriov_queue_is_stuck(const struct sysroot *root);

/*
 * How long a change to or from @n VFs may take on an ordinary host, in milliseconds from when it
 * has its turn: by their number, and by what this port has taken before.
 */
unsigned int sriov_change_ms(const struct sysroot *root, const struct pci_addr *pf, unsigned int n);
/* Notes that a change of @n VFs has taken @ms. */
void sriov_note_change(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		       uint64_t ms);

#endif
