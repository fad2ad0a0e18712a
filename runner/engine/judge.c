/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts of the engine on an item.
 */
#include "engine/judge.h"

#include <signal.h>
#include <string.h>
#include "base/log.h"
#include "model/result.h"
#include "sys/kernel.h"
#include "sys/kmsg.h"
#include "sys/sriov_queue.h"

static bool has_evidence(const struct item_result *res)
{
	return res->n_evidence > 0 || res->measured[0];
}

void judge_return(struct item_result *res, int ret)
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

bool judge_no_memory(struct item_result *res, const struct child_end *end,
		     const struct sysroot *root, pid_t pid)
{
	char line[200], reason[sizeof(res->reason)];

	if (end->state != CHILD_SIGNALLED || end->value != SIGKILL ||
	    !kmsg_find_kill(root, pid, line, sizeof(line)))
		return false;
	util_format(
		reason, sizeof(reason),
		"the host has no memory left, and its kernel has killed the check's process: %s",
		line);
	result_record(res, &(struct finding){ .verdict = VERDICT_ERROR,
					      .label = "out_of_memory",
					      .reason = reason });
	return true;
}

void judge_end(struct item_result *res, const struct child_end *end, uint64_t timeout_ms)
{
	struct finding f = { 0 };
	char expected[80], measured[80];

	switch (end->state) {
	case CHILD_ANSWERED:
	case CHILD_EXITED:
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

void judge_baseline(struct item_result *res, const struct sysroot *root,
		    const struct child_end *end, const struct baseline *before,
		    const struct baseline *after)
{
	char was[300] = "the state before the item", is[300], reason[400];
	int i = baseline_compare(before, after);

	if (end->state == CHILD_EXITED && end->value == 0)
		return;
	if (end->state != CHILD_EXITED || !after->taken || i < 0) {
		util_format(is, sizeof(is), "the undo did not end properly");
	} else {
		baseline_describe(&before->pfs[i], was, sizeof(was));
		baseline_describe(&after->pfs[i], is, sizeof(is));
	}
	/* No fault of this port: the kernel makes and removes VFs of one port at a time. */
	if (sriov_queue_is_stuck(root)) {
		util_format(
			reason, sizeof(reason),
			"its work could not be undone, as a change of VFs hangs in the kernel: %s",
			is);
		result_record(res, &(struct finding){ .verdict = VERDICT_ERROR, .reason = reason });
		return;
	}
	result_record(res, &(struct finding){ .verdict = VERDICT_FAIL,
					      .label = "baseline_not_restored",
					      .expected = was,
					      .measured = is });
}

void judge_stuck(struct item_result *res, const struct sysroot *root, pid_t pid)
{
	char text[sizeof(res->evidence[0].value)], wchan[sizeof(text)];

	log_error("process %d hangs in the kernel and cannot be ended", (int)pid);
	util_format(text, sizeof(text), "process %d cannot be ended, even by SIGKILL", (int)pid);
	result_record(res, &(struct finding){ .verdict = VERDICT_TIMEOUT,
					      .label = "timeout",
					      .expected = "every process of the item can be ended",
					      .measured = text });
	kernel_read_place(root, pid, wchan, text, sizeof(text));
	if (wchan[0])
		result_evidence(res, "stuck.wchan", wchan);
	if (text[0])
		result_evidence(res, "stuck.stack", text);
}

void judge_taint(struct item_result *res, const struct sysroot *root, uint64_t *taint)
{
	char text[80];
	uint64_t now;

	if (kernel_read_deaths(root, &now) < 0)
		return;
	if (res && now & ~*taint) {
		util_format(text, sizeof(text), "/proc/sys/kernel/tainted has now %#llx set",
			    (unsigned long long)(now & ~*taint));
		result_record(res, &(struct finding){ .verdict = VERDICT_FAIL,
						      .label = "kernel_oops",
						      .expected = "the kernel lives through it",
						      .measured = text });
	}
	*taint = now;
}
