/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Life of a nested guest: one poll loop serves all its channels whenever something is waited for.
 */
#include "vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/sysroot.h"
#include "wire/channel.h"
#include "vm/image.h"
#include "vm/qemu.h"
#include "vm/qmp.h"
#include "vm/stream.h"

#define VM_ERRORS_SIZE sizeof(((struct vm_failure *)0)->errors)
#define VM_START_MS 60000
#define VM_MB_MS 50 /* for each MiB, which is pinned and mapped for DMA if there are devices */
#define VM_DEVICE_MS \
	1000 /* for each device: a reset while QEMU starts, its driver's end after it */
#define VM_ASK_MS 15000
#define VM_POWEROFF_MS 30000
#define VM_QUIT_MS 5000
#define VM_READ_SIZE 16384
#define VM_DRAIN_READS 256 /* bound on what a dead QEMU may have left in its channels */

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

static void vm_append_console(struct vm *vm, const char *text, size_t len)
{
	stream_append_text(vm->env.console, vm->env.console_size, text, len);
}

/* The console's unfinished line is kept, behind the guest's name. */
static void vm_end_line(struct vm *vm)
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

/*
 * Serves all channels until @done(@vm, @arg), which depends on channel @s. 0, -EPIPE (QEMU ended),
 * -EPROTO, -ETIMEDOUT.
 */
static int vm_wait(struct vm *vm, enum vm_stream s, bool (*done)(struct vm *vm, void *arg),
		   void *arg, unsigned int timeout_ms)
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

static bool vm_has_ended(struct vm *vm, void *arg)
{
	(void)arg;
	return vm->ended;
}

/* Waits for QEMU's end whatever the channels say. */
static int vm_wait_end(struct vm *vm, unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;

	while (!vm->ended && util_now_ms() < end)
		vm_serve(vm, end);
	return vm_has_ended(vm, NULL) ? 0 : -ETIMEDOUT;
}

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

pid_t vm_pid(const struct vm *vm)
{
	return vm->pid;
}

bool vm_ended(const struct vm *vm)
{
	return vm->ended;
}

int vm_end_signal(const struct vm *vm)
{
	return vm->ended && vm->exit.si_code != CLD_EXITED ? vm->exit.si_status : 0;
}

/* The last line of QEMU's output. */
static const char *vm_last_error(struct vm *vm)
{
	char *line = strrchr(util_trim(vm->errors), '\n');

	return line ? line + 1 : vm->errors;
}

const char *vm_end_text(struct vm *vm)
{
	const char *how = !vm->ended			   ? "QEMU is running, status"
			  : vm->exit.si_code == CLD_EXITED ? "QEMU exited with status"
							   : "QEMU was ended by signal";
	const char *error = vm_last_error(vm);

	util_format(vm->end_text, sizeof(vm->end_text), "%s %d%s%s%s%.250s", how,
		    vm->ended ? vm->exit.si_status : 0, vm->shutdown_reason[0] ? " after " : "",
		    vm->shutdown_reason, error[0] ? ": " : "", error);
	return vm->end_text;
}

static void vm_free(struct vm *vm)
{
	vm_end_line(vm);
	for (unsigned int s = 0; s < VM_N_STREAMS; s++)
		util_closep(&vm->fds[s]);
	util_closep(&vm->pidfd);
	qmp_free(&vm->qmp);
	free(vm);
}

/* The host may be a slow one. */
static unsigned int vm_scale(const struct vm *vm, unsigned int ms)
{
	return (unsigned int)sysroot_ms(vm->env.root, ms);
}

int vm_power_off(struct vm *vm)
{
	int ret;

	if (vm->asked_off)
		return -EALREADY;
	vm->asked_off = true;
	if (vm->ended || !vm->greeted)
		return -ENOTCONN;
	if (vm->broken[VM_AGENT] < 0)
		return vm->broken[VM_AGENT];
	ret = vm_agent_call(vm, AGENT_POWEROFF, NULL, 0, NULL, 0, vm_scale(vm, VM_ASK_MS));
	if (ret < 0)
		return ret;
	if (vm_wait_end(vm, vm_scale(vm, VM_POWEROFF_MS + vm->n_devices * VM_DEVICE_MS)) < 0)
		return -ETIME;
	return strcmp(vm->shutdown_reason, "guest-shutdown") == 0 ? 0 : -ECONNRESET;
}

int vm_stop(struct vm *vm)
{
	int ret = vm_power_off(vm);

	if (!vm->ended && vm->qmp.greeted) {
		/* The reply may be lost with QEMU's end, which is all that matters. */
		(void)!vm_qmp(vm, "quit", NULL, NULL, VM_QUIT_MS);
		(void)!vm_wait_end(vm, VM_QUIT_MS);
	}
	if (!vm->ended) {
		kill(-vm->pid, SIGKILL);
		if (vm_wait_end(vm, VM_QUIT_MS) < 0)
			log_error("QEMU (process %d) cannot be killed", (int)vm->pid);
	}
	vm_free(vm);
	return ret;
}

static bool vm_is_qmp_greeted(struct vm *vm, void *arg)
{
	(void)arg;
	return vm->qmp.greeted;
}

/* QEMU answers commands only when all its devices are set up. */
static int vm_wait_qmp(struct vm *vm, const struct vm_config *cfg, uint64_t deadline_ms)
{
	unsigned int allowed = VM_START_MS + cfg->n_devices * VM_DEVICE_MS +
			       (cfg->n_devices > 0 ? cfg->memory_mb * VM_MB_MS : 0);
	uint64_t now = util_now_ms(), ms = vm_scale(vm, allowed);
	uint64_t left = now < deadline_ms ? deadline_ms - now : 0;
	unsigned int timeout = (unsigned int)(ms < left ? ms : left);
	int ret = vm_wait(vm, VM_QMP, vm_is_qmp_greeted, NULL, timeout);

	return ret < 0 ? ret : vm_qmp(vm, "qmp_capabilities", NULL, NULL, timeout);
}

/* Has QEMU's process started, its streams in a new struct vm. Returns 0 or -errno. */
static int vm_spawn(const struct vm_env *env, const struct vm_config *cfg, int initramfs,
		    struct vm **out)
{
	struct qemu_process proc;
	struct vm *vm = calloc(1, sizeof(*vm));
	int ret = vm ? qemu_spawn(cfg, initramfs, env->record_pid, env->arg, &proc) : -ENOMEM;

	if (ret < 0) {
		free(vm);
		return ret;
	}
	vm->env = *env;
	util_strlcpy(vm->name, sizeof(vm->name), cfg->name ? cfg->name : "");
	vm->n_devices = cfg->n_devices;
	vm->pid = proc.pid;
	vm->pidfd = proc.pidfd;
	vm->fds[VM_QMP] = proc.qmp;
	vm->fds[VM_AGENT] = proc.agent;
	vm->fds[VM_CONSOLE] = proc.console;
	vm->fds[VM_ERRORS] = proc.errors;
	*out = vm;
	return 0;
}

int vm_start(const struct vm_env *env, const struct vm_config *cfg, uint64_t deadline_ms,
	     struct vm **out, struct vm_failure *why)
{
	_cleanup_close_ int initramfs = -1;
	struct vm *vm;
	int ret;

	*why = (struct vm_failure){ 0 };
	if (!cfg->image) {
		initramfs = image_build(env->root, cfg, deadline_ms, why->text, sizeof(why->text));
		if (initramfs < 0)
			return initramfs;
	}
	ret = vm_spawn(env, cfg, initramfs, &vm);
	if (ret < 0) {
		util_format(why->text, sizeof(why->text), "QEMU could not be started: %s",
			    strerror(-ret));
		return ret;
	}
	ret = vm_wait_qmp(vm, cfg, deadline_ms);
	if (ret < 0) {
		why->by_qemu = true;
		why->pid = vm->pid;
		why->signal = vm_end_signal(vm);
		util_strlcpy(why->errors, sizeof(why->errors), vm->errors);
		util_format(why->text, sizeof(why->text), "%s (%s)", vm_end_text(vm),
			    strerror(-ret));
		vm_stop(vm);
		return ret;
	}
	*out = vm;
	return 0;
}
