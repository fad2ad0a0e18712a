/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that start anew within one QEMU, and guests that end on purpose.
 */
#ifndef VFPROOF_VM_VM_RESTART_H
#define VFPROOF_VM_VM_RESTART_H

#include "vm/vm.h"

/*
 * What QEMU does when its guest reboots, panics with a reboot, or is reset: with @on it starts
 * anew; else, as from the beginning, QEMU ends. Errors as vm_qmp().
 */
int vm_set_restart(struct vm *vm, bool on, unsigned int timeout_ms) must_check;
/*
 * To be called before the guest is made to start anew: from now on only what comes of the next
 * start counts, its RESET event and its agent's hello.
 */
void vm_expect_restart(struct vm *vm);
/*
 * Waits for QEMU's RESET event; @reason of @size bytes is QEMU's word for it, such as
 * "guest-reset" or "host-qmp-system-reset". Then for the agent's hello, as vm_wait_ready().
 */
int vm_wait_restart(struct vm *vm, char *reason, size_t size, struct agent_hello *hello,
		    unsigned int timeout_ms) must_check;
/*
 * Ends QEMU by SIGKILL, as if it had crashed, and reaps it; @vm is still to be freed by vm_stop().
 * 0 or -ETIMEDOUT: its process is still there.
 */
int vm_kill(struct vm *vm, unsigned int timeout_ms) must_check;

#endif
