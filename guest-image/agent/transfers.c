/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts transfers, and tells how far they are. */
#include "transfers.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int agent_transfers_start(struct agent_transfers *f, const struct transfer_config *config)
{
	struct agent_transfer_slot *slot = NULL;
	int ret = transfer_check(config);
	pid_t pid;

	for (unsigned int i = 0; !slot && i < AGENT_MAX_TRANSFERS; i++)
		if (f->slots[i].pid == 0)
			slot = &f->slots[i];
	if (ret < 0 || !slot)
		return ret < 0 ? ret : -ENOSPC;
	slot->config = *config;
	slot->state = (struct transfer_state){ .phase = TRANSFER_STARTING };
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* of no use without the agent */
		transfer_run(&slot->config, &slot->state);
		_exit(0);
	}
	if (pid < 0)
		return -EAGAIN;
	slot->pid = pid;
	return (int)(slot - f->slots);
}

static struct agent_transfer_slot *transfers_find(struct agent_transfers *f, uint32_t handle)
{
	return handle < AGENT_MAX_TRANSFERS && f->slots[handle].pid != 0 ? &f->slots[handle] : NULL;
}

int agent_transfers_read(struct agent_transfers *f, uint32_t handle, struct transfer_state *out)
{
	struct agent_transfer_slot *slot = transfers_find(f, handle);

	if (!slot)
		return -ENOENT;
	/* In this order: one that ends in between has left its end in place. */
	if (kill(slot->pid, 0) < 0)
		transfer_end(&slot->state, slot->state.phase == TRANSFER_DONE ? 0 : -EFAULT,
			     "ended");
	*out = slot->state;
	return 0;
}

int agent_transfers_stop(struct agent_transfers *f, uint32_t handle, struct transfer_state *out)
{
	struct agent_transfer_slot *slot = transfers_find(f, handle);

	if (!slot)
		return -ENOENT;
	kill(slot->pid, SIGKILL);
	waitpid(slot->pid, NULL, 0); /* as pid 1 the agent has no children to wait for */
	*out = slot->state;
	slot->pid = 0;
	return 0;
}
