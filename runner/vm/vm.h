/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A nested guest: QEMU spawned in its own process group with its QMP, agent and console channels on
 * socket pairs, and one loop that serves all three until something asked for has happened. A guest
 * that hangs, panics or exits early turns every wait into an error within its deadline.
 */
#ifndef VFPROOF_VM_VM_H
#define VFPROOF_VM_VM_H

#include <jansson.h>
#include <sys/types.h>
#include "vm/vm_config.h"
#include "wire/agent_proto.h"

struct sysroot;
struct vm;

#define VM_TEXT_SIZE 400

/* What whoever starts a guest lends it: borrowed, and there for as long as the guest. */
struct vm_env {
	const struct sysroot *root;
	char *console; /* of @console_size: the tail of what the guest says, NUL-terminated */
	size_t console_size;
	/*
	 * Told of QEMU's process before it runs anything, so that it can be ended whatever happens
	 * to the caller. If it fails, nothing is run.
	 */
	int (*record_pid)(void *arg, pid_t pid);
	void *arg;
};

/* Why a guest could not be started. */
struct vm_failure {
	bool by_qemu; /* it refused, or did not get ready; else there was no getting so far */
	pid_t pid; /* by_qemu: of its process */
	int signal; /* by_qemu: that ended it, 0 if none did */
	char text[VM_TEXT_SIZE];
	char errors[2048]; /* by_qemu: the tail of its output */
};

/*
 * Waits for the guest's files, starts QEMU and waits until it has set its devices up; each wait
 * ends at @deadline_ms (util_now_ms()) at the latest. *@out is owned by the caller, ended by
 * vm_stop(). Returns 0, or -errno with the reason in @why.
 */
int vm_start(const struct vm_env *env, const struct vm_config *cfg, uint64_t deadline_ms,
	     struct vm **out, struct vm_failure *why) must_check;
/*
 * Waits for the agent's hello. -ETIMEDOUT, -EPIPE (QEMU ended), -EPROTO. @hello may be NULL.
 */
int vm_wait_ready(struct vm *vm, struct agent_hello *hello, unsigned int timeout_ms) must_check;
/* Has the guest power itself off; what vm_stop() does first, unless it was done. As vm_stop(). */
int vm_power_off(struct vm *vm) must_check;
/*
 * Ends the guest: asks the agent to power off, then QMP quit, then SIGKILL; reaps. Frees @vm.
 * Returns 0 if the guest went by itself; else -ETIMEDOUT (the agent did not answer), -ETIME (it
 * did, and the guest stayed), -EPIPE or -ECONNRESET (it ended in another way), -EPROTO, or
 * -ENOTCONN if there was no guest to ask any more or yet.
 */
int vm_stop(struct vm *vm);
/*
 * One QMP command. *@ret (may be NULL) is the "return" member, owned by the caller. @args (may be
 * NULL) is consumed. -EREMOTEIO: QEMU refused, see vm_qmp_error(); else as vm_agent_call().
 */
int vm_qmp(struct vm *vm, const char *command, json_t *args, json_t **ret,
	   unsigned int timeout_ms) must_check;
/* The same, with a descriptor sent along (SCM_RIGHTS), which stays the caller's; -1: none. */
int vm_qmp_with_fd(struct vm *vm, const char *command, json_t *args, int fd, json_t **ret,
		   unsigned int timeout_ms) must_check;
/* QEMU's words for the last -EREMOTEIO. Borrowed, valid until the next vm_qmp(). */
const char *vm_qmp_error(struct vm *vm);
/* Its QMP error class, such as "GenericError"; "" if it has none. Borrowed likewise. */
const char *vm_qmp_error_class(struct vm *vm);
/* Keeps a refusal that came in another way than as a QMP error. */
void vm_set_refusal(struct vm *vm, const char *class, const char *text);
/*
 * Waits for an event that came since the start or since it was last taken; @device (may be NULL) is
 * its member of that name. *@event (may be NULL) is owned by the caller.
 */
int vm_qmp_wait_event(struct vm *vm, const char *name, const char *device, json_t **event,
		      unsigned int timeout_ms) must_check;
/*
 * One request to the agent and its reply. @reply of @reply_size bytes gets the payload; returns its
 * length or -errno (-ETIMEDOUT, -EPIPE, -EPROTO, or the agent's own error).
 */
int vm_agent_call(struct vm *vm, enum agent_type type, const void *req, size_t req_len, void *reply,
		  size_t reply_size, unsigned int timeout_ms) must_check;
/* The guest's PCI address of the device with this QEMU id ("hostdev0"). -ENODEV if not there. */
int vm_guest_addr(struct vm *vm, const char *id, struct pci_addr *addr) must_check;
/* Threads that are the guest's processors. Returns their number, at most @max, or -errno. */
int vm_cpu_threads(struct vm *vm, pid_t *tids, unsigned int max) must_check;
/* QEMU's process. */
pid_t vm_pid(const struct vm *vm);
/* True once QEMU has ended. How it ended is told by vm_end_text(). */
bool vm_ended(const struct vm *vm);
/* Waits for QEMU's end, whatever the channels say. 0 or -ETIMEDOUT. */
int vm_wait_end(struct vm *vm, unsigned int timeout_ms) must_check;
/* The signal that has ended it, 0 if none has. */
int vm_end_signal(const struct vm *vm);
/* "QEMU exited with status 1 after guest-reset: <last error line>". Borrowed. */
const char *vm_end_text(struct vm *vm);

#endif
