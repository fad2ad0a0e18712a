/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes from a guest: one loop serves all its channels while something is waited for. */
#include "vm/vm_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>

#include "vm/stream.h"

#define VM_READ_SIZE 16384
#define VM_DRAIN_READS 256 /* bound on what a dead QEMU may have left in its channels */

static void vm_append_console(struct vm *vm, const char *text, size_t len)
{
	stream_append_text(vm->env.console, vm->env.console_size, text, len);
}

void vm_end_line(struct vm *vm)
{
	char line[sizeof(vm->name) + sizeof(vm->line) + 8];

	if (vm->line_len == 0)
		return;
	util_format(line, sizeof(line), "%s: %.*s\n", vm->name, (int)vm->line_len, vm->line);
	vm_append_console(vm, line, strlen(line));
	vm->line_len = 0;
}

/* At once, so that it is there even if this process is killed. */
static void vm_take_console(struct vm *vm, const char *data, size_t len)
{
	if (vm->name[0] == '\0') {
		vm_append_console(vm, data, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n')
			vm->line[vm->line_len++] = data[i] != '\0' ? data[i] : '?';
		if (data[i] == '\n' || vm->line_len == sizeof(vm->line))
			vm_end_line(vm);
	}
}

static void vm_take_agent_message(struct vm *vm)
{
	struct agent_header hdr;
	const void *payload;

	if (!channel_next(&vm->channel, &hdr, &payload))
		return;
	if (hdr.type == AGENT_HELLO) {
		if (hdr.len != sizeof(vm->hello)) {
			vm->broken[VM_AGENT] = -EPROTO;
			return;
		}
		memcpy(&vm->hello, payload, sizeof(vm->hello));
		vm->hello.kernel[sizeof(vm->hello.kernel) - 1] = '\0';
		util_sanitise(vm->hello.kernel);
		vm->greeted = true;
		return;
	}
	if (hdr.seq != vm->agent_seq)
		return; /* the answer to a request that was given up */
	vm->reply = hdr;
	memcpy(vm->payload, payload, hdr.len);
	vm->replied = true;
}

static void vm_feed_agent(struct vm *vm, const char *data, size_t len)
{
	while (len > 0 && vm->broken[VM_AGENT] == 0) {
		ssize_t n = channel_feed(&vm->channel, data, len);

		if (n < 0) {
			vm->broken[VM_AGENT] = (int)n;
			return;
		}
		data += n;
		len -= (size_t)n;
		vm_take_agent_message(vm);
	}
}

static void vm_feed_qmp(struct vm *vm, const char *data, size_t len)
{
	int ret = vm->broken[VM_QMP] < 0 ? 0 : qmp_feed(&vm->qmp, data, len);
	json_t *event;
	const char *reason;

	if (ret < 0)
		vm->broken[VM_QMP] = ret;
	event = qmp_take_event(&vm->qmp, "SHUTDOWN", NULL);
	if (!event)
		return;
	reason = json_string_value(json_object_get(json_object_get(event, "data"), "reason"));
	util_strlcpy(vm->shutdown_reason, sizeof(vm->shutdown_reason), reason ? reason : "?");
	util_sanitise(vm->shutdown_reason);
	json_decref(event);
}

/* Reads once from a stream. Returns false if there was nothing more to read. */
static bool vm_read_stream(struct vm *vm, enum vm_stream s)
{
	char buf[VM_READ_SIZE];
	ssize_t n = vm->fds[s] < 0 ? 0 : read(vm->fds[s], buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		util_closep(&vm->fds[s]);
		vm->fds[s] = -1;
		return false;
	}
	switch (s) {
	case VM_QMP:
		vm_feed_qmp(vm, buf, (size_t)n);
		break;
	case VM_AGENT:
		vm_feed_agent(vm, buf, (size_t)n);
		break;
	case VM_CONSOLE:
		vm_take_console(vm, buf, (size_t)n);
		break;
	default:
		stream_append_text(vm->errors, sizeof(vm->errors), buf, (size_t)n);
	}
	return true;
}

/* Reaps QEMU, which has ended, after everything that it has said was read. */
static void vm_reap(struct vm *vm)
{
	for (unsigned int s = 0; s < VM_N_STREAMS; s++)
		for (unsigned int i = 0; i < VM_DRAIN_READS && vm_read_stream(vm, s); i++)
			;
	if (waitid(P_PIDFD, (id_t)vm->pidfd, &vm->exit, WEXITED) == 0)
		vm->ended = true;
	else if (errno == ECHILD)
		vm->ended = true;
}

/* Serves all channels once, or until @end (util_now_ms()). */
static void vm_serve(struct vm *vm, uint64_t end)
{
	struct pollfd p[VM_N_STREAMS + 1];
	uint64_t now = util_now_ms();

	for (unsigned int s = 0; s < VM_N_STREAMS; s++)
		p[s] = (struct pollfd){ .fd = vm->fds[s], .events = POLLIN };
	p[VM_N_STREAMS] = (struct pollfd){ .fd = vm->pidfd, .events = POLLIN };
	if (poll(p, ARRAY_SIZE(p), end > now ? (int)(end - now) : 0) <= 0)
		return;
	for (unsigned int s = 0; s < VM_N_STREAMS; s++)
		if (p[s].revents != 0)
			vm_read_stream(vm, s);
	if (p[VM_N_STREAMS].revents != 0)
		vm_reap(vm);
}

int vm_wait(struct vm *vm, enum vm_stream s, bool (*done)(struct vm *vm, void *arg), void *arg,
	    unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;

	while (!done(vm, arg)) {
		if (vm->broken[s] < 0)
			return vm->broken[s];
		if (vm->ended)
			return -EPIPE;
		if (util_now_ms() >= end)
			return -ETIMEDOUT;
		vm_serve(vm, end);
	}
	return 0;
}

int vm_wait_end(struct vm *vm, unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;

	while (!vm->ended && util_now_ms() < end)
		vm_serve(vm, end);
	return vm->ended ? 0 : -ETIMEDOUT;
}
