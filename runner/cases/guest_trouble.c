/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's trouble comes from. The same guest without its devices is the control. */
#include "cases/guest.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "engine/undo.h"
#include "sys/kmsg.h"
#include "vm/vm_plug.h"
#include "vm/vm_size.h"

/* What Linux says when it has no memory left, on the console and in its log. */
static const char trouble_no_memory[] =
	"*Out of memory*,*page allocation failure*,*System is deadlocked on memory*";

bool guest_is_late(const struct ctx *ctx)
{
	return util_now_ms() >= ctx->deadline_ms;
}

static int trouble_record_pid(void *arg, pid_t pid)
{
	struct ctx *ctx = arg;
	uint64_t value;
	int ret = undo_process(pid, &value);

	return ret < 0 ? ret : ctx_undo(ctx, UNDO_KILL, NULL, value, "qemu");
}

static struct vm_env trouble_env(struct ctx *ctx)
{
	return (struct vm_env){
		.root = ctx->root,
		.console = ctx->res->console,
		.console_size = sizeof(ctx->res->console),
		.record_pid = trouble_record_pid,
		.arg = ctx,
	};
}

/*
 * SIGKILL comes from outside: from the kernel if the host has no memory left, and never from a
 * device. Returns 0, or @err with the reason recorded.
 */
static int trouble_check_kill(struct ctx *ctx, int err, pid_t pid, int sig, const char *doing)
{
	char line[300];

	if (sig != SIGKILL)
		return 0;
	if (kmsg_find_kill(ctx->root, pid, line, sizeof(line)))
		return ctx_error_of(ctx, err, "out_of_memory",
				    "the host has no memory left, and its kernel has killed QEMU "
				    "while %s: %s",
				    doing, line);
	return ctx_error_of(ctx, err, "guest_killed",
			    "QEMU (process %d) was killed from outside while %s", (int)pid, doing);
}

/* ---- the control ---- */

enum control {
	CONTROL_NONE, /* it could not be tried */
	CONTROL_WORKS,
	CONTROL_FAILS, /* then the devices have nothing to do with it */
};

/*
 * Starts the guest that @cfg describes without devices and, with @boot, waits for its agent. @why
 * is what came of it.
 */
static enum control trouble_control(struct ctx *ctx, const struct vm_config *cfg, bool boot,
				    char *why, size_t size)
{
	const struct vm_config control = {
		.image = cfg->image,
		.name = "control",
		.memory_mb = cfg->memory_mb,
		.cpus = cfg->cpus,
	};
	const struct vm_env env = trouble_env(ctx);
	uint64_t start = util_now_ms();
	struct vm_failure failure;
	struct vm *vm;
	int ret;

	if (cfg->memory_mb + VM_SIZE_QEMU_MB > guest_memory_left(ctx)) {
		util_format(why, size, "there is no memory for it");
		return CONTROL_NONE;
	}
	ret = vm_start(&env, &control, ctx->deadline_ms, &vm, &failure);
	util_strlcpy(why, size, failure.text);
	if (ret < 0)
		return failure.by_qemu && failure.signal != SIGKILL && !guest_is_late(ctx)
			       ? CONTROL_FAILS
			       : CONTROL_NONE;
	if (boot)
		ret = vm_wait_ready(vm, NULL, ctx_ms(ctx, GUEST_BOOT_MS));
	if (ret == 0)
		util_format(why, size, "%s after %u ms", boot ? "its agent answers" : "it starts",
			    (unsigned int)(util_now_ms() - start));
	else
		util_format(why, size, "%s",
			    vm_ended(vm) ? vm_end_text(vm) : "its agent does not answer");
	vm_stop(vm);
	if (ret == 0)
		return CONTROL_WORKS;
	return guest_is_late(ctx) ? CONTROL_NONE : CONTROL_FAILS;
}

/* True, with the ERROR recorded, if a guest without devices fares no better. */
static bool trouble_is_ours(struct ctx *ctx, const struct vm_config *cfg, bool boot,
			    const char *what)
{
	static const char *const results[] = {
		[CONTROL_NONE] = "not tried",
		[CONTROL_WORKS] = "works",
		[CONTROL_FAILS] = "fails too",
	};
	char why[VM_TEXT_SIZE];
	enum control c = trouble_control(ctx, cfg, boot, why, sizeof(why));

	ctx_evidence(ctx, "guest.control", "the same guest without devices %s: %s", results[c],
		     why);
	if (c != CONTROL_FAILS)
		return false;
	ctx_error_of(ctx, -EIO, "guest_control_failed",
		     "%s, and so does the same guest without any device: %s", what, why);
	return true;
}

/* ---- guests that do not start ---- */

/* Why QEMU refused to start, by its own words, line by line. */
static void guest_see_errors(struct ctx *ctx, char *errors)
{
	char *line, *save;

	for (line = strtok_r(errors, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ctx_symptom(ctx, SYMPTOM_QEMU, "%s", line);
}

/* QEMU itself refused, or did not get ready. */
static int guest_start_failed(struct ctx *ctx, const struct vm_config *cfg, int err,
			      struct vm_failure *why)
{
	const char *label;
	int ret = trouble_check_kill(ctx, err, why->pid, why->signal, "starting the guest");

	if (ret < 0)
		return ret;
	guest_see_errors(ctx, why->errors);
	label = ctx_cause(ctx, "guest_start_failed");
	/* Guests are small, and QEMU may lock what it wants: the host has no memory. */
	if (strcmp(label, "out_of_memory") == 0 || strcmp(label, "memlock") == 0)
		return ctx_error_of(ctx, err, "out_of_memory", "%s", why->text);
	if (cfg->n_devices == 0)
		return ctx_error_of(ctx, err, "guest_control_failed",
				    "a guest without any device does not start: %s", why->text);
	if (guest_is_late(ctx))
		return ctx_timeout(ctx, "starting the guest");
	if (strcmp(label, "guest_start_failed") == 0 &&
	    trouble_is_ours(ctx, cfg, false, "the guest does not start"))
		return err;
	ctx_fail(ctx, label, "QEMU starts with the devices assigned", "%s", why->text);
	return err;
}

int guest_try_start(struct ctx *ctx, const struct vm_config *cfg, struct vm **out,
		    struct vm_failure *why)
{
	const struct vm_env env = trouble_env(ctx);

	return vm_start(&env, cfg, ctx->deadline_ms, out, why);
}

int guest_start(struct ctx *ctx, const struct vm_config *cfg, struct vm **out)
{
	struct vm_failure why;
	int ret = guest_try_start(ctx, cfg, out, &why);

	if (ret == 0)
		return 0;
	if (!why.by_qemu)
		return ctx_error(ctx, ret, "%s", why.text);
	return guest_start_failed(ctx, cfg, ret, &why);
}

/* ---- guests that end, or do not answer ---- */

void guest_note_place(struct guest *g)
{
	char text[4096], *line, *save;

	if (vm_ended(g->vm) ||
	    vm_hmp(g->vm, "info registers", text, sizeof(text), ctx_ms(g->ctx, GUEST_CALL_MS)) < 0)
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "RIP=", 4) == 0)
			ctx_evidence(g->ctx, "guest.registers", "%s: %s", g->name, util_trim(line));
}

bool guest_lacks_memory(struct guest *g)
{
	char console[RESULT_CONSOLE_SIZE], line[300] = "", *next, *save;

	util_strlcpy(console, sizeof(console), g->ctx->res->console);
	for (next = strtok_r(console, "\n", &save); next && !line[0];
	     next = strtok_r(NULL, "\n", &save))
		if (util_globs(trouble_no_memory, next))
			util_strlcpy(line, sizeof(line), next);
	if (!line[0] &&
	    (vm_ended(g->vm) || !guest_klog_find(g, trouble_no_memory, line, sizeof(line))))
		return false;
	ctx_error_of(g->ctx, -ENOMEM, "guest_memory",
		     "the guest's %u MiB are too little for its drivers: %s", g->memory_mb, line);
	return true;
}

int guest_lost(struct guest *g, int err, const char *doing)
{
	const struct vm_config cfg = { .image = g->image,
				       .memory_mb = g->memory_mb,
				       .cpus = g->cpus };
	struct ctx *ctx = g->ctx;
	char text[120];
	int ret;

	guest_say(g, doing, text, sizeof(text));
	ret = trouble_check_kill(ctx, err, vm_pid(g->vm), vm_end_signal(g->vm), text);
	if (ret < 0)
		return ret;
	if (!vm_ended(g->vm) && guest_is_late(ctx))
		return ctx_timeout(ctx, text);
	guest_note_place(g);
	if (vm_ended(g->vm))
		guest_release(g);
	if (g->memory_mb > 0 &&
	    (guest_lacks_memory(g) ||
	     trouble_is_ours(ctx, &cfg, true,
			     vm_ended(g->vm) ? "the guest ends" : "the guest does not answer")))
		return err;
	if (vm_ended(g->vm))
		ctx_fail(ctx, "guest_died", "the guest runs until it is powered off",
			 "while %s: %s", text, vm_end_text(g->vm));
	else
		ctx_fail(ctx, "guest_no_answer", "the guest's agent answers", "while %s: %s", text,
			 strerror(-err));
	return err;
}
