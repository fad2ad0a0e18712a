/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Life of a nested guest: its start and its end. */
#include "vm/vm_state.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/sysroot.h"
#include "sys/guest_user.h"
#include "vm/image.h"
#include "vm/qemu.h"

#define VM_START_MS 60000
#define VM_MB_MS 50 /* for each MiB, which is pinned and mapped for DMA if there are devices */
#define VM_DEVICE_MS \
	1000 /* for each device: a reset while QEMU starts, its driver's end after it */
#define VM_ASK_MS 15000
#define VM_POWEROFF_MS 30000
#define VM_QUIT_MS 5000

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
	struct vm *vm = NULL;
	int ret;

	*why = (struct vm_failure){ 0 };
	if (!cfg->image) {
		initramfs = image_build(env->root, cfg, deadline_ms, why->text, sizeof(why->text));
		if (initramfs < 0)
			return initramfs;
	}
	ret = cfg->image ? 0 : guest_user_lend_kvm(env->root);
	if (ret == 0)
		ret = vm_spawn(env, cfg, initramfs, &vm);
	if (ret < 0 || !vm) {
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
