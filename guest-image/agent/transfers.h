/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transfers (wire/transfer.h) of the guest, each a process of its own: the agent answers meanwhile.
 */
#ifndef VFPROOF_AGENT_TRANSFERS_H
#define VFPROOF_AGENT_TRANSFERS_H

#include <sys/types.h>

#include "wire/agent_net.h"

struct agent_transfer_slot {
	pid_t pid; /* 0: the slot is free */
	struct transfer_config config;
	struct transfer_state state; /* written by the process */
};

/* In memory that is shared with the processes. */
struct agent_transfers {
	struct agent_transfer_slot slots[AGENT_MAX_TRANSFERS];
};

/* Returns the handle, or -errno: -EINVAL, -ENOSPC, -EAGAIN. */
int agent_transfers_start(struct agent_transfers *f,
			  const struct transfer_config *config) must_check;
/* How far it is. A process that has gone without an end is -EFAULT in @out. -ENOENT: no such. */
int agent_transfers_read(struct agent_transfers *f, uint32_t handle,
			 struct transfer_state *out) must_check;
/* The same, and the slot is free then. */
int agent_transfers_stop(struct agent_transfers *f, uint32_t handle,
			 struct transfer_state *out) must_check;

#endif
