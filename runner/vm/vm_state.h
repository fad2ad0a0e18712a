/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest as the files that make up vm.h see it.
 */
#ifndef VFPROOF_VM_VM_STATE_H
#define VFPROOF_VM_VM_STATE_H

#include <signal.h>
#include "vm/qmp.h"
#include "vm/vm.h"
#include "wire/channel.h"

#define VM_ERRORS_SIZE sizeof(((struct vm_failure *)0)->errors)

enum vm_stream { VM_QMP, VM_AGENT, VM_CONSOLE, VM_ERRORS, VM_N_STREAMS };

struct vm {
	struct vm_env env;
	pid_t pid;
	int pidfd;
	int fds[VM_N_STREAMS]; /* -1 once at their end */
	bool ended;
	siginfo_t exit;
	int broken[VM_N_STREAMS]; /* -EPROTO once a channel has talked nonsense */

	struct qmp qmp;
	json_int_t qmp_id;
	char qmp_error[512], qmp_class[32]; /* of the last refusal */
	char shutdown_reason[32]; /* of the SHUTDOWN event, "" until it comes */

	struct channel channel;
	bool greeted;
	struct agent_hello hello;
	uint32_t agent_seq; /* of the request under way */
	bool replied;
	struct agent_header reply;
	uint8_t payload[AGENT_MAX_PAYLOAD];

	bool asked_off;
	unsigned int n_devices;
	char name[32]; /* "": console text goes on as it comes */
	char line[160]; /* else: the console's unfinished line */
	size_t line_len;
	char errors[VM_ERRORS_SIZE]; /* NUL-terminated tail of QEMU's output */
	char end_text[VM_TEXT_SIZE];
};

/*
 * Serves all channels until @done(@vm, @arg), which depends on channel @s. 0, -EPIPE (QEMU ended),
 * -EPROTO, -ETIMEDOUT.
 */
int vm_wait(struct vm *vm, enum vm_stream s, bool (*done)(struct vm *vm, void *arg), void *arg,
	    unsigned int timeout_ms) must_check;
/* Adds the console's unfinished line, behind the guest's name. */
void vm_end_line(struct vm *vm);

#endif
