/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine, with cases that pass, fail, hang, die and leave things behind.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include "base/hold.h"
#include "journal/member.h"
#include "model/advice.h"
#include "engine/engine.h"
#include "engine/undo.h"
#include "engine/unit.h"
#include "report/report.h"
#include "journal/store.h"
#include "fake_sysroot.h"
#include "sys/kmsg.h"
#include "sys/watchdog.h"

struct bench {
	struct core_fake *fake;
	struct inventory *inv;
	struct settings settings;
	struct store store;
	struct engine engine;
};

static int bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *fake;
	bool unfinished;

	assert_non_null(b);
	core_fake_setup(&fake);
	b->fake = fake;
	b->inv = core_fake_inventory();
	settings_init(&b->settings);
	b->fake->root.timeout_percent = 100;
	assert_int_equal(advice_load(), 0);
	assert_int_equal(store_open(&b->store, &b->fake->root, &unfinished), 0);
	b->engine = (struct engine){
		.settings = &b->settings, .root = &b->fake->root, .inv = b->inv, .store = &b->store
	};
	assert_int_equal(engine_open(&b->engine), 0);
	b->engine.settle_ms = 50;
	*state = b;
	return 0;
}

static int bench_teardown(void **state)
{
	struct bench *b = *state;
	void *fake = b->fake;

	engine_close(&b->engine);
	store_close(&b->store);
	core_fake_teardown(&fake);
	free(b->inv);
	free(b);
	return 0;
}

/* Runs one case on the PF and returns its item of the report; the caller's reference. */
static json_t *run_case(struct bench *b, const struct case_def *def)
{
	struct plan_item item = { .def = def, .pf = &b->inv->nics[0] };
	const struct plan plan = { .n = 1, .items = &item };
	json_t *events, *report, *result;

	assert_int_equal(engine_run(&b->engine, &plan), 0);
	events = core_events(&b->store);
	report = core_report(events, 0);
	result = json_array_get(json_object_get(report, "items"), 0);
	assert_non_null(result);
	json_incref(result);
	json_decref(report);
	json_decref(events);
	return result;
}

static const char *evidence(const json_t *item, const char *key)
{
	const json_t *ev;
	size_t i;

	json_array_foreach (json_object_get(item, "evidence"), i, ev)
		if (strcmp(member_text(ev, "key"), key) == 0)
			return member_text(ev, "value");
	return NULL;
}

static void assert_verdict(const json_t *item, const char *verdict, const char *label)
{
	if (strcmp(member_text(item, "verdict"), verdict) != 0 ||
	    strcmp(member_text(item, "label"), label) != 0)
		fail_msg("%s %s (%s; %s)", member_text(item, "verdict"), member_text(item, "label"),
			 member_text(item, "measured"), member_text(item, "reason"));
}

#define CASE(fn)                                          \
	(&(const struct case_def){ .id = "test",          \
				   .title = "A test",     \
				   .subject = SUBJECT_PF, \
				   .timeout_s = 20,       \
				   .run = (fn) })

/* One that is ended; long enough for what it does before it hangs on a busy machine. */
#define HANGING(fn)                                       \
	(&(const struct case_def){ .id = "test",          \
				   .title = "A test",     \
				   .subject = SUBJECT_PF, \
				   .timeout_s = 2,        \
				   .run = (fn) })

static int run_evidence(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "%d", 42);
	return 0;
}

static bool has_grown(void *arg)
{
	const struct bench *b = arg;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	return sysroot_slurp(&b->fake->root, &text, &len, 1 << 20, "dev/watchdog") == 0 && len > 0;
}

/* It is the engine's rounds that keep the watchdog fed, and nothing else. */
static void watchdog_is_fed_by_progress(void **state)
{
	struct bench *b = *state;
	struct watchdog w;

	core_fake_write(b->fake, "dev/watchdog", "");
	watchdog_open(&w, &b->fake->root);
	assert_int_equal(util_poll_until(has_grown, b, 10000), 0);
	watchdog_allow(&w, 0);
	core_fake_write(b->fake, "dev/watchdog", "");
	assert_int_equal(util_poll_until(has_grown, b, 5000), -ETIMEDOUT);
	b->engine.watchdog = &w;
	json_decref(run_case(b, CASE(run_evidence)));
	assert_int_equal(util_poll_until(has_grown, b, 10000), 0);
	b->engine.watchdog = NULL;
	watchdog_close(&w);
}

/* Whom the kernel is to end first. */
static int run_oom_score(struct ctx *ctx)
{
	char text[16] = "";

	if (sysroot_read(ctx->root, text, sizeof(text), "proc/self/oom_score_adj") < 0)
		return -EIO;
	ctx_evidence(ctx, "seen", "%s", text);
	return 0;
}

static void case_goes_before_the_runner(void **state)
{
	json_t *item = run_case(*state, CASE(run_oom_score));

	assert_string_equal(evidence(item, "seen"), "300");
	json_decref(item);
}

static void pass(void **state)
{
	json_t *item = run_case(*state, CASE(run_evidence));

	assert_verdict(item, "PASS", "");
	assert_string_equal(evidence(item, "seen"), "42");
	assert_string_equal(member_text(item, "subject"), FAKE_PF);
	assert_true(member_flag(item, "required"));
	assert_string_equal(member_text(item, "cause"), "");
	json_decref(item);
}

static int run_nothing(struct ctx *ctx)
{
	(void)ctx;
	return 0;
}

static void no_evidence_is_an_error(void **state)
{
	json_t *item = run_case(*state, CASE(run_nothing));

	assert_verdict(item, "ERROR", "");
	assert_non_null(strstr(member_text(item, "reason"), "no evidence"));
	json_decref(item);
}

static int run_fail(struct ctx *ctx)
{
	ctx_pass(ctx, "a", "b");
	ctx_warn(ctx, "link_slow", "fast", "slow");
	ctx_fail_absent(ctx, "nic_none", "a card", "none");
	ctx_fail(ctx, "vf_fewer", "7 VFs", "%d VFs", 3);
	return ctx_fail(ctx, "vf_bad_mac", "a MAC", "none");
}

static void fail_with_reasons(void **state)
{
	json_t *item = run_case(*state, CASE(run_fail));

	assert_verdict(item, "FAIL", "vf_fewer");
	assert_string_equal(member_text(item, "expected"), "7 VFs");
	assert_string_equal(member_text(item, "measured"), "3 VFs");
	assert_false(member_flag(item, "prerequisite"));
	assert_non_null(strstr(member_text(item, "cause"), "fewer VFs"));
	assert_true(strlen(member_text(item, "fix")) > 0);
	assert_non_null(strstr(evidence(item, "also_passed"), "measured b"));
	assert_non_null(strstr(evidence(item, "also_warned"), "link_slow"));
	assert_non_null(evidence(item, "also_failed"));
	json_decref(item);
}

static int run_absent(struct ctx *ctx)
{
	return ctx_fail_absent(ctx, "nic_none", "a card", "none");
}

static void absent(void **state)
{
	json_t *item = run_case(*state, CASE(run_absent));

	assert_verdict(item, "FAIL", "nic_none");
	assert_true(member_flag(item, "prerequisite"));
	json_decref(item);
}

static int run_error(struct ctx *ctx)
{
	ctx_pass(ctx, "a", "b");
	return ctx_error(ctx, -EIO, "no %s", "luck");
}

static void error(void **state)
{
	json_t *item = run_case(*state, CASE(run_error));

	assert_verdict(item, "ERROR", "");
	assert_string_equal(member_text(item, "reason"), "no luck");
	json_decref(item);
}

static int run_exit(struct ctx *ctx)
{
	ctx_pass(ctx, "a", "b");
	_exit(0); /* as a library might */
}

static void exit_without_verdict(void **state)
{
	json_t *item = run_case(*state, CASE(run_exit));

	assert_verdict(item, "ERROR", "");
	json_decref(item);
}

static int run_abort(struct ctx *ctx)
{
	ctx_pass(ctx, "a", "b");
	raise(SIGKILL);
	return 0;
}

static void died(void **state)
{
	json_t *item = run_case(*state, CASE(run_abort));

	assert_verdict(item, "CRASHED", "crashed");
	assert_non_null(strstr(member_text(item, "measured"), "KILL"));
	json_decref(item);
}

/* As the kernel does it to a process when there is no memory left. */
static int run_out_of_memory(struct ctx *ctx)
{
	int fd = openat(ctx->root->fd, "dev/kmsg", O_WRONLY | O_APPEND | O_CREAT, 0600);

	dprintf(fd,
		"3,900,2,-;Out of memory: Killed process %d (vfproof) total-vm:81234kB, "
		"anon-rss:26214kB\n",
		(int)getpid());
	close(fd);
	raise(SIGKILL);
	return 0;
}

static void out_of_memory(void **state)
{
	json_t *item = run_case(*state, CASE(run_out_of_memory));

	assert_verdict(item, "ERROR", "out_of_memory");
	assert_non_null(strstr(member_text(item, "reason"), "total-vm"));
	json_decref(item);
}

static int run_not_applicable(struct ctx *ctx)
{
	return ctx_not_applicable(ctx, "the card has one VF");
}

static int run_skip(struct ctx *ctx)
{
	ctx_not_applicable(ctx, "the card has one VF");
	return ctx_skip(ctx, "but no driver");
}

static void skipped(void **state)
{
	struct bench *b = *state;
	json_t *item = run_case(b, CASE(run_not_applicable));

	assert_verdict(item, "SKIP", "");
	assert_false(member_flag(item, "required"));
	json_decref(item);
}

static void skip_is_worse_than_not_applicable(void **state)
{
	json_t *item = run_case(*state, CASE(run_skip));

	assert_verdict(item, "SKIP", "");
	assert_true(member_flag(item, "required"));
	assert_string_equal(member_text(item, "reason"), "but no driver");
	json_decref(item);
}

static bool not_met(const struct ctx *ctx, char *why, size_t size)
{
	(void)ctx;
	util_format(why, size, "no IOMMU group");
	return false;
}

static json_t *run_requiring(void **state, const struct requirement *req)
{
	const struct case_def def = { .id = "test",
				      .title = "A test",
				      .subject = SUBJECT_PF,
				      .needs = { req },
				      .timeout_s = 20,
				      .run = run_evidence };

	return run_case(*state, &def);
}

static bool is_owed(const struct ctx *ctx)
{
	return ctx->pf->others != 0;
}

/* What the device may do without, this machine ought to have. */
static void requirement_owed(void **state)
{
	static const struct requirement req = {
		.name = "peer", .met = not_met, .not_applicable = true, .owed = is_owed
	};
	struct case_def def = *CASE(run_evidence);
	struct bench *b = *state;
	json_t *item;

	def.needs[0] = &req;
	b->inv->nics[0].others = 2;
	item = run_case(b, &def);
	assert_verdict(item, "SKIP", "");
	assert_true(member_flag(item, "required"));
	json_decref(item);
}

/* What a device cannot have does not count against it; what is missing otherwise does. */
static void requirement_not_applicable(void **state)
{
	static const struct requirement req = { .name = "peer",
						.met = not_met,
						.not_applicable = true };
	json_t *item = run_requiring(state, &req);

	assert_verdict(item, "SKIP", "");
	assert_true(json_is_false(json_object_get(item, "required")));
	assert_non_null(strstr(member_text(item, "reason"), "peer"));
	assert_null(evidence(item, "seen"));
	json_decref(item);
}

static void requirement_missing(void **state)
{
	static const struct requirement req = { .name = "iommu_on",
						.met = not_met,
						.label = "no_link" };
	json_t *item = run_requiring(state, &req);

	assert_verdict(item, "SKIP", "no_link");
	assert_true(json_is_true(json_object_get(item, "required")));
	assert_non_null(strstr(member_text(item, "reason"), "iommu_on"));
	assert_non_null(strstr(member_text(item, "reason"), "no IOMMU group"));
	assert_null(evidence(item, "seen"));
	json_decref(item);
}

static _Noreturn void hang(void)
{
	for (;;)
		pause();
}

/* Makes "VFs" and switches autoprobe off, with their undo. */
static int change_all(struct ctx *ctx)
{
	const struct pci_addr *pf = &ctx->pf->addr;
	int ret = ctx_undo(ctx, UNDO_AUTOPROBE, pf, 1, NULL);

	if (ret == 0)
		ret = sysroot_write(ctx->root, "0", FAKE_DEV "sriov_drivers_autoprobe");
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_NUMVFS, pf, 0, NULL);
	if (ret == 0)
		ret = sysroot_write(ctx->root, "3", FAKE_DEV "sriov_numvfs");
	ctx_evidence(ctx, "vfs", "3");
	return ret;
}

static int run_change(struct ctx *ctx)
{
	return change_all(ctx);
}

static int run_change_and_hang(struct ctx *ctx)
{
	ctx_fail(ctx, "vf_fewer", "a", "b");
	if (change_all(ctx) < 0)
		return -EIO;
	hang();
}

static int run_change_and_die(struct ctx *ctx)
{
	if (change_all(ctx) < 0)
		return -EIO;
	signal(SIGABRT, SIG_DFL); /* cmocka's handler would go on with the tests */
	abort();
}

static void assert_restored(const struct bench *b)
{
	core_assert_file(b->fake, FAKE_DEV "sriov_numvfs", "0");
	core_assert_file(b->fake, FAKE_DEV "sriov_drivers_autoprobe", "1");
}

static void undone_after_pass(void **state)
{
	json_t *item = run_case(*state, CASE(run_change));

	assert_verdict(item, "PASS", "");
	assert_restored(*state);
	json_decref(item);
}

static void undone_after_timeout(void **state)
{
	struct bench *b = *state;
	json_t *item;

	item = run_case(b, HANGING(run_change_and_hang));
	assert_verdict(item, "TIMEOUT", "timeout");
	assert_non_null(strstr(evidence(item, "also_failed"), "vf_fewer"));
	assert_string_equal(evidence(item, "vfs"), "3");
	assert_restored(b);
	assert_false(b->engine.stuck);
	json_decref(item);
}

static void undone_after_crash(void **state)
{
	json_t *item = run_case(*state, CASE(run_change_and_die));

	assert_verdict(item, "CRASHED", "crashed");
	assert_non_null(strstr(member_text(item, "measured"), "ABRT"));
	assert_restored(*state);
	json_decref(item);
}

/* The unit's process stops while it waits for the case. */
static int run_stop_unit(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "1");
	kill(getppid(), SIGSTOP);
	hang();
}

static void count_death(void *arg, const struct plan *plan, unsigned int first, unsigned int n)
{
	unsigned int *deaths = arg;

	assert_string_equal(plan->items[first].def->id, "test");
	assert_int_equal(n, 1);
	++*deaths;
}

static void stopped_unit_is_ended(void **state)
{
	struct bench *b = *state;
	uint64_t begin = util_now_ms();
	unsigned int deaths = 0;
	json_t *item, *events;

	b->engine.silent_ms = 1500;
	b->engine.unit_died = count_death;
	b->engine.died_arg = &deaths;
	item = run_case(b, CASE(run_stop_unit));
	assert_verdict(item, "CRASHED", "crashed");
	assert_true(util_now_ms() - begin < 15000); /* not at the item's deadline */
	assert_false(b->engine.stuck);
	assert_restored(b);
	json_decref(item);
	events = core_events(&b->store);
	assert_non_null(
		strstr(member_text(json_array_get(events, json_array_size(events) - 1), "text"),
		       "did nothing any more"));
	json_decref(events);
	/* And the engine goes on. */
	item = run_case(b, CASE(run_evidence));
	json_decref(item);
	assert_int_equal(deaths, 1); /* of the one that was stopped, not of the one that ended */
}

static int run_ignore_term(struct ctx *ctx)
{
	(void)ctx;
	signal(SIGTERM, SIG_IGN);
	hang();
}

static void killed_after_term(void **state)
{
	struct bench *b = *state;
	json_t *item;

	item = run_case(b, HANGING(run_ignore_term));
	assert_verdict(item, "TIMEOUT", "timeout");
	json_decref(item);
}

static int run_leave_changed(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "1");
	return sysroot_write(ctx->root, "0", FAKE_DEV "sriov_drivers_autoprobe");
}

static void baseline_not_back(void **state)
{
	json_t *item = run_case(*state, CASE(run_leave_changed));

	assert_verdict(item, "FAIL", "baseline_not_restored");
	assert_non_null(strstr(member_text(item, "expected"), "autoprobe 1"));
	assert_non_null(strstr(member_text(item, "measured"), "autoprobe 0"));
	/* The next item begins with a clean machine all the same. */
	assert_restored(*state);
	json_decref(item);
}

/* The card falls off the bus, and all that the case says then is only what came of that. */
static int run_lose_card(struct ctx *ctx)
{
	ctx_fail(ctx, "traffic_lost", "frames pass", "none does");
	return renameat(ctx->root->fd, FAKE_DEV, ctx->root->fd, "gone") < 0 ? -errno : 0;
}

static void card_leaves_the_bus(void **state)
{
	struct bench *b = *state;
	const struct case_def *later = &(const struct case_def){ .id = "later",
								 .title = "A test",
								 .subject = SUBJECT_PF,
								 .timeout_s = 20,
								 .run = run_evidence };
	struct plan_item items[] = { { .def = CASE(run_lose_card), .pf = &b->inv->nics[0] },
				     { .def = later, .pf = &b->inv->nics[0] } };
	const struct plan plan = { .n = ARRAY_SIZE(items), .items = items };
	json_t *events, *report, *list;

	engine_close(&b->engine);
	core_fake_write(b->fake, FAKE_DEV "config", "a device that answers");
	assert_int_equal(engine_open(&b->engine), 0);
	b->engine.settle_ms = 50;
	assert_int_equal(engine_run(&b->engine, &plan), 0);
	events = core_events(&b->store);
	report = core_report(events, 0);
	list = json_object_get(report, "items");
	assert_int_equal(json_array_size(list), 2);
	assert_verdict(json_array_get(list, 0), "FAIL", "port_gone");
	assert_non_null(strstr(member_text(json_array_get(list, 0), "measured"), FAKE_PF));
	assert_non_null(evidence(json_array_get(list, 0), "also_failed"));
	assert_verdict(json_array_get(list, 1), "SKIP", "");
	assert_non_null(strstr(member_text(json_array_get(list, 1), "reason"), "left the bus"));
	json_decref(report);
	json_decref(events);
}

/* Leaves a process of its own group behind, that does not die with its parent. */
static int run_orphan(struct ctx *ctx)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		signal(SIGTERM, SIG_IGN);
		hang();
	}
	ctx_evidence(ctx, "pid", "%d", (int)pid);
	return 0;
}

static void orphans_are_killed(void **state)
{
	json_t *item = run_case(*state, CASE(run_orphan));
	uint64_t pid;

	assert_verdict(item, "PASS", "");
	assert_int_equal(util_parse_u64(evidence(item, "pid"), 10, INT32_MAX, &pid), 0);
	assert_int_equal(kill((pid_t)pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	json_decref(item);
}

static int run_undo_kill(struct ctx *ctx)
{
	pid_t pid = fork();
	uint64_t value;

	if (pid == 0)
		hang();
	ctx_evidence(ctx, "pid", "%d", (int)pid);
	/* 0 and 1 have other meanings for kill(2): they must not be carried out. */
	if (ctx_undo(ctx, UNDO_KILL, NULL, 0, NULL) < 0 ||
	    ctx_undo(ctx, UNDO_KILL, NULL, 1, NULL) < 0)
		return -ENOSPC;
	if (undo_process(pid, &value) < 0)
		return -ESRCH;
	return ctx_undo(ctx, UNDO_KILL, NULL, value, NULL);
}

static void undo_kills(void **state)
{
	json_t *item = run_case(*state, CASE(run_undo_kill));

	assert_verdict(item, "PASS", "");
	json_decref(item);
}

/* By the time of the undo its number is another process's, or nobody knows whose it is. */
static void undo_kills_nobody_else(void **state)
{
	const struct bench *b = *state;
	struct undo undo = { .op = UNDO_KILL };
	pid_t pid = fork();

	if (pid == 0)
		hang();
	assert_int_equal(undo_process(pid, &undo.value), 0);
	undo.value -= UINT64_C(1) << 22; /* started a tick before */
	assert_int_equal(undo_run(&b->fake->root, &undo, 1), 0);
	undo.value = (uint64_t)pid;
	assert_int_equal(undo_run(&b->fake->root, &undo, 1), -EINVAL);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it lives */
	assert_int_equal(undo_process(pid, &undo.value), 0);
	assert_int_equal(undo_run(&b->fake->root, &undo, 1), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int kmsg(struct ctx *ctx, const char *record)
{
	int fd = sysroot_openat(ctx->root, O_WRONLY | O_APPEND, "dev/kmsg");

	if (fd < 0 || util_write_all(fd, record, strlen(record)) < 0)
		return -EIO;
	close(fd);
	ctx_evidence(ctx, "seen", "1");
	return 0;
}

static int run_kmsg_hang(struct ctx *ctx)
{
	return kmsg(ctx, "4,2,2000,-;harmless words\n"
			 "3,3,3000,-;igb 0000:01:00.0: Detected Tx Unit Hang\n");
}

static int run_kmsg_unknown(struct ctx *ctx)
{
	return kmsg(ctx, "3,2,2000,-;foo 0000:01:00.0: a new kind of trouble\n");
}

static int run_kmsg_warning(struct ctx *ctx)
{
	return kmsg(ctx, "4,2,2000,-;WARNING: CPU: 0 PID: 1 at x.c:1 f+0x1/0x2\n");
}

static int run_kmsg_harmless(struct ctx *ctx)
{
	return kmsg(ctx, "3,2,2000,-;igb 0000:01:00.0: 7 VFs allocated\n"
			 "6,3,2000,-;igb: link is up\n");
}

static int run_kmsg_cause(struct ctx *ctx)
{
	if (kmsg(ctx, "3,2,2000,-;igb 0000:01:00.0: not enough MMIO resources for SR-IOV\n") < 0)
		return -EIO;
	return ctx_fail(ctx, "vf_create_failed", "7 VFs", "Cannot allocate memory");
}

/* What the case saw is ranked with what the kernel said. */
static int run_ranked(struct ctx *ctx)
{
	if (kmsg(ctx, "4,2,2000,-;igb 0000:01:00.0: 8 VFs requested; only 4 enabled\n"
		      "3,3,3000,-;igb 0000:01:00.0: not enough MMIO resources for SR-IOV\n") < 0)
		return -EIO;
	ctx_symptom(ctx, SYMPTOM_ERRNO, "sriov_numvfs EPERM igb");
	ctx_symptom(ctx, SYMPTOM_ERRNO, "sriov_numvfs EPERM igb");
	if (ctx_symptom(ctx, SYMPTOM_STATE, "nothing known"))
		return -EINVAL;
	return ctx_fail(ctx, ctx_cause(ctx, "vf_create_failed"), "7 VFs", "none");
}

static void causes_are_ranked(void **state)
{
	static const char *const also[] = { "sriov_no_msix", "vf_fewer" };
	json_t *item = run_case(*state, CASE(run_ranked)), *cause;
	size_t i;

	assert_verdict(item, "FAIL", "sriov_no_msix");
	assert_string_equal(member_text(item, "cause"), advice_find("vf_resources_mmio")->cause);
	assert_string_equal(member_text(item, "fix"), advice_find("vf_resources_mmio")->fix);
	assert_string_equal(evidence(item, "symptom"), "numvfs_igb: sriov_numvfs EPERM igb");
	assert_int_equal(json_array_size(json_object_get(item, "also")), ARRAY_SIZE(also));
	json_array_foreach (json_object_get(item, "also"), i, cause) {
		assert_string_equal(member_text(cause, "label"), also[i]);
		assert_string_equal(member_text(cause, "fix"), advice_find(also[i])->fix);
	}
	cause = json_array_get(json_object_get(item, "also"), 0);
	assert_string_equal(member_text(cause, "seen"), "sriov_numvfs EPERM igb");
	json_decref(item);
}

/* A warning stands for itself: the kernel's other warnings do not explain it. */
static int run_warned(struct ctx *ctx)
{
	if (kmsg(ctx, "4,2,2000,-;WARNING: CPU: 0 PID: 1 at x.c:1 f+0x1/0x2\n") < 0)
		return -EIO;
	ctx_symptom(ctx, SYMPTOM_STATE, "group shared with functions of the same card only");
	return ctx_warn(ctx, "group_shared", "alone", "shared");
}

static void warning_has_its_own_causes(void **state)
{
	json_t *item = run_case(*state, CASE(run_warned));

	assert_verdict(item, "WARN", "group_shared");
	assert_string_equal(member_text(item, "cause"), advice_find("group_shared_card")->cause);
	assert_int_equal(json_array_size(json_object_get(item, "also")), 1);
	json_decref(item);
}

static int run_seen_and_passed(struct ctx *ctx)
{
	ctx_symptom(ctx, SYMPTOM_STATE, "no IOMMU groups");
	ctx_symptom(ctx, SYMPTOM_ERRNO, "sriov_numvfs EPERM igb");
	return ctx_pass(ctx, "a", "a");
}

static void pass_has_no_causes(void **state)
{
	json_t *item = run_case(*state, CASE(run_seen_and_passed));

	assert_verdict(item, "PASS", "");
	assert_string_equal(member_text(item, "cause"), "");
	assert_null(json_object_get(item, "also"));
	json_decref(item);
}

static void kernel_symptom_fails(void **state)
{
	json_t *item = run_case(*state, CASE(run_kmsg_hang));

	assert_verdict(item, "FAIL", "tx_hang");
	assert_non_null(strstr(member_text(item, "measured"), "Detected Tx Unit Hang"));
	assert_int_equal(json_array_size(json_object_get(item, "kernel_log")), 2);
	assert_string_equal(evidence(item, "symptoms"), "tx_unit_hang");
	json_decref(item);
}

static int run_taint(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "nothing");
	return sysroot_write(ctx->root, "641", "proc/sys/kernel/tainted");
}

/* An oops is found out even if its messages were lost. */
static void kernel_taint_fails(void **state)
{
	struct bench *b = *state;
	json_t *item;

	assert_int_equal(unlinkat(b->fake->root.fd, "proc", 0), 0);
	core_fake_write(b->fake, "proc/sys/kernel/tainted", "513\n");
	b->engine.taint = 0;
	item = run_case(b, CASE(run_taint));
	assert_verdict(item, "FAIL", "kernel_oops");
	json_decref(item);
}

static void kernel_error_warns(void **state)
{
	json_t *item = run_case(*state, CASE(run_kmsg_unknown));

	assert_verdict(item, "WARN", "kernel_error");
	assert_non_null(strstr(member_text(item, "measured"), "a new kind of trouble"));
	json_decref(item);
}

static void kernel_warning_warns(void **state)
{
	json_t *item = run_case(*state, CASE(run_kmsg_warning));

	assert_verdict(item, "WARN", "kernel_warning");
	json_decref(item);
}

static void kernel_harmless(void **state)
{
	json_t *item = run_case(*state, CASE(run_kmsg_harmless));

	assert_verdict(item, "PASS", "");
	assert_int_equal(json_array_size(json_object_get(item, "kernel_log")), 2);
	json_decref(item);
}

/* The item's own label stays; the kernel's message explains it better. */
static void kernel_gives_cause(void **state)
{
	json_t *item = run_case(*state, CASE(run_kmsg_cause));

	assert_verdict(item, "FAIL", "vf_create_failed");
	assert_string_equal(member_text(item, "cause"), advice_find("vf_resources_mmio")->cause);
	assert_string_equal(evidence(item, "symptoms"), "sriov_mmio");
	json_decref(item);
}

/* What was said before an item began is not its fault, but a failure is noted. */
static void kernel_between_items(void **state)
{
	struct bench *b = *state;
	json_t *item, *events;

	core_fake_append(b->fake, "dev/kmsg", "3,2,2000,-;BUG: something bad\n");
	item = run_case(b, CASE(run_evidence));
	assert_verdict(item, "PASS", "");
	assert_int_equal(json_array_size(json_object_get(item, "kernel_log")), 0);
	events = core_events(&b->store);
	assert_non_null(strstr(member_text(json_array_get(events, 0), "text"), "something bad"));
	assert_true(member_flag(json_array_get(events, 0), "incomplete"));
	json_decref(events);
	json_decref(item);
}

/* An oops right after the last item must not be missed. */
static void kernel_after_the_last_item(void **state)
{
	struct bench *b = *state;
	json_t *item = run_case(b, CASE(run_evidence)), *events, *note;

	core_fake_append(b->fake, "dev/kmsg", "3,2,2000,-;BUG: something bad\n");
	engine_close(&b->engine);
	events = core_events(&b->store);
	note = json_array_get(events, json_array_size(events) - 1);
	assert_non_null(strstr(member_text(note, "text"), "something bad"));
	assert_true(member_flag(note, "incomplete"));
	json_decref(events);
	json_decref(item);
	assert_int_equal(engine_open(&b->engine), 0);
}

/* What the kernel said before the run is in the report. */
static void kernel_before_the_run(void **state)
{
	struct bench *b = *state;
	json_t *events, *note;

	engine_close(&b->engine);
	core_fake_append(
		b->fake, "dev/kmsg",
		"1,2,2000,-;BUG: something bad\n1,3,2000,-;BUG: something else\n"
		"3,4,2000,-;x: Detected Tx Unit Hang\n6,5,2000,-;x: Detected Hardware Unit Hang\n");
	assert_int_equal(engine_open(&b->engine), 0);
	events = core_events(&b->store);
	assert_int_equal(json_array_size(events), 2);
	note = json_array_get(events, 0);
	assert_non_null(strstr(member_text(note, "text"), "BUG: something bad"));
	assert_true(member_flag(note, "incomplete"));
	note = json_array_get(events, 1);
	assert_non_null(strstr(member_text(note, "text"), "Tx Unit Hang"));
	assert_false(member_flag(note, "incomplete"));
	json_decref(events);
}

static int run_flood(struct ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < 500; i++)
		if (kmsg(ctx, "6,2,2000,-;chatter\n") < 0)
			return -EIO;
	return kmsg(ctx, "3,2,2000,-;x: Detected Tx Unit Hang\n");
}

static void flood(void **state)
{
	json_t *item = run_case(*state, CASE(run_flood));

	assert_verdict(item, "FAIL", "tx_hang");
	assert_true(json_array_size(json_object_get(item, "kernel_log")) <= 61);
	json_decref(item);
}

static int run_too_much(struct ctx *ctx)
{
	char text[2000];
	unsigned int i, undone = 0;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 2 * RESULT_MAX_EVIDENCE; i++)
		ctx_evidence(ctx, text, "%s\033", text);
	for (i = 0; i < 2 * RESULT_MAX_UNDO; i++)
		undone += ctx_undo(ctx, UNDO_AUTOPROBE, &(struct pci_addr){ 0 }, 1, text) == 0;
	return undone == 0 ? 0 : -ENOSPC;
}

static void bounds(void **state)
{
	json_t *item = run_case(*state, CASE(run_too_much)), *evidence, *last;
	const char *text_value;
	char text[80];
	size_t n;

	assert_verdict(item, "PASS", "");
	evidence = json_object_get(item, "evidence");
	n = json_array_size(evidence);
	last = json_array_get(evidence, n - 1);
	assert_true(n > 1000 && n <= RESULT_MAX_EVIDENCE + 1);
	assert_string_equal(member_text(last, "key"), "left_out");
	util_format(text, sizeof(text), "%zu more pieces", 2 * RESULT_MAX_EVIDENCE - (n - 1));
	assert_non_null(strstr(member_text(last, "value"), text));
	/* And what was cut says so. */
	text_value = member_text(json_array_get(evidence, 0), "value");
	assert_string_equal(text_value + strlen(text_value) - 4, "x...");
	json_decref(item);
}

/* A child that scribbles over the shared result cannot harm the engine. */
static int run_scribble(struct ctx *ctx)
{
	memset(ctx->res, 0xee, sizeof(*ctx->res));
	return 0;
}

static void scribble(void **state)
{
	struct bench *b = *state;
	json_t *item;

	b->engine.recover_ms = 3000;
	item = run_case(b, CASE(run_scribble));
	assert_string_not_equal(member_text(item, "verdict"), "PASS");
	json_decref(item);
}

/* The runner is killed while an item runs: what is on the disk says who is to blame. */
static void runner_killed(void **state)
{
	struct bench *b = *state;
	json_t *events, *report, *item;
	int status;
	pid_t pid;

	b->settings.fault = FAULT_RUNNER_KILL;
	util_strlcpy(b->settings.fault_case, sizeof(b->settings.fault_case), "te*");
	pid = fork();
	if (pid == 0) {
		run_case(b, CASE(run_evidence));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	events = core_events(&b->store);
	report = core_report(events, 0);
	item = json_array_get(json_object_get(report, "items"), 0);
	assert_verdict(item, "CRASHED", "crashed");
	assert_true(strlen(member_text(item, "fix")) > 0);
	json_decref(report);
	json_decref(events);
}

static void done_items_are_not_run(void **state)
{
	struct bench *b = *state;
	struct plan_item item = { .def = CASE(run_evidence), .pf = &b->inv->nics[0], .done = true };
	const struct plan plan = { .n = 1, .items = &item };
	json_t *events;

	assert_int_equal(engine_run(&b->engine, &plan), 0);
	events = core_events(&b->store);
	assert_int_equal(json_array_size(events), 0);
	json_decref(events);
}

static void clean_slate(void **state)
{
	struct bench *b = *state;

	core_fake_write(b->fake, FAKE_DEV "sriov_numvfs", "5\n");
	core_fake_write(b->fake, FAKE_DEV "sriov_drivers_autoprobe", "0\n");
	assert_int_equal(engine_clean_slate(&b->engine), 0);
	assert_restored(b);
}

/* Items on several ports, run together; verdicts by index of the plan. */
struct outcome {
	json_t *events, *report;
};

static const json_t *run_items(struct bench *b, struct plan_item *items, unsigned int n,
			       struct outcome *out)
{
	const struct plan plan = { .n = n, .items = items };

	assert_int_equal(engine_run(&b->engine, &plan), 0);
	out->events = core_events(&b->store);
	out->report = core_report(out->events, 0);
	return json_object_get(out->report, "items");
}

static void outcome_free(struct outcome *o)
{
	json_decref(o->events);
	json_decref(o->report);
}

/* The engine again, with a second port and as many slots as asked for. */
static void two_ports(struct bench *b, unsigned int slots)
{
	struct nic *n = &b->inv->nics[1];

	*n = b->inv->nics[0];
	assert_int_equal(pci_addr_parse("0000:02:00.0", &n->addr), 0);
	b->inv->n_nics = 2;
	engine_close(&b->engine);
	b->settings.parallel = slots;
	assert_int_equal(engine_open(&b->engine), 0);
	b->engine.settle_ms = 50;
	assert_int_equal(b->engine.n_slots, slots);
}

/* The other port of the wire: what it needs the lost one for is skipped, its own work is not. */
static void card_leaves_its_peer(void **state)
{
	struct bench *b = *state;
	const struct case_def *with_peer = &(const struct case_def){ .id = "with_peer",
								     .title = "A test",
								     .subject = SUBJECT_PF,
								     .timeout_s = 20,
								     .run = run_evidence,
								     .ports = PORTS_PEER };
	const struct case_def *alone = &(const struct case_def){ .id = "alone",
								 .title = "A test",
								 .subject = SUBJECT_PF,
								 .timeout_s = 20,
								 .run = run_evidence };
	struct plan_item items[] = { { .def = CASE(run_lose_card), .pf = &b->inv->nics[0] },
				     { .def = with_peer, .pf = &b->inv->nics[1] },
				     { .def = alone, .pf = &b->inv->nics[1] } };
	const struct plan plan = { .n = ARRAY_SIZE(items), .items = items };
	json_t *events, *report, *list;

	core_fake_write(b->fake, FAKE_DEV "config", "a device that answers");
	core_fake_write(b->fake, "sys/bus/pci/devices/0000:02:00.0/config",
			"a device that answers");
	b->inv->nics[0].peer = 1;
	two_ports(b, 1);
	b->inv->nics[1].peer = 0;
	assert_int_equal(engine_run(&b->engine, &plan), 0);
	events = core_events(&b->store);
	report = core_report(events, 0);
	list = json_object_get(report, "items");
	assert_verdict(json_array_get(list, 0), "FAIL", "port_gone");
	assert_verdict(json_array_get(list, 1), "SKIP", "");
	assert_string_equal(member_text(json_array_get(list, 1), "reason"),
			    FAKE_PF " has left the bus");
	assert_verdict(json_array_get(list, 2), "PASS", "");
	json_decref(report);
	json_decref(events);
}

/* Carries the items out for a port, with another one at the far end of its wire. Caller owns it. */
static json_t *run_wired(struct bench *b, struct plan_item *items, unsigned int n)
{
	const struct plan plan = { .n = n, .items = items };
	json_t *events, *report;
	unsigned int i;

	two_ports(b, 1);
	b->inv->nics[0].peer = 1;
	for (i = 0; i < n; i++)
		items[i].pf = &b->inv->nics[0];
	assert_int_equal(engine_run(&b->engine, &plan), 0);
	events = core_events(&b->store);
	report = core_report(events, 0);
	json_decref(events);
	return report;
}

static int run_peer_hangs(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "traffic");
	return kmsg(ctx, "3,2,2000,-;ixgbe 0000:02:00.0 eth1: Detected Tx Unit Hang\n");
}

static int run_both_hang(struct ctx *ctx)
{
	return run_peer_hangs(ctx) < 0 ||
			       kmsg(ctx, "3,3,2000,-;igb 0000:01:00.0: Detected Tx Unit Hang\n") < 0
		       ? -EIO
		       : 0;
}

/* The far end's trouble is a WARN of the port that uses it, and speaks against the run. */
static void kernel_about_the_far_end(void **state)
{
	static const struct {
		int (*run)(struct ctx *ctx);
		enum case_ports ports;
		const char *verdict;
		bool noted;
	} rows[] = {
		{ run_peer_hangs, PORTS_PEER, "WARN", true },
		{ run_both_hang, PORTS_PEER, "FAIL", true },
		{ run_peer_hangs, PORTS_ALL, "FAIL", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct case_def def = { .id = "test",
					      .title = "A test",
					      .subject = SUBJECT_PF,
					      .timeout_s = 20,
					      .run = rows[i].run,
					      .ports = rows[i].ports };
		struct plan_item items[] = { { .def = &def } };
		json_t *report;
		void *fresh;

		assert_int_equal(bench_setup(&fresh), 0);
		report = run_wired(fresh, items, 1);
		assert_verdict(json_array_get(json_object_get(report, "items"), 0), rows[i].verdict,
			       "tx_hang");
		assert_int_equal(json_array_size(json_object_get(report, "notes")), rows[i].noted);
		if (rows[i].noted)
			assert_string_not_equal(member_text(report, "verdict"), "QUALIFIED");
		json_decref(report);
		bench_teardown(&fresh);
	}
}

static int record_error(struct ctx *ctx, const char *path, unsigned int at, uint32_t bits)
{
	int fd = sysroot_openat(ctx->root, O_WRONLY, "%s", path);
	bool written = fd >= 0 && pwrite(fd, &bits, sizeof(bits), at) == sizeof(bits);

	ctx_evidence(ctx, "seen", "an error");
	close(fd);
	return written ? 0 : -EIO;
}

static int run_timeout_of_own(struct ctx *ctx)
{
	return record_error(ctx, FAKE_DEV "config", 0x100 + PCI_ERR_UNCOR_STATUS,
			    PCI_ERR_UNC_COMP_TIME);
}

static int run_bad_tlp_of_own(struct ctx *ctx)
{
	return record_error(ctx, FAKE_DEV "config", 0x100 + PCI_ERR_COR_STATUS,
			    PCI_ERR_COR_BAD_TLP);
}

static int run_unsupported_request(struct ctx *ctx)
{
	return record_error(ctx, FAKE_DEV "config", 0x100 + PCI_ERR_UNCOR_STATUS,
			    PCI_ERR_UNC_UNSUP);
}

static int run_timeout_of_peer(struct ctx *ctx)
{
	return record_error(ctx, "sys/bus/pci/devices/0000:02:00.0/config",
			    0x100 + PCI_ERR_UNCOR_STATUS, PCI_ERR_UNC_COMP_TIME);
}

static void put_config(const struct bench *b, const char *name)
{
	struct pci_config cfg;
	int fd;

	fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
	core_fake_write(b->fake, name, "");
	fd = sysroot_openat(&b->fake->root, O_WRONLY, "%s", name);
	assert_int_equal(util_write_all(fd, (const char *)cfg.data, cfg.len), 0);
	close(fd);
}

/* PCIe errors that the kernel is not told of, as where the firmware handles them. */
static void silent_pcie_errors(void **state)
{
	static const struct {
		int (*run)(struct ctx *ctx);
		const char *verdict, *label;
		bool noted;
	} rows[] = {
		{ run_timeout_of_own, "FAIL", "pcie_aer", false },
		{ run_bad_tlp_of_own, "WARN", "pcie_aer", false },
		{ run_unsupported_request, "PASS", "", false },
		{ run_timeout_of_peer, "WARN", "pcie_aer", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct case_def def = { .id = "test",
					      .title = "A test",
					      .subject = SUBJECT_PF,
					      .timeout_s = 20,
					      .run = rows[i].run,
					      .ports = PORTS_PEER };
		const struct case_def after = { .id = "after",
						.title = "A test",
						.subject = SUBJECT_PF,
						.timeout_s = 20,
						.run = run_evidence,
						.ports = PORTS_PEER };
		struct plan_item items[] = { { .def = &def }, { .def = &after } };
		json_t *report, *list;
		void *fresh;

		assert_int_equal(bench_setup(&fresh), 0);
		put_config(fresh, FAKE_DEV "config");
		put_config(fresh, "sys/bus/pci/devices/0000:02:00.0/config");
		report = run_wired(fresh, items, 2);
		list = json_object_get(report, "items");
		assert_verdict(json_array_get(list, 0), rows[i].verdict, rows[i].label);
		assert_verdict(json_array_get(list, 1), "PASS", ""); /* known, and not new */
		assert_int_equal(json_array_size(json_object_get(report, "notes")), rows[i].noted);
		json_decref(report);
		bench_teardown(&fresh);
	}
}

static int say(const struct sysroot *root, const char *word)
{
	int fd = sysroot_openat(root, O_WRONLY | O_APPEND, "said");
	char line[64];

	if (fd < 0)
		return fd;
	util_format(line, sizeof(line), "%s\n", word);
	if (util_write_all(fd, line, strlen(line)) < 0)
		return -EIO;
	close(fd);
	return 0;
}

struct fake_fixture {
	struct ctx *ctx;
	unsigned int used;
};

static int fixture_open(struct ctx *ctx, void *state)
{
	struct fake_fixture *f = state;

	f->ctx = ctx;
	if (say(ctx->root, "open") < 0 || change_all(ctx) < 0)
		return -EIO;
	return 0;
}

static int fixture_close(struct ctx *ctx, void *state)
{
	struct fake_fixture *f = state;

	ctx_evidence(ctx, "used", "%u", f->used);
	return say(ctx->root, "close");
}

static int fixture_broken(struct ctx *ctx, void *state)
{
	(void)state;
	say(ctx->root, "open");
	ctx_fail(ctx, "vf_fewer", "a guest", "none");
	return -EIO;
}

static int fixture_not_for_this(struct ctx *ctx, void *state)
{
	(void)state;
	ctx_not_applicable(ctx, "too few VFs");
	return -ENODEV;
}

static const struct fixture fixture = { "fake", sizeof(struct fake_fixture), fixture_open,
					fixture_close };

static int use_fixture(struct ctx *ctx)
{
	struct fake_fixture *f = ctx->fixture;

	if (f->ctx != ctx)
		return -EINVAL;
	f->used++;
	ctx_evidence(ctx, "seen", "%u", f->used);
	return say(ctx->root, "use");
}

static int use_fixture_and_hang(struct ctx *ctx)
{
	say(ctx->root, "hang");
	hang();
}

static int use_fixture_and_fail(struct ctx *ctx)
{
	return ctx_fail(ctx, "vf_fewer", "a", "b");
}

#define SHARING(id_, run_, fixture_)                      \
	(&(const struct case_def){ .id = id_,             \
				   .title = "A test",     \
				   .subject = SUBJECT_PF, \
				   .timeout_s = 20,       \
				   .run = (run_),         \
				   .fixture = (fixture_) })

static void fixture_is_shared(void **state)
{
	struct bench *b = *state;
	const struct nic *pf = &b->inv->nics[0];
	struct plan_item items[] = { { .def = SHARING("a", use_fixture, &fixture), .pf = pf },
				     { .def = SHARING("b", use_fixture_and_fail, &fixture),
				       .pf = pf },
				     { .def = SHARING("c", use_fixture, &fixture), .pf = pf },
				     { .def = CASE(run_evidence), .pf = pf } };
	struct outcome o;
	const json_t *list;

	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 4, &o);
	assert_verdict(json_array_get(list, 0), "PASS", "");
	assert_verdict(json_array_get(list, 1), "FAIL", "vf_fewer");
	assert_verdict(json_array_get(list, 2), "PASS", "");
	assert_verdict(json_array_get(list, 3), "PASS", "");
	core_assert_file(b->fake, "said", "open\nuse\nuse\nclose");
	assert_non_null(evidence(json_array_get(list, 0), "fixture"));
	assert_string_equal(evidence(json_array_get(list, 2), "used"), "2");
	assert_restored(b);
	outcome_free(&o);
}

/* The slot goes off in steps: the driver first, the card itself while its state is waited for. */
static int run_unbound(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "1");
	if (unlinkat(ctx->root->fd, FAKE_DEV "driver", 0) < 0)
		return -errno;
	return sysroot_write(ctx->root, "1", "unbound");
}

static bool is_unbound(void *arg)
{
	const struct sysroot *root = arg;
	uint64_t value;

	return sysroot_read_u64(root, &value, "unbound") == 0 && value == 1;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static pid_t take_card_out_later(struct bench *b)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (util_poll_until(is_unbound, &b->fake->root, 10000) == 0)
			(void)!util_poll_until(never, NULL, 300);
		_exit(renameat(b->fake->root.fd, FAKE_DEV, b->fake->root.fd, "gone") < 0);
	}
	return pid;
}

/* What is in the same unit afterwards is skipped, whatever state the port had for the fixture. */
static void card_leaves_slowly(void **state)
{
	struct bench *b = *state;
	const struct nic *pf = &b->inv->nics[0];
	struct plan_item items[] = { { .def = SHARING("a", use_fixture, &fixture), .pf = pf },
				     { .def = SHARING("b", run_unbound, &fixture), .pf = pf },
				     { .def = SHARING("c", use_fixture, &fixture), .pf = pf } };
	struct outcome o;
	const json_t *list;
	int status;
	pid_t pid;

	core_fake_write(b->fake, "said", "");
	core_fake_write(b->fake, "unbound", "0");
	core_fake_write(b->fake, FAKE_DEV "config", "a device that answers");
	engine_close(&b->engine);
	assert_int_equal(engine_open(&b->engine), 0);
	b->engine.settle_ms = 5000;
	pid = take_card_out_later(b);
	list = run_items(b, items, 3, &o);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_verdict(json_array_get(list, 0), "PASS", "");
	assert_verdict(json_array_get(list, 1), "FAIL", "port_gone");
	assert_verdict(json_array_get(list, 2), "SKIP", "");
	assert_string_equal(member_text(json_array_get(list, 2), "reason"),
			    FAKE_PF " has left the bus");
	outcome_free(&o);
}

/* Adds to the fixture; what it does for itself is undone before the next item. */
static int run_grow(struct ctx *ctx)
{
	struct fake_fixture *f = ctx->fixture;
	unsigned int from;

	f->used++;
	if (ctx_undo(ctx, UNDO_AUTOPROBE, &ctx->pf->addr, 0, NULL) < 0)
		return -ENOSPC;
	from = ctx->res->n_undo;
	if (ctx_undo(ctx, UNDO_NUMVFS, &ctx->pf->addr, 0, NULL) < 0 ||
	    sysroot_write(ctx->root, "0", FAKE_DEV "sriov_numvfs") < 0)
		return -ENOSPC;
	ctx_keep_undo(ctx, from);
	ctx_evidence(ctx, "undo", "%u", ctx->res->n_undo);
	return sysroot_write(ctx->root, "1", FAKE_DEV "sriov_drivers_autoprobe");
}

static void fixture_grows(void **state)
{
	struct bench *b = *state;
	const struct nic *pf = &b->inv->nics[0];
	struct plan_item items[] = { { .def = SHARING("a", run_grow, &fixture), .pf = pf },
				     { .def = SHARING("b", use_fixture, &fixture), .pf = pf } };
	struct outcome o;
	const json_t *list;

	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 2, &o);
	assert_verdict(json_array_get(list, 0), "PASS", "");
	assert_string_equal(evidence(json_array_get(list, 0), "undo"), "1");
	assert_verdict(json_array_get(list, 1), "PASS", "");
	assert_restored(b);
	outcome_free(&o);
}

/* An item that hangs takes the fixture with it; the next one gets a new one. */
static void fixture_after_a_hang(void **state)
{
	struct bench *b = *state;
	const struct nic *pf = &b->inv->nics[0];
	struct case_def hanging = *SHARING("b", use_fixture_and_hang, &fixture);
	struct plan_item items[] = { { .def = SHARING("a", use_fixture, &fixture), .pf = pf },
				     { .def = &hanging, .pf = pf },
				     { .def = SHARING("c", use_fixture, &fixture), .pf = pf } };
	struct outcome o;
	const json_t *list;

	hanging.timeout_s = 2;
	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 3, &o);
	assert_verdict(json_array_get(list, 0), "PASS", "");
	assert_verdict(json_array_get(list, 1), "TIMEOUT", "timeout");
	assert_verdict(json_array_get(list, 2), "PASS", "");
	core_assert_file(b->fake, "said", "open\nuse\nhang\nopen\nuse\nclose");
	assert_restored(b);
	outcome_free(&o);
}

static void fixture_that_fails(void **state)
{
	static const struct fixture broken = { "fake", sizeof(struct fake_fixture), fixture_broken,
					       fixture_close };
	struct bench *b = *state;
	const struct nic *pf = &b->inv->nics[0];
	struct plan_item items[] = { { .def = SHARING("a", use_fixture, &broken), .pf = pf },
				     { .def = SHARING("b", use_fixture, &broken), .pf = pf } };
	struct outcome o;
	const json_t *list;

	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 2, &o);
	assert_verdict(json_array_get(list, 0), "FAIL", "vf_fewer");
	assert_verdict(json_array_get(list, 1), "SKIP", "");
	assert_non_null(strstr(member_text(json_array_get(list, 1), "reason"), "see a"));
	assert_true(member_flag(json_array_get(list, 1), "required"));
	core_assert_file(b->fake, "said", "open\nclose");
	outcome_free(&o);
}

static void fixture_not_applicable(void **state)
{
	static const struct fixture none = { "fake", sizeof(struct fake_fixture),
					     fixture_not_for_this, fixture_close };
	struct bench *b = *state;
	const struct nic *pf = &b->inv->nics[0];
	struct plan_item items[] = { { .def = SHARING("a", use_fixture, &none), .pf = pf },
				     { .def = SHARING("b", use_fixture, &none), .pf = pf } };
	struct outcome o;
	const json_t *list;
	size_t i;

	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 2, &o);
	for (i = 0; i < 2; i++) {
		assert_verdict(json_array_get(list, i), "SKIP", "");
		assert_string_equal(member_text(json_array_get(list, i), "reason"), "too few VFs");
		assert_false(member_flag(json_array_get(list, i), "required"));
	}
	outcome_free(&o);
}

/* Passes only if the other port's item is there at the same time. */
static bool other_is_there(void *arg)
{
	const struct ctx *ctx = arg;

	return sysroot_exists(ctx->root, "here-%s", ctx->pf == &ctx->inv->nics[0] ? "1" : "0");
}

static int run_meet(struct ctx *ctx)
{
	int ret, fd = sysroot_openat(ctx->root, O_WRONLY | O_CREAT, "here-%d",
				     (int)(ctx->pf - ctx->inv->nics));

	if (fd < 0)
		return fd;
	close(fd);
	ret = util_poll_until(other_is_there, ctx, 3000);
	ctx_evidence(ctx, "met", "%d", ret == 0);
	return 0;
}

static int run_wait_for_the_other(struct ctx *ctx)
{
	ctx_evidence(ctx, "met", "%d", util_poll_until(other_is_there, ctx, 300) == 0);
	return 0;
}

static void ports_side_by_side(void **state)
{
	struct bench *b = *state;
	struct plan_item items[] = { { .def = CASE(run_meet), .pf = &b->inv->nics[0] },
				     { .def = CASE(run_meet), .pf = &b->inv->nics[1] } };
	struct outcome o;
	const json_t *list;

	two_ports(b, 2);
	list = run_items(b, items, 2, &o);
	assert_string_equal(evidence(json_array_get(list, 0), "met"), "1");
	assert_string_equal(evidence(json_array_get(list, 1), "met"), "1");
	outcome_free(&o);
}

/* What a port will need later does not keep the other port's work from being done now. */
static void ports_claimed_in_turn(void **state)
{
	static const struct case_def alone = { .id = "later",
					       .title = "A test",
					       .subject = SUBJECT_PF,
					       .timeout_s = 20,
					       .run = run_evidence,
					       .ports = PORTS_PEER };
	struct bench *b = *state;
	struct plan_item items[] = { { .def = CASE(run_meet), .pf = &b->inv->nics[0] },
				     { .def = &alone, .pf = &b->inv->nics[0] },
				     { .def = CASE(run_meet), .pf = &b->inv->nics[1] } };
	struct outcome o;
	const json_t *list;

	two_ports(b, 2);
	b->inv->nics[0].peer = 1;
	list = run_items(b, items, 3, &o);
	assert_string_equal(evidence(json_array_get(list, 0), "met"), "1");
	outcome_free(&o);
}

static int run_say(struct ctx *ctx)
{
	ctx_evidence(ctx, "said", "plain");
	return say(ctx->root, "plain");
}

static int fixture_say(struct ctx *ctx, void *state)
{
	(void)state;
	return say(ctx->root, "guests");
}

/* Beside a port's work without guests another port's guests go first; nothing is left out. */
static void guests_beside_what_sleeps(void **state)
{
	static const struct fixture guests = { "guests", 1, fixture_say, fixture_say };
	struct bench *b = *state;
	struct plan_item items[] = {
		{ .def = CASE(run_meet), .pf = &b->inv->nics[0] },
		{ .def = CASE(run_say), .pf = &b->inv->nics[1] },
		{ .def = SHARING("guests", run_meet, &guests), .pf = &b->inv->nics[1] },
	};
	struct outcome o;
	const json_t *list;
	size_t i;

	two_ports(b, 2);
	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 3, &o);
	for (i = 0; i < 3; i++)
		assert_verdict(json_array_get(list, i), "PASS", "");
	core_assert_file(b->fake, "said", "guests\nguests\nplain");
	outcome_free(&o);
}

/* Who needs the other port too never runs beside it, whichever comes first. */
static void ports_not_shared(void **state)
{
	static const struct case_def alone = { .id = "test",
					       .title = "A test",
					       .subject = SUBJECT_PF,
					       .timeout_s = 20,
					       .run = run_wait_for_the_other,
					       .ports = PORTS_PEER };
	struct bench *b = *state;
	struct plan_item items[] = { { .def = &alone, .pf = &b->inv->nics[0] },
				     { .def = CASE(run_meet), .pf = &b->inv->nics[1] } };
	struct outcome o;
	const json_t *list;

	two_ports(b, 2);
	b->inv->nics[0].peer = 1;
	list = run_items(b, items, 2, &o);
	assert_string_equal(evidence(json_array_get(list, 0), "met"), "0");
	outcome_free(&o);
}

/* What is known of a port's peer after a time in which nothing else was to be done. */
struct late_peer {
	struct inventory *inv;
	unsigned int idle;
};

static bool late_peer_is_known(void *arg, const struct nic *pf, bool idle)
{
	struct late_peer *p = arg;

	p->idle += idle;
	if (p->idle >= 3)
		p->inv->nics[pf - p->inv->nics].peer = 1;
	return pf->peer >= 0;
}

static int run_say_peer(struct ctx *ctx)
{
	ctx_evidence(ctx, "peer", "%d", ctx->pf->peer);
	return say(ctx->root, "peer");
}

/* Work that needs no other port goes on while it is not known which there is. */
static void peer_known_late(void **state)
{
	static const struct case_def wire = { .id = "wire",
					      .title = "A test",
					      .subject = SUBJECT_PF,
					      .timeout_s = 20,
					      .run = run_say_peer,
					      .ports = PORTS_PEER };
	struct bench *b = *state;
	struct late_peer late = { .inv = b->inv };
	struct plan_item items[] = { { .def = &wire, .pf = &b->inv->nics[0] },
				     { .def = CASE(run_say), .pf = &b->inv->nics[1] } };
	struct outcome o;
	const json_t *list;

	two_ports(b, 2);
	b->engine.peer_is_known = late_peer_is_known;
	b->engine.peer_arg = &late;
	core_fake_write(b->fake, "said", "");
	list = run_items(b, items, 2, &o);
	assert_verdict(json_array_get(list, 0), "PASS", "");
	assert_verdict(json_array_get(list, 1), "PASS", "");
	/* In the order in which they began. */
	assert_string_equal(evidence(json_array_get(list, 1), "peer"), "1");
	core_assert_file(b->fake, "said", "plain\npeer");
	outcome_free(&o);
}

/*
 * Two ports below a bridge of their own each, and below a common one. What names the other port is
 * the other item's, what names no device is everybody's, what names something else is no item's.
 */
static void kernel_log_by_port(void **state)
{
	static const struct {
		const char *text;
		bool foreign;
	} rows[] = {
		{ "igb 0000:01:00.0: Detected Tx Unit Hang", false },
		{ "igb 0000:02:00.0: Detected Tx Unit Hang", true },
		{ "DMAR: [DMA Write] Request device [02:00.0] fault addr 0x0", true },
		{ "DMAR: [DMA Write] Request device [02:10.2] fault addr 0x0", true },
		{ "DMAR: [DMA Write] Request device [01:10.0] fault addr 0x0", false },
		{ "DMAR: VT-d detected Invalidation Time-out Error: SID 180", false },
		{ "DMAR: VT-d detected Invalidation Time-out Error: SID 280", true },
		{ "0000:02:00.0 and 0000:01:00.0 together", false },
		{ "BUG: something bad", false },
		{ "DMAR: DRHD: handling fault status reg 2", false },
		/* Bridges above. */
		{ "pcieport 0000:00:1c.0: AER: Correctable error message received", false },
		{ "pcieport 0000:00:1d.0: AER: Correctable error message received", true },
		{ "pcieport 0000:00:01.0: AER: Correctable error message received", false },
		{ "pcieport 0000:00:1c.0: AER: error message received from 0000:02:00.0", true },
		{ "pcieport 0000:00:01.0: AER: error message received from 0000:05:00.0", true },
		{ "pcieport 0000:00:1f.0: AER: Correctable error message received", true },
		/* Other devices. */
		{ "nvme 0000:05:00.0: reset", true },
		{ "AMD-Vi: Event logged [IO_PAGE_FAULT device=05:00.0 domain=0x1]", true },
		{ "sd 6:0:0:0: [sda] Synchronize Cache(10) failed", true },
		{ "usb 1-2: device not accepting address 5, error -71", true },
		/* Netdevs. */
		{ "bnx2x: [bnx2x_attn_int:4000(enp1s0)]FATAL HW block attention", false },
		{ "bnx2x: [bnx2x_attn_int:4000(enp2s0)]FATAL HW block attention", true },
		{ "[qed_mcp:500(enp5s0)]MFW failed to respond", true },
		{ "[qed_mcp:500(enp9s0)]of a netdev that has gone", false },
	};
	static const char *const above[2] = { "0000:00:1c.0", "0000:00:1d.0" };
	struct bench *b = *state;
	struct unit_board board = { .owner = { 1, 2, 0 } };
	struct unit u = { .root = &b->fake->root, .inv = b->inv, .board = &board, .number = 1 };
	struct kmsg_record rec = { 0 };
	size_t i;

	two_ports(b, 2);
	for (i = 0; i < 2; i++) {
		struct nic *n = &b->inv->nics[i];

		n->vf_offset = 128;
		n->vf_stride = 2;
		n->n_above = 2;
		assert_int_equal(pci_addr_parse(above[i], &n->above[0]), 0);
		assert_int_equal(pci_addr_parse("0000:00:01.0", &n->above[1]), 0);
	}
	core_fake_write(b->fake, "sys/class/net/enp1s0/ifindex", "2");
	core_fake_symlink(b->fake, "../../../0000:01:00.0", "sys/class/net/enp1s0/device");
	core_fake_write(b->fake, "sys/class/net/enp2s0/ifindex", "3");
	core_fake_symlink(b->fake, "../../../0000:02:10.0", "sys/class/net/enp2s0/device");
	core_fake_write(b->fake, "sys/class/net/enp5s0/ifindex", "4");
	core_fake_symlink(b->fake, "../../../0000:05:00.0", "sys/class/net/enp5s0/device");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		util_strlcpy(rec.text, sizeof(rec.text), rows[i].text);
		if ((unit_whose(&u, NULL, &rec) == KLOG_FOREIGN) != rows[i].foreign)
			fail_msg("%s", rows[i].text);
	}
	/* A port that nobody works on is the engine's: it makes a note. */
	board.owner[1] = 0;
	util_strlcpy(rec.text, sizeof(rec.text), rows[1].text);
	assert_int_equal(unit_whose(&u, NULL, &rec), KLOG_FOREIGN);
}

static const struct provoked asked_for[] = {
	{ "igb", "*Failed to enable PCI sriov: -22*" },
	{ "ixgbe", "*Detected Tx Unit Hang*" },
	{ 0 },
};

static int run_refused(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "a refusal");
	return kmsg(ctx, "3,2,2000,-;igb 0000:01:00.0: Failed to enable PCI sriov: -22\n");
}

static int run_refused_elsewhere(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "a refusal");
	return kmsg(ctx, "3,2,2000,-;Failed to enable PCI sriov: -22\n");
}

static int run_refused_otherwise(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "a refusal");
	return kmsg(ctx, "3,2,2000,-;igb 0000:01:00.0: Failed to enable PCI sriov: -12\n");
}

static int run_refused_and_hangs(struct ctx *ctx)
{
	int ret = run_refused(ctx);

	return ret < 0 ? ret : kmsg(ctx, "3,3,2000,-;igb 0000:01:00.0: Detected Tx Unit Hang\n");
}

/* What a case asks for is no finding: of that case, about its port, and in those words only. */
static void kernel_provoked(void **state)
{
	static const struct {
		int (*run)(struct ctx *ctx);
		const struct provoked *provokes;
		enum case_ports ports;
		const char *verdict, *label;
	} rows[] = {
		{ run_refused, asked_for, PORTS_OWN, "PASS", "" },
		{ run_refused, NULL, PORTS_OWN, "FAIL", "vf_create_failed" },
		{ run_refused_elsewhere, asked_for, PORTS_OWN, "FAIL", "vf_create_failed" },
		/* Nothing runs beside it, so that words about no device are its own. */
		{ run_refused_elsewhere, asked_for, PORTS_ALL, "PASS", "" },
		{ run_refused_otherwise, asked_for, PORTS_ALL, "FAIL", "vf_create_failed" },
		{ run_refused_and_hangs, asked_for, PORTS_OWN, "FAIL", "tx_hang" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct case_def def = { .id = "test",
					      .title = "A test",
					      .subject = SUBJECT_PF,
					      .timeout_s = 20,
					      .run = rows[i].run,
					      .ports = rows[i].ports,
					      .provokes = rows[i].provokes };
		void *fresh;
		json_t *item;

		assert_int_equal(bench_setup(&fresh), 0);
		item = run_case(fresh, &def);
		assert_verdict(item, rows[i].verdict, rows[i].label);
		if (i == 0)
			assert_non_null(strstr(evidence(item, "provoked"), "sriov: -22"));
		json_decref(item);
		bench_teardown(&fresh);
	}
}

#define STRAY_VF "01:10.0"
#define FAULT_WORDS "DMAR: [DMA Write NO_PASID] Request device [" STRAY_VF "] fault addr 0x"

/* Says that the VF is to be blocked at 0x7f123000, and has the kernel say what is in @fault_line.
 */
static const char *fault_line;

static int run_leads_astray(struct ctx *ctx)
{
	const struct pci_addr vf = { .bus = 1, .dev = 0x10 };

	ctx_evidence(ctx, "seen", "a VF that was led astray");
	assert_int_equal(ctx_expect_fault(ctx, &vf, 0x7f123456, false), 0);
	return kmsg(ctx, fault_line);
}

/* A fault that was announced is no finding; one of another function, or elsewhere, is. */
static void fault_announced(void **state)
{
	static const struct {
		const char *line, *verdict, *label;
	} rows[] = {
		{ "3,2,2000,-;" FAULT_WORDS "7f123000 [fault reason 0x05] PTE\n", "PASS", "" },
		{ "3,2,2000,-;" FAULT_WORDS "7f124000 [fault reason 0x05] PTE\n", "FAIL",
		  "dmar_fault" },
		{ "3,2,2000,-;DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr "
		  "0x7f123000 [fault reason 0x05] PTE\n",
		  "FAIL", "dmar_fault" },
		{ "3,2,2000,-;DMAR: [INTR-REMAP] Request device [" STRAY_VF "] fault index "
		  "0x7f123456 [fault reason 0x22] Present field in the IRTE entry is clear\n",
		  "FAIL", "dmar_fault" },
		{ "3,2,2000,-;vfio-pci 0000:01:10.0: AMD-Vi: Event logged [IO_PAGE_FAULT "
		  "domain=0x000c address=0x7f123450 flags=0x0020]\n",
		  "PASS", "" },
		{ "3,2,2000,-;vfio-pci 0000:01:10.2: AMD-Vi: Event logged [IO_PAGE_FAULT "
		  "domain=0x000c address=0x7f123450 flags=0x0020]\n",
		  "FAIL", "amdvi_fault" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct case_def def = { .id = "test",
					      .title = "A test",
					      .subject = SUBJECT_PF,
					      .timeout_s = 20,
					      .run = run_leads_astray };
		void *fresh;
		json_t *item;

		assert_int_equal(bench_setup(&fresh), 0);
		fault_line = rows[i].line;
		((struct bench *)fresh)->inv->nics[0].vf_offset = 128;
		((struct bench *)fresh)->inv->nics[0].vf_stride = 2;
		((struct bench *)fresh)->inv->nics[0].cap_total_vfs = 7;
		item = run_case(fresh, &def);
		assert_verdict(item, rows[i].verdict, rows[i].label);
		json_decref(item);
		bench_teardown(&fresh);
	}
}

static int run_other_devices(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "other devices");
	return kmsg(ctx,
		    "3,2,2000,-;sd 6:0:0:0: [sda] Synchronize Cache(10) failed\n"
		    "3,3,2000,-;DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x0\n"
		    "3,4,2000,-;DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x1\n"
		    "6,5,2000,-;usb 1-2: USB disconnect, device number 3\n");
}

static const json_t *find_note(json_t *events, const char *text)
{
	const json_t *ev;
	size_t i;

	json_array_foreach (events, i, ev)
		if (strcmp(member_text(ev, "ev"), "note") == 0 &&
		    strstr(member_text(ev, "text"), text))
			return ev;
	return NULL;
}

/* What is said of other devices is in the report, and nobody's finding. */
static void kernel_of_other_devices(void **state)
{
	struct bench *b = *state;
	json_t *item = run_case(b, CASE(run_other_devices)), *events;
	const json_t *note;

	assert_verdict(item, "PASS", "");
	assert_int_equal(json_array_size(json_object_get(item, "kernel_log")), 0);
	json_decref(item);
	engine_close(&b->engine);
	events = core_events(&b->store);
	note = find_note(events, "sd 6:0:0:0");
	assert_non_null(note);
	assert_false(member_flag(note, "incomplete"));
	note = find_note(events, "0000:00:02.0 is no port");
	assert_non_null(note);
	assert_false(member_flag(note, "incomplete"));
	assert_null(find_note(events, "usb 1-2"));
	json_decref(events);
	assert_int_equal(engine_open(&b->engine), 0);
}

static int run_idle_port(struct ctx *ctx)
{
	ctx_evidence(ctx, "seen", "the other port");
	return kmsg(ctx, "3,2,2000,-;igb 0000:02:00.0: Detected Tx Unit Hang\n");
}

/* What is said of a port that nobody works on is no item's, and speaks against the run. */
static void kernel_of_an_idle_port(void **state)
{
	struct bench *b = *state;
	struct plan_item item = { .def = CASE(run_idle_port), .pf = &b->inv->nics[0] };
	struct outcome o;
	const json_t *note;

	two_ports(b, 1);
	assert_verdict(json_array_get(run_items(b, &item, 1, &o), 0), "PASS", "");
	note = find_note(o.events, "0000:02:00.0: Detected Tx Unit Hang");
	assert_non_null(note);
	assert_true(member_flag(note, "incomplete"));
	outcome_free(&o);
}

static void slots(void **state)
{
	static const struct {
		unsigned int parallel, cpus, mb, pfs, want;
	} rows[] = {
		{ 0, 8, 64000, 4, 4 }, { 0, 4, 64000, 4, 2 }, { 0, 8, 1400, 4, 2 },
		{ 0, 8, 300, 4, 1 },   { 3, 1, 300, 4, 3 },   { 0, 8, 64000, 0, 1 },
		{ 0, 1, 64000, 4, 1 }, { 0, 2, 64000, 4, 2 }, { 0, 3, 64000, 4, 2 },
		{ 0, 0, 64000, 4, 1 },
	};
	struct bench *b = *state;
	char text[64];
	size_t i;

	assert_int_equal(unlinkat(b->fake->root.fd, "proc", 0), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int k;

		util_format(text, sizeof(text), "MemAvailable: %u kB\n", rows[i].mb * 1024);
		core_fake_write(b->fake, "proc/meminfo", text);
		b->settings.parallel = rows[i].parallel;
		b->inv->host.cpus = rows[i].cpus;
		for (k = 1; k < 4; k++)
			b->inv->nics[k] = b->inv->nics[0];
		b->inv->n_nics = rows[i].pfs;
		assert_int_equal(engine_count_slots(&b->settings, &b->fake->root, b->inv),
				 rows[i].want);
	}
	/* VFs whose driver takes more leave room for fewer guests. */
	b->settings.parallel = 0;
	b->inv->host.cpus = 8;
	core_fake_write(b->fake, "proc/meminfo", "MemAvailable: 1126400 kB\n");
	b->inv->n_nics = 4;
	assert_int_equal(engine_count_slots(&b->settings, &b->fake->root, b->inv), 2);
	b->inv->nics[3].profile = profile_find(0x15b3, 0x1017);
	assert_int_equal(engine_count_slots(&b->settings, &b->fake->root, b->inv), 1);
}

/* Longer than the item's deadline, in what does not count. */
static void wait_for_others(struct ctx *ctx)
{
	hold_begin(ctx->root->hold);
	poll(NULL, 0, 1500);
	hold_end(ctx->root->hold);
}

static int run_held(struct ctx *ctx)
{
	wait_for_others(ctx);
	ctx_evidence(ctx, "left", "%d", ctx_ms(ctx, 60000) > 500);
	return 0;
}

static int run_held_and_hang(struct ctx *ctx)
{
	wait_for_others(ctx);
	ctx_evidence(ctx, "left", "%d", 0);
	poll(NULL, 0, -1);
	return 0;
}

#define WAITING(name, fn)                                 \
	(&(const struct case_def){ .id = (name),          \
				   .title = "A test",     \
				   .subject = SUBJECT_PF, \
				   .timeout_s = 1,        \
				   .run = (fn) })

/* What waits for other ports has the time that is the item's own all the same, and no more. */
static void waiting_is_not_in_the_deadline(void **state)
{
	struct bench *b = *state;
	struct plan_item items[] = {
		{ .def = WAITING("waits", run_held), .pf = &b->inv->nics[0] },
		{ .def = WAITING("hangs", run_held_and_hang), .pf = &b->inv->nics[0] },
	};
	struct outcome o;
	const json_t *list = run_items(b, items, 2, &o);

	assert_verdict(json_array_get(list, 0), "PASS", "");
	assert_string_equal(evidence(json_array_get(list, 0), "left"), "1");
	assert_verdict(json_array_get(list, 1), "TIMEOUT", "timeout");
	assert_string_equal(evidence(json_array_get(list, 1), "left"), "0");
	outcome_free(&o);
}

/* A port whose driver comes to an end of its start late is nobody's finding. */
static void late_driver_is_not_compared(void **state)
{
	struct bench *b = *state;
	struct baseline before, after;

	core_fake_write(b->fake, "run/vfproof/hangs/" FAKE_PF, "igb");
	core_fake_write(b->fake, "sys/module/igb/initstate", "coming\n");
	baseline_take(&b->fake->root, b->inv, UINT64_MAX, &before);
	core_fake_write(b->fake, "sys/module/igb/initstate", "live\n");
	baseline_take(&b->fake->root, b->inv, UINT64_MAX, &after);
	assert_int_equal(before.pfs[0].numvfs, -1);
	assert_int_equal(after.pfs[0].numvfs, 0);
	assert_int_equal(baseline_compare(&before, &after), -1);
	assert_int_equal(baseline_compare(&after, &before), 0);
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, bench_setup, bench_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(pass),
		test(no_evidence_is_an_error),
		test(fail_with_reasons),
		test(absent),
		test(error),
		test(exit_without_verdict),
		test(died),
		test(out_of_memory),
		test(skipped),
		test(skip_is_worse_than_not_applicable),
		test(requirement_missing),
		test(requirement_not_applicable),
		test(requirement_owed),
		test(undone_after_pass),
		test(undone_after_timeout),
		test(undone_after_crash),
		test(killed_after_term),
		test(baseline_not_back),
		test(card_leaves_the_bus),
		test(card_leaves_its_peer),
		test(card_leaves_slowly),
		test(orphans_are_killed),
		test(undo_kills),
		test(watchdog_is_fed_by_progress),
		test(case_goes_before_the_runner),
		test(stopped_unit_is_ended),
		test(undo_kills_nobody_else),
		test(causes_are_ranked),
		test(warning_has_its_own_causes),
		test(pass_has_no_causes),
		test(kernel_symptom_fails),
		test(kernel_provoked),
		test(fault_announced),
		test(kernel_about_the_far_end),
		test(silent_pcie_errors),
		test(kernel_of_other_devices),
		test(kernel_of_an_idle_port),
		test(kernel_taint_fails),
		test(kernel_error_warns),
		test(kernel_warning_warns),
		test(kernel_harmless),
		test(kernel_gives_cause),
		test(kernel_between_items),
		test(kernel_after_the_last_item),
		test(kernel_before_the_run),
		test(flood),
		test(bounds),
		test(scribble),
		test(runner_killed),
		test(done_items_are_not_run),
		test(clean_slate),
		test(fixture_is_shared),
		test(fixture_after_a_hang),
		test(fixture_that_fails),
		test(fixture_not_applicable),
		test(ports_side_by_side),
		test(guests_beside_what_sleeps),
		test(ports_claimed_in_turn),
		test(ports_not_shared),
		test(peer_known_late),
		test(fixture_grows),
		test(kernel_log_by_port),
		test(slots),
		test(waiting_is_not_in_the_deadline),
		test(late_driver_is_not_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
