/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process of a unit. Everything that touches a device happens in children of it: what blocks
 * there can be killed, or at least left behind, and this process goes on to journal it.
 */
#include "engine/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include "base/sysroot.h"
#include "engine/clean_slate.h"
#include "engine/judge.h"
#include "engine/pcie_errors.h"
#include "engine/presence.h"
#include "base/log.h"
#include "journal/relay.h"
#include "sys/kernel.h"
#include "model/reason.h"
#include "model/result_json.h"
#include "engine/undo.h"
#include "engine/worker.h"

#define FIXTURE_OPEN_S 240 /* longest time to set a fixture up, on top of its first item's */
#define FIXTURE_CLOSE_S 180
#define WORKER_EXIT_MS 10000
#define HOLD_WORTH_SAYING_MS 10000

static void unit_tick(void *arg)
{
	struct unit *u = arg;

	__atomic_add_fetch(&u->shared->alive, 1, __ATOMIC_RELEASE);
	klog_drain(u->klog);
}

static void set_stuck(struct unit *u, struct item_result *res, pid_t pid)
{
	u->shared->stuck = true;
	judge_stuck(res, u->root, pid);
}

/* Kills what dead children left. False if something would not die. */
static bool kill_orphans(struct unit *u, struct item_result *res)
{
	pid_t survivor;

	if (child_kill_orphans(u->root, u->worker.pid, &survivor) == 0)
		return true;
	set_stuck(u, res, survivor);
	return false;
}

/* What a child that puts things back is told. */
struct recovery {
	struct unit *u;
	const struct item_result *item; /* the parent's safe copy, for its undo records */
	bool fixture; /* the fixture's too */
	struct baseline *before; /* in memory that is shared */
};

/* Ports may leave the bus at any time, also while the others settle. */
static void look_for_lost(const struct recovery *r)
{
	const struct unit *u = r->u;
	const uint64_t there = u->board->present & ~u->board->gone & u->ports;

	u->shared->lost = there & ~presence_take(u->root, u->inv, there);
	baseline_forget(r->before, u->inv, u->board->gone | u->shared->lost);
}

static bool baseline_is_back(void *arg)
{
	const struct recovery *r = arg;
	const struct unit *u = r->u;

	look_for_lost(r);
	baseline_take(u->root, u->inv, u->ports, &u->shared->after);
	return baseline_compare(r->before, &u->shared->after) < 0;
}

static int recover_child(void *arg)
{
	struct recovery *r = arg;
	const struct unit *u = r->u;
	struct unit_shared *sh = u->shared;
	int ret = undo_run(r->u->root, r->item->undo, r->item->n_undo), more = 0;

	look_for_lost(r);
	if (r->fixture)
		more = undo_run(r->u->root, sh->fixture_undo,
				sh->n_fixture_undo < RESULT_MAX_UNDO ? sh->n_fixture_undo
								     : RESULT_MAX_UNDO);
	if (!r->before->taken)
		return ret < 0 ? ret : more; /* nothing was done before that */
	return util_poll_until(baseline_is_back, r, u->settle_ms);
}

/*
 * Undoes an item's work, or the fixture's as well, and looks whether the machine is as it was; if
 * it is not, makes a clean slate for what comes next.
 */
static void recover(struct unit *u, const struct nic *pf, struct item_result *res, bool fixture)
{
	struct recovery r = { u, res, fixture, fixture ? &u->shared->start : &u->shared->before };
	const struct child_tick tick = { unit_tick, u };
	const struct clean_slate slate = { .root = u->root, .inv = u->inv, .ports = u->ports };
	struct child_end end = { .state = CHILD_TIMED_OUT };
	char other[PCIE_ERRORS_TEXT];
	struct child c;
	int ret;

	u->shared->hold = (struct hold){ 0 };
	ret = child_start(&c, recover_child, &r);
	if (ret < 0) {
		log_errno(ret, "start", "undo");
	} else {
		c.hold = &u->shared->hold;
		end = child_wait(&c, util_now_ms() + u->recover_ms, &tick);
	}
	judge_baseline(res, u->root, &end, r.before, &u->shared->after);
	if (pcie_errors_judge(res, pf, u->inv, u->board, &u->shared->after, other))
		relay_note(u->relay, true, "%s", other);
	presence_judge(res, u->inv, pf, u->shared->lost);
	u->board->gone |= u->shared->lost;
	res->n_undo = 0;
	if (end.state == CHILD_STUCK) {
		set_stuck(u, res, c.pid);
		return;
	}
	if (!kill_orphans(u, res) || (end.state == CHILD_EXITED && end.value == 0) ||
	    u->worker.pid != 0)
		return;
	(void)!clean_slate_make(&slate, &tick, &u->shared->stuck);
}

/* The worker has ended, or was ended. */
static void worker_gone(struct unit *u)
{
	u->worker.pid = 0;
	close(util_take_fd(&u->commands));
}

/* The deliberate faults that are not a case's. */
static void do_fault(const struct unit *u, const char *id)
{
	if (settings_fault_is(u->settings, FAULT_RUNNER_KILL, id))
		kill(getppid(), SIGKILL);
	if (settings_fault_is(u->settings, FAULT_RUNNER_STOP, id))
		raise(SIGSTOP);
	if (settings_fault_is(u->settings, FAULT_HOST_PANIC, id) && kernel_panic(u->root) < 0)
		log_error("the deliberate panic was refused");
}

/* Gives the worker a command and waits for its answer, or its end. */
static struct child_end worker_do(struct unit *u, const struct worker_command *cmd,
				  struct item_result *res)
{
	const struct child_tick tick = { unit_tick, u };
	struct child_end end = { .state = CHILD_TIMED_OUT };

	u->shared->hold = (struct hold){ 0 };
	/* One that is dead already is found out by waiting. */
	(void)!send(u->commands, cmd, sizeof(*cmd), MSG_NOSIGNAL);
	if (cmd->what == WORKER_RUN)
		do_fault(u, u->plan->items[cmd->item].def->id);
	end = child_wait_answer(&u->worker, u->commands, cmd->deadline_ms, &tick);
	if (end.state == CHILD_STUCK)
		set_stuck(u, res, u->worker.pid);
	if (end.state != CHILD_ANSWERED)
		worker_gone(u);
	return end;
}

/* Lets the worker go. What it does on its way out has a deadline too. */
static void worker_end(struct unit *u, struct item_result *res)
{
	const struct child_tick tick = { unit_tick, u };
	struct child_end end;

	if (u->worker.pid == 0)
		return;
	shutdown(u->commands, SHUT_WR);
	end = child_wait(&u->worker, util_now_ms() + WORKER_EXIT_MS, &tick);
	if (end.state == CHILD_STUCK)
		set_stuck(u, res, u->worker.pid);
	worker_gone(u);
}

static int worker_begin(struct unit *u)
{
	int fds[2], ret;
	struct worker w = { .u = u };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	w.commands = fds[1];
	w.parent_end = fds[0];
	ret = child_start(&u->worker, worker_main, &w);
	close(fds[1]);
	u->worker.hold = &u->shared->hold;
	if (ret < 0) {
		u->worker.pid = 0;
		close(fds[0]);
		return ret;
	}
	u->commands = fds[0];
	return 0;
}

/* Ends the fixture, with what that shows as part of the item that was the last to use it. */
static void close_fixture(struct unit *u, const struct nic *pf, struct item_result *res)
{
	uint64_t timeout = sysroot_recovery_ms(u->root, FIXTURE_CLOSE_S * 1000);
	const struct worker_command cmd = { .what = WORKER_CLOSE,
					    .deadline_ms = util_now_ms() + timeout };
	struct child_end end;

	if (u->worker.pid != 0) {
		memcpy(&u->shared->res, res, sizeof(*res));
		end = worker_do(u, &cmd, res);
		result_copy(res, &u->shared->res);
		if (end.state != CHILD_ANSWERED)
			judge_end(res, &end, timeout);
	}
	worker_end(u, res);
	if (!u->shared->stuck && kill_orphans(u, res))
		recover(u, pf, res, true);
	u->shared->fixture_open = false;
	u->shared->n_fixture_undo = 0;
}

/* Later items of a fixture that could not be set up: for the same reason, or because of it. */
static void skip_broken(const struct unit *u, struct item_result *res)
{
	char reason[200];

	if (u->broken.verdict == VERDICT_SKIP) {
		result_record(res, &(struct finding){ .verdict = VERDICT_SKIP,
						      .soft = u->broken.not_applicable,
						      .label = u->broken.label,
						      .reason = u->broken.reason });
		return;
	}
	util_format(reason, sizeof(reason), REASON_SEE "%s", u->broken_at->id);
	result_record(res, &(struct finding){ .verdict = VERDICT_SKIP, .reason = reason });
}

/* Says so if the item's deadline was put off by much. */
static void note_hold(const struct unit *u, struct item_result *res)
{
	const uint64_t ms = hold_ms(&u->shared->hold);
	char text[160];

	if (ms < HOLD_WORTH_SAYING_MS)
		return;
	util_format(text, sizeof(text),
		    "%.1f s for making and removing VFs and waiting for other ports to do so",
		    (double)ms / 1000.0);
	result_evidence(res, "not_in_deadline", text);
}

/* Runs the case in the worker and undoes its work. */
static void run_case(struct unit *u, unsigned int index, struct item_result *res)
{
	const struct plan_item *item = &u->plan->items[index];
	const struct case_def *def = item->def;
	unsigned int more = def->fixture && !u->shared->fixture_open ? FIXTURE_OPEN_S : 0;
	uint64_t timeout = sysroot_ms(u->root, (plan_item_timeout_s(item) + more) * 1000ull);
	const struct worker_command cmd = { .what = WORKER_RUN,
					    .item = index,
					    .deadline_ms = util_now_ms() + timeout };
	const pid_t pid = u->worker.pid;
	struct child_end end;

	end = worker_do(u, &cmd, res);
	result_copy(res, &u->shared->res);
	note_hold(u, res);
	if (end.state == CHILD_ANSWERED)
		judge_return(res, u->shared->ret);
	else if (!judge_no_memory(res, &end, u->root, pid))
		judge_end(res, &end, timeout);
	if (u->shared->open_failed) {
		u->broken_at = def;
		u->broken = *res;
	}
	if (!u->shared->fixture_open)
		worker_end(u, res);
	if (!u->shared->stuck && kill_orphans(u, res))
		recover(u, u->plan->items[index].pf, res, false);
	if (u->worker.pid == 0 && u->shared->fixture_open && !u->shared->stuck)
		close_fixture(u, u->plan->items[index].pf, res);
}

static void reset_shared(struct unit_shared *sh)
{
	memset(&sh->res, 0, sizeof(sh->res));
	sh->open_failed = false;
	sh->lost = 0;
	sh->before.taken = false;
	sh->after.taken = false;
}

static void run_item(struct unit *u, unsigned int index, struct item_result *res)
{
	bool last = index + 1 == u->first + u->n;
	int ret = 0;

	reset_shared(u->shared);
	if (u->broken_at) {
		skip_broken(u, res);
		return;
	}
	if (u->worker.pid == 0)
		ret = worker_begin(u);
	if (ret < 0)
		result_record(res, &(struct finding){ .verdict = VERDICT_ERROR,
						      .reason = "no process could be started" });
	else
		run_case(u, index, res);
	if (last && u->shared->fixture_open && !u->shared->stuck)
		close_fixture(u, u->plan->items[index].pf, res);
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

static int begin_item(struct unit *u, unsigned int index, const char *subject)
{
	const struct case_def *def = u->plan->items[index].def;
	unsigned int lost;
	int ret;

	/* What was said while no item ran is nobody's finding, but it speaks against the run. */
	u->item = NULL;
	if (klog_begin(u->klog, u->kmsg))
		relay_note(u->relay, true, "while no item ran the kernel said: %s", u->klog->quote);
	lost = klog_take_lost(u->klog);
	if (lost > 0)
		relay_note(
			u->relay, false,
			"%u kernel messages were lost before %s: something floods the kernel log",
			lost, def->id);
	u->item = &u->plan->items[index];
	ret = relay_append(u->relay, "begin",
			   json_pack("{s:s, s:s}", "case", def->id, "subject", subject));
	log_set_item(NULL, NULL);
	log_info("(%u/%u) %s %s: %s", index + 1, u->plan->n, def->id, subject, def->title);
	log_set_item(def->id, subject);
	return ret;
}

static int do_item(struct unit *u, unsigned int index)
{
	const struct plan_item *item = &u->plan->items[index];
	_cleanup_free_ struct item_result *res = calloc(1, sizeof(*res));
	char subject[PCI_ADDR_STRLEN];
	uint64_t begin = util_now_ms();
	json_t *obj;
	int ret;

	if (!res)
		return -ENOMEM;
	ret = begin_item(u, index, plan_item_subject(item, subject));
	if (ret < 0)
		return ret;
	run_item(u, index, res);
	klog_drain(u->klog);
	klog_judge(u->klog, res);
	if (u->klog->far_line[0])
		relay_note(u->relay, true,
			   "while %s of %s ran the kernel said of the port at the far end: %s",
			   item->def->id, subject, u->klog->far_line);
	judge_taint(res, u->root, &u->shared->taint);
	obj = result_to_json(res, item->def, subject, util_now_ms() - begin, &u->klog->causes,
			     klog_to_json(u->klog));
	if (!obj)
		return -ENOMEM;
	if (u->shared->stuck)
		json_object_set_new(obj, "stuck",
				    json_true()); /* it costs a reboot: run/resume.h */
	log_end(obj);
	return relay_append(u->relay, "end", obj);
}

static unsigned int whose(void *arg, const struct kmsg_record *rec)
{
	const struct unit *u = arg;

	return unit_whose(u, u->item, rec);
}

int unit_run(void *arg)
{
	struct unit *u = arg;
	unsigned int i;
	int ret = child_adopt_orphans();

	kernel_set_oom_score(u->root, KERNEL_OOM_UNIT);
	u->root->hold = &u->shared->hold; /* in this process and its children */
	u->klog = calloc(1, sizeof(*u->klog));
	if (!u->klog)
		return -ENOMEM;
	u->klog->whose = whose;
	u->klog->arg = u;
	u->klog->fd = -1; /* nothing is read before the first item begins */
	u->commands = -1;
	for (i = u->first; ret == 0 && i < u->first + u->n && !u->shared->stuck; i++) {
		__atomic_add_fetch(&u->shared->alive, 1, __ATOMIC_RELEASE);
		ret = do_item(u, i);
	}
	u->shared->klog_seq = u->klog->last_seq;
	free(util_take_ptr(u->klog));
	return ret;
}
