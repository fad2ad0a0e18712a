/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU and the guest's agent are asked. */
#include "vm/vm_state.h"

#include <errno.h>
#include <string.h>

#include "vm/stream.h"

static bool vm_is_greeted(struct vm *vm, void *arg)
{
	(void)arg;
	return vm->greeted;
}

int vm_wait_ready(struct vm *vm, struct agent_hello *hello, unsigned int timeout_ms)
{
	int ret = vm_wait(vm, VM_AGENT, vm_is_greeted, NULL, timeout_ms);

	if (ret == 0 && vm->hello.version != AGENT_VERSION)
		return -EPROTO;
	if (ret == 0 && hello)
		*hello = vm->hello;
	return ret;
}

static bool vm_has_qmp_reply(struct vm *vm, void *arg)
{
	json_t **reply = arg;

	*reply = qmp_take_reply(&vm->qmp, vm->qmp_id);
	return *reply != NULL;
}

void vm_set_refusal(struct vm *vm, const char *class, const char *text)
{
	util_strlcpy(vm->qmp_class, sizeof(vm->qmp_class), class);
	util_strlcpy(vm->qmp_error, sizeof(vm->qmp_error), text);
	util_sanitise(vm->qmp_class);
	util_sanitise(vm->qmp_error);
}

int vm_qmp_with_fd(struct vm *vm, const char *command, json_t *args, int fd, json_t **ret,
		   unsigned int timeout_ms)
{
	_cleanup_free_ char *line = qmp_format(command, args, ++vm->qmp_id);
	json_t *reply = NULL;
	const char *error;
	int err;

	json_decref(args);
	if (!line)
		return -ENOMEM;
	err = stream_send(vm->fds[VM_QMP], line, strlen(line), fd, timeout_ms);
	/* If QEMU is gone, waiting finds that out and reaps it. */
	if (err == 0 || err == -EPIPE)
		err = vm_wait(vm, VM_QMP, vm_has_qmp_reply, &reply, timeout_ms);
	if (err < 0)
		return err;
	error = qmp_reply_error(reply);
	if (error) {
		vm_set_refusal(vm, qmp_reply_class(reply), error);
		err = -EREMOTEIO;
	} else if (ret) {
		*ret = json_incref(json_object_get(reply, "return"));
	}
	json_decref(reply);
	return err;
}

int vm_qmp(struct vm *vm, const char *command, json_t *args, json_t **ret, unsigned int timeout_ms)
{
	return vm_qmp_with_fd(vm, command, args, -1, ret, timeout_ms);
}

const char *vm_qmp_error(struct vm *vm)
{
	return vm->qmp_error;
}

const char *vm_qmp_error_class(struct vm *vm)
{
	return vm->qmp_class;
}

struct vm_event_wait {
	const char *name, *device;
	json_t *event;
};

static bool vm_has_event(struct vm *vm, void *arg)
{
	struct vm_event_wait *w = arg;

	w->event = qmp_take_event(&vm->qmp, w->name, w->device);
	return w->event != NULL;
}

int vm_qmp_wait_event(struct vm *vm, const char *name, const char *device, json_t **event,
		      unsigned int timeout_ms)
{
	struct vm_event_wait w = { .name = name, .device = device };
	int ret = vm_wait(vm, VM_QMP, vm_has_event, &w, timeout_ms);

	if (ret == 0 && event)
		*event = w.event;
	else
		json_decref(w.event);
	return ret;
}

static bool vm_has_reply(struct vm *vm, void *arg)
{
	(void)arg;
	return vm->replied;
}

int vm_agent_call(struct vm *vm, enum agent_type type, const void *req, size_t req_len, void *reply,
		  size_t reply_size, unsigned int timeout_ms)
{
	uint8_t msg[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD];
	size_t len;
	int ret;

	if (req_len > AGENT_MAX_PAYLOAD)
		return -EINVAL;
	vm->replied = false;
	len = channel_format(msg, type, ++vm->agent_seq, 0, req, (uint32_t)req_len);
	ret = stream_send(vm->fds[VM_AGENT], msg, len, -1, timeout_ms);
	if (ret == 0 || ret == -EPIPE)
		ret = vm_wait(vm, VM_AGENT, vm_has_reply, NULL, timeout_ms);
	if (ret < 0)
		return ret;
	if (vm->reply.type != type || vm->reply.len > reply_size || vm->reply.status > 0)
		return -EPROTO;
	if (vm->reply.status < 0)
		return vm->reply.status;
	if (reply && vm->reply.len > 0)
		memcpy(reply, vm->payload, vm->reply.len);
	return (int)vm->reply.len;
}
