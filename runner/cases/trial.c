/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QEMU that is started to see whether it takes its devices. */
#include "cases/trial.h"

#include <errno.h>
#include <string.h>

#include "cases/guest.h"
#include "vm/vm_size.h"

/* Returns 0, or -ENOMEM with the error recorded. */
static int trial_config(struct ctx *ctx, const struct trial *t, struct vm_config *cfg)
{
	unsigned int mb = ctx->settings->guest_memory_mb, left = guest_memory_left(ctx);

	*cfg = (struct vm_config){ .image = t->image,
				   .name = "trial",
				   .memory_mb = mb,
				   .lock_kb = t->lock_kb,
				   .n_devices = 1,
				   .devices = { t->dev->addr } };
	if (mb + VM_SIZE_QEMU_MB <= left)
		return 0;
	return ctx_error_of(ctx, -ENOMEM, "out_of_memory",
			    "a QEMU with %u MiB does not fit: there are %u MiB for guests", mb,
			    left);
}

/* The line of QEMU's output that matches, NULL if none does. */
static const char *trial_find(char *errors, const char *words)
{
	char *line, *save;

	for (line = strtok_r(errors, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (util_glob(words, line))
			return line;
	return NULL;
}

static int trial_judge(struct ctx *ctx, const struct trial *t, const char *words, int err,
		       struct vm_failure *why)
{
	const char *line;

	if (!why->by_qemu)
		return ctx_error(ctx, err, "%s", why->text);
	line = why->signal == 0 ? trial_find(why->errors, words) : NULL;
	if (!line) {
		ctx_fail(ctx, "refusal_other", words, "%s: %s", t->what, why->text);
		return -EPROTO;
	}
	ctx_evidence(ctx, "refused", "%s: %s", t->what, line);
	return 0;
}

int trial_refused(struct ctx *ctx, const struct trial *t, const char *words)
{
	struct vm_failure why;
	struct vm_config cfg;
	struct vm *vm;
	int ret = trial_config(ctx, t, &cfg);

	if (ret < 0)
		return ret;
	ret = guest_try_start(ctx, &cfg, &vm, &why);
	if (ret < 0)
		return trial_judge(ctx, t, words, ret, &why);
	vm_stop(vm);
	ctx_fail(ctx, "refusal_missing", words, "%s: QEMU has started", t->what);
	return -EPROTO;
}

int trial_accepted(struct ctx *ctx, const struct trial *t)
{
	struct vm_config cfg;
	struct vm *vm;
	int ret = trial_config(ctx, t, &cfg);

	if (ret == 0)
		ret = guest_start(ctx, &cfg, &vm);
	if (ret < 0)
		return ret;
	vm_stop(vm);
	ctx_evidence(ctx, "accepted", "%s: QEMU has started", t->what);
	return 0;
}
