/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a VF when its guest starts anew, stands still, or ends on a sudden. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/guest_plug.h"
#include "cases/life.h"
#include "cases/pair.h"
#include "sys/driver.h"
#include "sys/reset.h"
#include "vm/vm_restart.h"

#define RUN_TIMEOUT_S 300
#define RUN_ROUNDS 3u
#define RUN_QMP_MS 15000
#define RUN_PAUSE_MS 5000
/* A VF goes on while its guest stands, so that its queue is full afterwards, and stays so until
 * the driver has emptied it. That it has is seen when so many frames in a row are answered. */
#define RUN_STEADY 50u
#define RUN_SETTLE_MS 1000 /* later is a WARN */
#define RUN_AFTER 200u /* answers to frames that were sent when it has emptied it */
#define RUN_AFTER_MS 20000 /* for both */
#define RUN_END_MS 30000 /* until QEMU's process has ended */
#define RUN_FREE_LATE_MS 10000 /* behind it: a FAIL, and before it a WARN */
#define RUN_FREE_MS 2000 /* until its VF can be given to somebody else */

/* ---- starting anew ---- */

static int run_reboots(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	int ret = 0;

	for (unsigned int round = 0; ret == 0 && round < RUN_ROUNDS; round++) {
		ret = life_restart(&p->first, &life_reboots);
		if (ret == 0)
			ret = pair_check_traffic(p);
	}
	return ret < 0 ? ret
		       : ctx_pass(ctx, "after each reboot of the guest its VFs work again",
				  "%u reboots: driver, MAC, link, traffic each time", RUN_ROUNDS);
}

static int run_reboot(struct ctx *ctx)
{
	return pair_run(ctx, run_reboots);
}

/* With frames on their way in both directions: no driver has stopped the VF's DMA. */
static int run_restart_under_traffic(struct pair *p, struct guest *g,
				     const struct life_restart *how)
{
	_cleanup_(pulse_close) struct pulse pulse = { 0 };
	int ret = life_pulse_start(&pulse, g, 0, &p->pf, false);

	if (ret == 0)
		ret = life_restart(g, how);
	if (ret == 0)
		ret = life_pulse_end(&pulse, p->rig.ctx);
	return ret < 0 ? ret : guest_check_traffic(g, 0, g->n_nics, &p->pf);
}

static int run_resets(struct pair *p)
{
	int ret = run_restart_under_traffic(p, &p->first, &life_is_reset);

	return ret < 0 ? ret
		       : ctx_pass(p->rig.ctx,
				  "a guest that is reset under traffic has its VFs again",
				  "system_reset: no DMA fault; driver, MAC, link, traffic again");
}

static int run_reset(struct ctx *ctx)
{
	return pair_run(ctx, run_resets);
}

/* ---- standing still ---- */

static bool run_never(void *arg)
{
	(void)arg;
	return false;
}

/* The pause, by the clock of both ends of the frames. */
struct run_pause {
	uint64_t stop_ms, stopped_ms, cont_ms;
};

static int run_check_stands(struct guest *g)
{
	json_t *status = NULL;
	const char *text;
	int ret = vm_qmp(g->vm, "query-status", NULL, &status, ctx_ms(g->ctx, RUN_QMP_MS));

	if (ret < 0)
		return guest_lost(g, ret, "asking QEMU for its state");
	text = json_string_value(json_object_get(status, "status"));
	if (!text || strcmp(text, "paused") != 0)
		ret = ctx_error(g->ctx, -EIO, "QEMU does not say that the guest is paused");
	json_decref(status);
	return ret;
}

static int run_stand(struct guest *g, struct run_pause *t)
{
	struct ctx *ctx = g->ctx;
	int ret, back;

	t->stop_ms = util_now_ms();
	ret = vm_qmp(g->vm, "stop", NULL, NULL, ctx_ms(ctx, RUN_QMP_MS));
	t->stopped_ms = util_now_ms();
	if (ret < 0)
		return guest_lost(g, ret, "being paused");
	ret = run_check_stands(g);
	/* Whatever the pulse says meanwhile is looked at afterwards: the time is the test. */
	if (ret == 0)
		(void)!util_poll_until(run_never, NULL, RUN_PAUSE_MS);
	back = vm_qmp(g->vm, "cont", NULL, NULL, ctx_ms(ctx, RUN_QMP_MS));
	t->cont_ms = util_now_ms();
	if (ret == 0 && back < 0)
		return guest_lost(g, back, "going on after a pause");
	return ret;
}

/* What was sent, and lost, before the pause, in it and after it. */
struct run_counts {
	unsigned int sent[3], got[3];
	unsigned int late; /* answers while the guest stood */
	unsigned int settle_ms; /* from the end of the pause */
};

static void run_count(const struct pulse *f, const struct run_pause *t, uint64_t settled,
		      struct run_counts *n)
{
	pulse_count(f, 0, t->stop_ms, &n->sent[0], &n->got[0]);
	pulse_count(f, t->stop_ms, settled, &n->sent[1], &n->got[1]);
	pulse_count(f, settled, UINT64_MAX, &n->sent[2], &n->got[2]);
	n->late = pulse_count_answers(f, t->stopped_ms + RUN_SETTLE_MS, t->cont_ms - RUN_SETTLE_MS);
	n->settle_ms = (unsigned int)(settled - t->cont_ms);
}

static int run_judge_counts(struct ctx *ctx, const struct run_counts *n, unsigned int pause_ms)
{
	const unsigned int outside = n->sent[0] + n->sent[2];
	const unsigned int lost = outside - n->got[0] - n->got[2];

	if (lost * 100 > outside) {
		ctx_fail(ctx, "pause_lost", "frames are lost by the pause alone",
			 "%u of %u frames that were sent before it, or when the queue was empty "
			 "again",
			 lost, outside);
		return -ENODATA;
	}
	if (n->settle_ms > ctx_ms(ctx, RUN_SETTLE_MS))
		return ctx_warn(ctx, "pause_slow", "frames go on within a second of the pause",
				"%u in a row are answered from %u ms after it", RUN_STEADY,
				n->settle_ms);
	return ctx_pass(ctx, "a guest that stands still for a while loses nothing before and after",
			"%u of %u frames outside of a pause of %u ms were answered, %u of %u in "
			"it and the %u ms after it",
			n->got[0] + n->got[2], outside, pause_ms, n->got[1], n->sent[1],
			n->settle_ms);
}

/* @settled: when the first frame was sent after which all went on; 0 if there was none. */
static int run_judge_pause(struct ctx *ctx, const struct pulse *f, const struct run_pause *t,
			   uint64_t settled)
{
	unsigned int after, answered;
	struct run_counts n;

	run_count(f, t, settled ? settled : UINT64_MAX, &n);
	ctx_evidence(ctx, "pause",
		     "of %u frames before it %u were answered, of %u in it %u, of %u after it %u; "
		     "%u answers came while the guest stood",
		     n.sent[0], n.got[0], n.sent[1], n.got[1], n.sent[2], n.got[2], n.late);
	if (n.late > 0)
		return ctx_error(ctx, -EIO, "the guest went on while it was paused: %u answers",
				 n.late);
	pulse_count(f, t->cont_ms, UINT64_MAX, &after, &answered);
	if (n.sent[0] == 0 || after < RUN_STEADY)
		return ctx_error(ctx, -ETIME,
				 "this host is too slow to send frames before and after the pause");
	if (!settled) {
		ctx_fail(ctx, "pause_lost", "frames go on after the pause",
			 "never %u in a row that were answered, in the %u ms after it", RUN_STEADY,
			 ctx_ms(ctx, RUN_AFTER_MS));
		return -ENODATA;
	}
	return run_judge_counts(ctx, &n, (unsigned int)(t->cont_ms - t->stopped_ms));
}

struct run_after {
	const struct pulse *f;
	uint64_t cont_ms;
	uint64_t settled_ms; /* 0: not yet */
};

static bool run_has_settled(void *arg)
{
	struct run_after *a = arg;
	unsigned int sent, answered;

	a->settled_ms = pulse_find_steady(a->f, a->cont_ms, RUN_STEADY);
	if (a->settled_ms == 0)
		return false;
	pulse_count(a->f, a->settled_ms, UINT64_MAX, &sent, &answered);
	return answered >= RUN_AFTER;
}

static int run_pauses(struct pair *p)
{
	_cleanup_(pulse_close) struct pulse pulse = { 0 };
	struct ctx *ctx = p->rig.ctx;
	struct guest *g = &p->first;
	struct agent_echo_stats stats;
	struct run_after after;
	struct run_pause t = { 0 };
	int ret = life_pulse_start(&pulse, g, 0, &p->pf, true);

	if (ret == 0)
		ret = run_stand(g, &t);
	if (ret < 0)
		return ret;
	/* If they do not come, that is judged below. */
	after = (struct run_after){ .f = &pulse, .cont_ms = t.cont_ms };
	(void)!util_poll_until(run_has_settled, &after, ctx_ms(ctx, RUN_AFTER_MS));
	ret = life_pulse_end(&pulse, ctx);
	if (ret == 0)
		ret = guest_stop_echo(g, &g->nics[0], &stats);
	if (ret == 0)
		ret = run_judge_pause(ctx, &pulse, &t, after.settled_ms);
	return ret < 0 ? ret : pair_check_traffic(p);
}

static int run_pause(struct ctx *ctx)
{
	return pair_run(ctx, run_pauses);
}

/* ---- ending on a sudden ---- */

/* A way to end. @end returns when QEMU's process has ended. */
struct run_end {
	const char *what;
	int (*end)(struct guest *g);
};

static int run_end_by_kill(struct guest *g)
{
	int ret = vm_kill(g->vm, ctx_ms(g->ctx, RUN_END_MS));

	if (ret == 0)
		return 0;
	ctx_fail(g->ctx, "guest_unkillable", "QEMU ends when it is killed",
		 "process %d is still there: the kernel waits for the device", (int)vm_pid(g->vm));
	return ret;
}

static int run_end_by_panic(struct guest *g)
{
	int ret = life_panics.act(g);

	if (ret == 0)
		ret = vm_wait_end(g->vm, ctx_ms(g->ctx, RUN_END_MS));
	return ret < 0 ? guest_lost(g, ret, "panicking") : 0;
}

/* The VF of a guest that has ended can be had, bound and reset, within the time. */
static int run_take_back(struct ctx *ctx, const struct rig_dev *dev, const char *what,
			 uint64_t start)
{
	const uint64_t gone = util_now_ms();
	uint64_t freed, ready;
	int ret = guest_wait_released(ctx, dev);

	freed = util_now_ms();
	if (ret == 0)
		ret = guest_dev_to_vfio(ctx, dev);
	if (ret < 0)
		return ret;
	ret = reset_function(ctx->root, &dev->addr);
	ready = util_now_ms();
	if (ret < 0 && ret != -ENOENT) {
		ctx_fail(ctx, "reset_failed", "the VF of a guest that has ended can be reset",
			 "%s: %s", dev->what, strerror(-ret));
		return ret;
	}
	ctx_evidence(ctx, "vf.taken_back",
		     "%s, %s: QEMU gone in %u ms, free in %u ms, bound and reset in %u ms%s",
		     dev->what, what, (unsigned int)(gone - start), (unsigned int)(freed - start),
		     (unsigned int)(ready - start), ret < 0 ? " (it has no reset of its own)" : "");
	if (ready - start <= ctx_ms(ctx, RUN_FREE_MS))
		return 0;
	if (ready - start <= ctx_ms(ctx, RUN_FREE_LATE_MS))
		return ctx_warn(ctx, "vf_freed_late",
				"the VF of a guest that has ended is ready within 2 s",
				"%s, %s: after %u ms", dev->what, what,
				(unsigned int)(ready - start));
	ctx_fail(ctx, "vf_freed_late", "the VF of a guest that has ended is ready within 10 s",
		 "%s, %s: after %u ms", dev->what, what, (unsigned int)(ready - start));
	return -ETIME;
}

/*
 * The second guest ends under traffic, which goes on; its VF is taken back, and the next guest has
 * it. That there is no DMA fault meanwhile is judged by the kernel's messages of this item.
 */
static int run_end_round(struct pair *p, const struct run_end *how)
{
	_cleanup_(pulse_close) struct pulse pulse = { 0 };
	const struct rig_dev *dev = p->second.nics[0].dev;
	struct ctx *ctx = p->rig.ctx;
	int ret = life_pulse_start(&pulse, &p->second, 0, &p->pf, false);
	uint64_t start = util_now_ms();

	if (ret == 0)
		ret = how->end(&p->second);
	if (ret == 0)
		ret = run_take_back(ctx, dev, how->what, start);
	if (ret == 0)
		ret = life_pulse_end(&pulse, ctx);
	if (ret == 0)
		ret = pair_replace_second(p);
	if (ret == 0)
		ret = guest_check_traffic(&p->second, 0, 1, &p->pf);
	if (ret == 0)
		ctx_evidence(ctx, "vf.handed_on", "%s, %s: next guest works in %u ms", dev->what,
			     how->what, (unsigned int)(util_now_ms() - start));
	return ret < 0 ? ret : pair_check_traffic(p);
}

static int run_kills(struct pair *p)
{
	static const struct run_end kill = { "QEMU killed", run_end_by_kill };
	int ret = pair_take_second(p);

	if (ret == 0)
		ret = guest_check_klog(&p->second);
	for (unsigned int round = 0; ret == 0 && round < RUN_ROUNDS; round++)
		ret = run_end_round(p, &kill);
	if (ret == 0)
		ret = pair_return_second(p);
	return ret < 0 ? ret
		       : ctx_pass(p->rig.ctx, "the VF of a killed QEMU is whole for the next guest",
				  "%u rounds under traffic: free and reset within 2 s, no DMA "
				  "fault, the next guest works, and so does the one beside it",
				  RUN_ROUNDS);
}

static int run_kill(struct ctx *ctx)
{
	return pair_run(ctx, run_kills);
}

/* Twice the kernel that panics is followed by a new one in the same QEMU, once by another guest. */
static int run_panics(struct pair *p)
{
	static const struct run_end panic = { "guest panicked", run_end_by_panic };
	int ret = pair_take_second(p);

	for (unsigned int round = 1; ret == 0 && round < RUN_ROUNDS; round++)
		ret = run_restart_under_traffic(p, &p->second, &life_panics);
	if (ret == 0)
		ret = guest_check_klog(&p->second);
	if (ret == 0)
		ret = run_end_round(p, &panic);
	if (ret == 0)
		ret = pair_return_second(p);
	return ret < 0 ? ret
		       : ctx_pass(p->rig.ctx, "the VF of a guest that panics is whole afterwards",
				  "%u panics under traffic: no DMA fault; its next kernel, or the "
				  "next guest, works, and so does the guest beside it",
				  RUN_ROUNDS);
}

static int run_panic(struct ctx *ctx)
{
	return pair_run(ctx, run_panics);
}

const struct case_def run_cases[] = {
	{ .id = "run_reboot",
	  .title = "A guest reboots, and its VFs work again",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = RUN_TIMEOUT_S,
	  .run = run_reboot,
	  .fixture = &fixture_pair,
	  .set = SET_FULL },
	{ .id = "run_reset",
	  .title = "A guest is reset under traffic, and its VFs work again",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = RUN_TIMEOUT_S,
	  .run = run_reset,
	  .fixture = &fixture_pair,
	  .set = SET_FULL },
	{ .id = "run_pause",
	  .title = "A guest stands still under traffic, and goes on",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = RUN_TIMEOUT_S,
	  .run = run_pause,
	  .fixture = &fixture_pair,
	  .set = SET_FULL },
	{ .id = "run_kill",
	  .title = "QEMU is killed under traffic, and the next guest has the VF",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = RUN_TIMEOUT_S,
	  .run = run_kill,
	  .fixture = &fixture_pair,
	  .set = SET_FULL },
	{ .id = "run_panic",
	  .title = "A guest panics under traffic, and the VF is whole afterwards",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = RUN_TIMEOUT_S,
	  .run = run_panic,
	  .fixture = &fixture_pair,
	  .set = SET_FULL },
	{ .id = NULL },
};
