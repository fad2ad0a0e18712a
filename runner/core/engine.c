/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine. Everything that touches a device happens in children: what blocks there can be
 * killed, or at least left behind, and the parent goes on to journal it.
 */
#include "core/engine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include "core/baseline.h"
#include "core/child.h"
#include "core/klog.h"
#include "core/log.h"
#include "core/result.h"
#include "core/undo.h"
#include "report/store.h"
#include "sys/kmsg.h"
#include "sys/sysroot.h"

#define RECOVER_MS 90000
#define SETTLE_MS 10000
#define CLEAN_SLATE_MS 180000

struct engine_shared {
	struct item_result res;
	bool returned; /* the case function came back, with this: */
	int ret;
	struct baseline before, after;
};

/*
 * The kernel's own memory of an oops (D) or a soft lockup (L), which outlives its messages:
 * Documentation/admin-guide/tainted-kernels.rst.
 */
static uint64_t read_taint(const struct engine *e)
{
	const uint64_t marks = 1u << 7 | 1u << 14;
	uint64_t taint;

	return sysroot_read_u64(e->root, &taint, "proc/sys/kernel/tainted") == 0 ? taint & marks
										 : e->taint;
}

static void judge_taint(struct engine *e, struct item_result *res)
{
	uint64_t now = read_taint(e);
	char text[80];

	if (now & ~e->taint) {
		util_format(text, sizeof(text), "/proc/sys/kernel/tainted has now %#llx set",
			    (unsigned long long)(now & ~e->taint));
		result_record(res, &(struct finding){ .verdict = VERDICT_FAIL,
						      .label = "kernel_oops",
						      .expected = "the kernel lives through it",
						      .measured = text });
	}
	e->taint = now;
}

/* A kernel that has had an oops proves nothing any more; other errors are for the reader. */
static void note_boot_error(const struct symptom *s, const char *line, void *arg)
{
	struct engine *e = arg;

	store_note(e->store, strcmp(s->label, "kernel_oops") == 0,
		   "before the run the kernel said: %s", line);
}

int engine_open(struct engine *e)
{
	int ret = child_adopt_orphans();

	if (ret < 0)
		return ret;
	e->stuck = false;
	e->taint = 0;
	e->taint = read_taint(e);
	e->recover_ms = RECOVER_MS;
	if (e->settings->timeout_percent > 100)
		e->recover_ms = RECOVER_MS / 100 * e->settings->timeout_percent;
	e->settle_ms = SETTLE_MS;
	e->klog = calloc(1, sizeof(*e->klog));
	if (!e->klog)
		return -ENOMEM;
	e->klog->fd = -1; /* nothing is read before the first item begins */
	e->shared = mmap(NULL, sizeof(*e->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (e->shared == MAP_FAILED) {
		free(util_take_ptr(e->klog));
		return -ENOMEM;
	}
	klog_scan_boot(e->root, note_boot_error, e);
	e->kmsg = kmsg_open(e->root, false);
	if (e->kmsg < 0)
		store_note(e->store, true, "kernel messages cannot be watched: %s",
			   strerror(-e->kmsg));
	watchdog_open(&e->watchdog, e->root);
	return 0;
}

/* What was said while no item ran is nobody's finding, but it speaks against the run. */
static void begin_klog(struct engine *e)
{
	if (klog_begin(e->klog, e->kmsg))
		store_note(e->store, true, "while no item ran the kernel said: %s", e->klog->quote);
}

void engine_close(struct engine *e, bool reboot)
{
	begin_klog(e); /* what came after the last item */
	if (e->kmsg >= 0)
		close(util_take_fd(&e->kmsg));
	if (reboot)
		watchdog_leave(&e->watchdog);
	else
		watchdog_close(&e->watchdog);
	munmap(e->shared, sizeof(*e->shared));
	free(util_take_ptr(e->klog));
}

static void engine_tick(void *arg)
{
	struct engine *e = arg;

	klog_drain(e->klog);
	watchdog_pet(&e->watchdog);
}

/* What a child runs. */
struct job {
	struct engine *e;
	struct ctx ctx;
	const struct item_result *undo_of; /* the parent's safe copy */
};

static bool requirements_met(struct ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < CASE_MAX_REQUIRES && ctx->def->requires[i]; i++) {
		const struct requirement *req = ctx->def->
							requires[
								i];
		char why[200] = "";

		if (req->met(ctx, why, sizeof(why)))
			continue;
		ctx_skip(ctx, "%s is missing: %s", req->name, why);
		return false;
	}
	return true;
}

static int run_case(struct ctx *ctx)
{
	const struct fixture *f = ctx->def->fixture;
	int ret, closed;

	if (!f)
		return ctx->def->run(ctx);
	ctx->fixture = calloc(1, f->size);
	if (!ctx->fixture)
		return -ENOMEM;
	ret = f->open(ctx, ctx->fixture);
	if (ret == 0)
		ret = ctx->def->run(ctx);
	closed = f->close(ctx, ctx->fixture);
	free(util_take_ptr(ctx->fixture));
	if (ctx_failed(ctx))
		return 0;
	return ret < 0 ? ret : closed;
}

static int item_child(void *arg)
{
	struct job *job = arg;
	struct engine_shared *sh = job->e->shared;

	watchdog_leave(&job->e->watchdog); /* so that the parent can stop it */
	baseline_take(job->e->root, job->e->inv, &sh->before);
	sh->ret = requirements_met(&job->ctx) ? run_case(&job->ctx) : 0;
	__atomic_store_n(&sh->returned, true, __ATOMIC_RELEASE);
	return sh->ret;
}

static bool baseline_is_back(void *arg)
{
	struct engine *e = arg;

	baseline_take(e->root, e->inv, &e->shared->after);
	return baseline_compare(&e->shared->before, &e->shared->after) < 0;
}

static int recover_child(void *arg)
{
	struct job *job = arg;
	struct engine *e = job->e;
	int ret;

	watchdog_leave(&e->watchdog);
	ret = undo_run(e->root, job->undo_of->undo, job->undo_of->n_undo);
	if (!e->shared->before.taken)
		return ret; /* the item did nothing before that */
	return util_poll_until(baseline_is_back, e, e->settle_ms);
}

static int clean_child(void *arg)
{
	struct engine *e = arg;

	watchdog_leave(&e->watchdog);
	return baseline_clean_slate(e->root, e->inv);
}

/* Evidence of where in the kernel a process hangs. */
static void record_stuck(struct engine *e, struct item_result *res, pid_t pid)
{
	char text[sizeof(res->evidence[0].value)];

	e->stuck = true;
	log_error("process %d hangs in the kernel and cannot be ended", (int)pid);
	util_format(text, sizeof(text), "process %d cannot be ended, even by SIGKILL", (int)pid);
	result_record(res, &(struct finding){ .verdict = VERDICT_TIMEOUT,
					      .label = "timeout",
					      .expected = "every process of the item can be ended",
					      .measured = text });
	if (sysroot_read(e->root, text, sizeof(text), "proc/%d/wchan", (int)pid) > 0)
		result_evidence(res, "stuck.wchan", text);
	if (sysroot_read(e->root, text, sizeof(text), "proc/%d/stack", (int)pid) > 0)
		result_evidence(res, "stuck.stack", text);
}

/* Kills what the last child left. False if something would not die. */
static bool kill_orphans(struct engine *e, struct item_result *res)
{
	pid_t survivor;

	if (child_kill_orphans(e->root, &survivor) == 0)
		return true;
	record_stuck(e, res, survivor);
	return false;
}

static bool has_evidence(const struct item_result *res)
{
	return res->n_evidence > 0 || res->measured[0];
}

/* The case came back by itself: what does it say? */
static void judge_return(struct item_result *res, int ret)
{
	char reason[200];

	if (ret != 0) {
		util_format(reason, sizeof(reason), "the check could not be carried out: %s",
			    strerror(ret < 0 ? -ret : ret));
		if (res->verdict != VERDICT_ERROR)
			result_record(res, &(struct finding){ .verdict = VERDICT_ERROR,
							      .reason = reason });
		return;
	}
	if (res->verdict == VERDICT_NONE && has_evidence(res))
		res->verdict = VERDICT_PASS;
	if ((res->verdict == VERDICT_PASS || res->verdict == VERDICT_NONE) && !has_evidence(res))
		result_record(res, &(struct finding){
					   .verdict = VERDICT_ERROR,
					   .reason = "no evidence: the check says PASS without "
						     "anything that it saw" });
}

static void judge_end(struct item_result *res, const struct child_end *end, bool returned, int ret,
		      uint64_t timeout_ms)
{
	struct finding f = { 0 };
	char expected[80], measured[80];

	switch (end->state) {
	case CHILD_EXITED:
		if (returned) {
			judge_return(res, ret);
			return;
		}
		f = (struct finding){ .verdict = VERDICT_ERROR,
				      .reason = "the check ended without a verdict" };
		break;
	case CHILD_SIGNALLED:
		util_format(measured, sizeof(measured), "its process died of signal %d (%s)",
			    end->value, sigabbrev_np(end->value) ? sigabbrev_np(end->value) : "?");
		f = (struct finding){ .verdict = VERDICT_CRASHED,
				      .label = "crashed",
				      .expected = "the check ends by itself",
				      .measured = measured };
		break;
	case CHILD_TIMED_OUT:
	case CHILD_STUCK:
		util_format(expected, sizeof(expected), "an end within %.1f s",
			    (double)timeout_ms / 1000.0);
		f = (struct finding){ .verdict = VERDICT_TIMEOUT,
				      .label = "timeout",
				      .expected = expected,
				      .measured = "it did not end and was killed" };
		break;
	}
	result_record(res, &f);
}

static void judge_baseline(const struct engine *e, struct item_result *res,
			   const struct child_end *end)
{
	char before[300] = "the state before the item", after[300];
	int i = baseline_compare(&e->shared->before, &e->shared->after);

	if (end->state == CHILD_EXITED && end->value == 0)
		return;
	if (end->state != CHILD_EXITED || !e->shared->after.taken || i < 0) {
		util_format(after, sizeof(after), "the undo did not end properly");
	} else {
		baseline_describe(&e->shared->before.pfs[i], before, sizeof(before));
		baseline_describe(&e->shared->after.pfs[i], after, sizeof(after));
	}
	result_record(res, &(struct finding){ .verdict = VERDICT_FAIL,
					      .label = "baseline_not_restored",
					      .expected = before,
					      .measured = after });
}

/* Undo and baseline of an item; next, if that did not work, a clean slate for the next one. */
static void recover(struct engine *e, struct item_result *res)
{
	struct job job = { .e = e, .undo_of = res };
	const struct child_tick tick = { engine_tick, e };
	struct child_end end;
	struct child c;
	int ret = child_start(&c, recover_child, &job);

	if (ret < 0) {
		log_errno(ret, "start", "undo");
		end = (struct child_end){ .state = CHILD_TIMED_OUT };
	} else {
		end = child_wait(&c, util_now_ms() + e->recover_ms, &tick);
	}
	judge_baseline(e, res, &end);
	if (end.state == CHILD_STUCK) {
		record_stuck(e, res, c.pid);
		return;
	}
	if (!kill_orphans(e, res))
		return;
	if ((end.state != CHILD_EXITED || end.value != 0) && engine_clean_slate(e) < 0)
		log_error("the ports could not be brought back to a clean state");
}

int engine_clean_slate(struct engine *e)
{
	const struct child_tick tick = { engine_tick, e };
	struct child_end end;
	int ret = child_call(clean_child, e, CLEAN_SLATE_MS, &tick, &end);

	if (ret < 0)
		return ret;
	if (end.state == CHILD_STUCK)
		e->stuck = true;
	return end.state == CHILD_EXITED && end.value == 0 ? 0 : -EIO;
}

/* Runs the item's child and everything after it; the result is complete but for the kernel log. */
static int run_children(struct engine *e, const struct plan_item *item, struct item_result *res,
			uint64_t *duration_ms)
{
	uint64_t begin = util_now_ms();
	uint64_t timeout = (uint64_t)item->def->timeout_s * 10 * e->settings->timeout_percent;
	struct job job = { .e = e,
			   .ctx = { .def = item->def,
				    .settings = e->settings,
				    .root = e->root,
				    .inv = e->inv,
				    .pf = item->pf,
				    .deadline_ms = begin + timeout,
				    .res = &e->shared->res } };
	const struct child_tick tick = { engine_tick, e };
	struct child_end end;
	struct child c;
	int ret;

	memset(e->shared, 0, sizeof(*e->shared));
	ret = child_start(&c, item_child, &job);
	if (ret < 0)
		return ret;
	if (settings_fault_is(e->settings, FAULT_RUNNER_KILL, item->def->id))
		raise(SIGKILL);
	end = child_wait(&c, begin + timeout, &tick);
	*duration_ms = util_now_ms() - begin;
	result_copy(res, &e->shared->res);
	judge_end(res, &end, e->shared->returned, e->shared->ret, timeout);
	if (end.state == CHILD_STUCK)
		record_stuck(e, res, c.pid);
	else if (kill_orphans(e, res))
		recover(e, res);
	return 0;
}

static void log_end(const json_t *obj)
{
	const char *verdict = json_string_value(json_object_get(obj, "verdict"));
	static const char *const more[] = { "measured", "reason", "cause", "fix" };
	size_t i;

	log_set_item(NULL, NULL);
	log_info("%-8s %s %s (%.1f s)", verdict, json_string_value(json_object_get(obj, "case")),
		 json_string_value(json_object_get(obj, "subject")),
		 json_real_value(json_object_get(obj, "duration_s")));
	for (i = 0; strcmp(verdict, "PASS") != 0 && i < ARRAY_SIZE(more); i++) {
		const char *text = json_string_value(json_object_get(obj, more[i]));

		if (text[0])
			log_info("         %s: %s", more[i], text);
	}
}

static int begin_item(struct engine *e, const struct plan *plan, unsigned int index,
		      const char *subject)
{
	const struct case_def *def = plan->items[index].def;
	int ret;

	begin_klog(e);
	ret = store_append(e->store, "begin",
			   json_pack("{s:s, s:s}", "case", def->id, "subject", subject));
	log_set_item(NULL, NULL);
	log_info("(%u/%u) %s %s: %s", index + 1, plan->n, def->id, subject, def->title);
	log_set_item(def->id, subject);
	return ret;
}

static int run_item(struct engine *e, const struct plan *plan, unsigned int index)
{
	const struct plan_item *item = &plan->items[index];
	_cleanup_free_ struct item_result *res = calloc(1, sizeof(*res));
	char subject[PCI_ADDR_STRLEN];
	uint64_t duration = 0;
	json_t *obj;
	int ret;

	if (!res)
		return -ENOMEM;
	ret = begin_item(e, plan, index, plan_item_subject(item, subject));
	if (ret < 0)
		return ret;
	ret = run_children(e, item, res, &duration);
	if (ret < 0)
		result_record(res, &(struct finding){ .verdict = VERDICT_ERROR,
						      .reason = "no process could be started" });
	klog_drain(e->klog);
	klog_judge(e->klog, res);
	judge_taint(e, res);
	obj = result_to_json(res, item->def, subject, duration, &e->klog->causes,
			     klog_to_json(e->klog));
	if (!obj)
		return -ENOMEM;
	log_end(obj);
	return store_append(e->store, "end", obj);
}

int engine_run(struct engine *e, const struct plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->n && !e->stuck; i++) {
		int ret = plan->items[i].done ? 0 : run_item(e, plan, i);

		if (ret < 0)
			return ret;
	}
	if (e->stuck)
		store_note(e->store, true, "the run stopped: a process hangs in the kernel");
	return 0;
}
