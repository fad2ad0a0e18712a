/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs cases, and sets up and ends what they share.
 */
#include "engine/worker.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include "base/log.h"
#include "engine/presence.h"
#include "model/reason.h"
#include "sys/kernel.h"

static bool requirements_met(struct ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < CASE_MAX_NEEDS && ctx->def->needs[i]; i++) {
		const struct requirement *req = ctx->def->needs[i];
		char why[380] = "";

		if (req->met(ctx, why, sizeof(why)))
			continue;
		if (req->not_applicable && !(req->owed && req->owed(ctx)))
			ctx_not_applicable(ctx, "%s: %s", req->name, why);
		else
			ctx_skip_of(ctx, req->label, "%s" REASON_MISSING "%s", req->name, why);
		return false;
	}
	return true;
}

static int close_fixture(struct worker *w)
{
	int ret = w->fixture->close(&w->ctx, w->state);

	w->ctx.fixture = NULL;
	w->fixture = NULL;
	free(util_take_ptr(w->state));
	return ret;
}

/* From here on the undo records of the fixture are its own, not the item's. */
static void keep_undo(struct ctx *ctx, unsigned int from)
{
	const struct worker *w = ctx->keep_arg;
	struct unit_shared *sh = w->u->shared;
	unsigned int n = sh->n_fixture_undo, i;

	for (i = from; i < sh->res.n_undo && n < RESULT_MAX_UNDO; i++)
		sh->fixture_undo[n++] = sh->res.undo[i];
	/*
	 * The copy comes first. An undo that is in both lists is carried out twice, which does no
	 * harm; one that is in neither is lost.
	 */
	__atomic_store_n(&sh->n_fixture_undo, n, __ATOMIC_RELEASE);
	if (i == sh->res.n_undo)
		__atomic_store_n(&sh->res.n_undo, from, __ATOMIC_RELEASE);
}

/* The same during an item, which then has to come back to what there is now. */
static void keep_for_later(struct ctx *ctx, unsigned int from)
{
	const struct worker *w = ctx->keep_arg;

	keep_undo(ctx, from);
	baseline_take(ctx->root, ctx->inv, w->u->ports, &w->u->shared->before);
}

static int open_fixture(struct worker *w, const struct fixture *f)
{
	struct unit *u = w->u;
	uint64_t begin = util_now_ms();
	int ret;

	if (w->fixture)
		return 0;
	baseline_take(u->root, u->inv, u->ports, &u->shared->start);
	/* Should this process die here, what is to come back is the same. */
	u->shared->before = u->shared->start;
	w->state = calloc(1, f->size);
	if (!w->state)
		return -ENOMEM;
	w->fixture = f;
	w->ctx.fixture = w->state;
	ret = f->open(&w->ctx, w->state);
	if (ret < 0) {
		(void)!close_fixture(w);
		u->shared->open_failed = true;
		return ret;
	}
	ctx_evidence(&w->ctx, "fixture", "%s, set up in %.1f s", f->name,
		     (double)(util_now_ms() - begin) / 1000.0);
	keep_undo(&w->ctx, 0);
	__atomic_store_n(&u->shared->fixture_open, true, __ATOMIC_RELEASE);
	return 0;
}

static int run_case(struct worker *w)
{
	struct ctx *ctx = &w->ctx;
	int ret = 0;

	if (!presence_check(ctx, w->u->board->present) || !requirements_met(ctx))
		return 0;
	if (ctx->def->fixture)
		ret = open_fixture(w, ctx->def->fixture);
	if (ret == 0) {
		baseline_take(ctx->root, ctx->inv, w->u->ports, &w->u->shared->before);
		ret = ctx->def->run(ctx);
	}
	/* A finding says more than an error number. */
	if (ctx->res->verdict == VERDICT_FAIL || ctx->res->verdict == VERDICT_SKIP)
		return 0;
	return ret;
}

static void do_run(struct worker *w, const struct worker_command *cmd)
{
	const struct plan_item *item = &w->u->plan->items[cmd->item];
	struct unit_shared *sh = w->u->shared;
	char subject[PCI_ADDR_STRLEN];

	log_set_item(item->def->id, plan_item_subject(item, subject));
	w->ctx.def = item->def;
	w->ctx.pf = item->pf;
	w->ctx.deadline_ms = cmd->deadline_ms;
	sh->ret = run_case(w);
}

static void do_close(struct worker *w, const struct worker_command *cmd)
{
	w->ctx.deadline_ms = cmd->deadline_ms;
	if (w->fixture && close_fixture(w) < 0 && !ctx_failed(&w->ctx))
		ctx_error(&w->ctx, -EIO, "the fixture could not be ended properly");
}

int worker_main(void *arg)
{
	struct worker *w = arg;
	struct unit *u = w->u;
	struct worker_command cmd;

	kernel_set_oom_score(u->root, KERNEL_OOM_WORKER);
	close(util_take_fd(&w->parent_end));
	w->ctx = (struct ctx){ .settings = u->settings,
			       .root = u->root,
			       .inv = u->inv,
			       .res = &u->shared->res,
			       .keep = keep_for_later,
			       .keep_arg = w,
			       .links = u->board->links,
			       .memory_mb = u->guest_memory_mb };
	while (recv(w->commands, &cmd, sizeof(cmd), 0) == sizeof(cmd)) {
		if (cmd.what == WORKER_RUN)
			do_run(w, &cmd);
		else
			do_close(w, &cmd);
		if (send(w->commands, "", 1, MSG_NOSIGNAL) != 1)
			break;
	}
	/* The unit ended it on purpose; a fixture that is still open is undone by the unit. */
	return 0;
}
