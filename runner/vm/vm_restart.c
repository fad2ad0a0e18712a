/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that start anew, or end on purpose. */
#include "vm/vm_restart.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "vm/vm_state.h"

int vm_set_restart(struct vm *vm, bool on, unsigned int timeout_ms)
{
	return vm_qmp(vm, "set-action", json_pack("{s:s}", "reboot", on ? "reset" : "shutdown"),
		      NULL, timeout_ms);
}

void vm_expect_restart(struct vm *vm)
{
	json_t *old;

	while ((old = qmp_take_event(&vm->qmp, "RESET", NULL)))
		json_decref(old);
	vm->greeted = false;
}

int vm_wait_restart(struct vm *vm, char *reason, size_t size, struct agent_hello *hello,
		    unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms, now;
	json_t *event = NULL;
	const char *text;
	int ret = vm_qmp_wait_event(vm, "RESET", NULL, &event, timeout_ms);

	if (ret < 0)
		return ret;
	text = json_string_value(json_object_get(json_object_get(event, "data"), "reason"));
	util_strlcpy(reason, size, text ? text : "?");
	util_sanitise(reason);
	json_decref(event);
	now = util_now_ms();
	return vm_wait_ready(vm, hello, now < end ? (unsigned int)(end - now) : 0);
}

int vm_kill(struct vm *vm, unsigned int timeout_ms)
{
	if (!vm->ended)
		kill(-vm->pid, SIGKILL);
	return vm_wait_end(vm, timeout_ms);
}
