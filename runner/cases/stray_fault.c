/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a VF that is led astray. */
#include "cases/stray.h"

#include <errno.h>
#include <string.h>

#include "sys/fault_turn.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/kmsg_fault.h"

#define STRAY_MAX_RECORDS 10000 /* of the kernel's at a time */
#define STRAY_PAGE 4096

struct fault_wait {
	struct stray *s;
	uint64_t address;
	bool interrupt;
	struct stray_outcome *out;
};

static void fault_take(struct fault_wait *w, const struct kmsg_record *rec)
{
	const uint64_t unit = w->interrupt ? 1 : STRAY_PAGE;
	struct stray_outcome *out = w->out;
	struct kmsg_fault fault;

	if (kmsg_is_suppressed_fault(rec))
		out->held_back = true;
	if (!kmsg_read_fault(rec, &fault) || fault.address / unit != w->address / unit ||
	    w->interrupt != (fault.kind == KMSG_FAULT_INTERRUPT) || out->blame == STRAY_BLAME_WRONG)
		return;
	out->blame = kmsg_address_is(&fault.from, &w->s->dev->addr) ? STRAY_BLAME_RIGHT
								    : STRAY_BLAME_WRONG;
	out->reason = fault.reason;
	util_strlcpy(out->line, sizeof(out->line), rec->text);
}

static bool is_told(const struct stray_outcome *out)
{
	return out->blame == STRAY_BLAME_RIGHT || out->blame == STRAY_BLAME_WRONG;
}

static bool fault_is_told(void *arg)
{
	struct fault_wait *w = arg;
	struct kmsg_record rec;
	bool lost;

	for (unsigned int i = 0; i < STRAY_MAX_RECORDS; i++) {
		int ret = kmsg_read(w->s->kmsg, &rec, &lost);

		/* The log has been written over since: the words may have been among those. */
		if (lost)
			w->out->held_back = true;
		if (ret > 0)
			fault_take(w, &rec);
		else if (ret != -EBADMSG)
			break;
	}
	return is_told(w->out);
}

void stray_await_fault(struct stray *s, uint64_t address, bool interrupt, struct stray_outcome *out)
{
	struct fault_wait w = { .s = s, .address = address, .interrupt = interrupt, .out = out };

	out->blame = STRAY_BLAME_NONE;
	out->held_back = false;
	out->reason = 0;
	out->line[0] = '\0';
	(void)!util_poll_until(fault_is_told, &w, ctx_ms(s->ctx, STRAY_FAULT_MS));
	if (out->line[0])
		ctx_evidence(s->ctx, "iommu.fault", "%s", out->line);
	if (!is_told(out) && out->held_back)
		out->blame = STRAY_BLAME_HIDDEN;
}

/* What was said before the turn is about others. True: the kernel has held something back. */
static bool skip_words(struct stray *s)
{
	bool held_back = false, lost;
	struct kmsg_record rec;

	for (unsigned int i = 0; i < STRAY_MAX_RECORDS; i++) {
		int ret = kmsg_read(s->kmsg, &rec, &lost);

		held_back = held_back || lost || (ret > 0 && kmsg_is_suppressed_fault(&rec));
		if (ret <= 0 && ret != -EBADMSG)
			break;
	}
	return held_back;
}

static int send_in_turn(struct stray *s, struct agent_stray_send *req, uint64_t address,
			bool interrupt, struct stray_outcome *out, bool *held_back)
{
	struct fault_turn turn;
	int ret;

	fault_turn_begin(s->ctx->root, &turn);
	*held_back = skip_words(s);
	ret = stray_send(s, req, &out->sent);
	if (ret == 0)
		stray_await_fault(s, address, interrupt, out);
	fault_turn_end(&turn, ret < 0 || !is_told(out));
	return ret;
}

void stray_judge_again(struct stray_outcome *out, bool held_back)
{
	held_back = held_back || out->held_back;
	if (is_told(out) && (held_back || out->blame == STRAY_BLAME_WRONG))
		return;
	out->blame = held_back ? STRAY_BLAME_HIDDEN : STRAY_BLAME_NONE;
}

static void tell_again(struct stray *s, const struct stray_outcome *out, bool held_back)
{
	ctx_evidence(s->ctx, "iommu.again",
		     "the kernel said nothing the first time%s, and %s the second",
		     held_back || out->held_back ? ", as it held such messages back" : "",
		     out->line[0] ? "tells" : "says nothing");
}

int stray_send_wrong(struct stray *s, struct agent_stray_send *req, uint64_t address,
		     bool interrupt, struct stray_outcome *out)
{
	int ret = ctx_expect_fault(s->ctx, &s->dev->addr, address, interrupt);
	bool before, between, first;

	if (ret < 0)
		return ctx_error(s->ctx, ret, "no room to announce a fault");
	ret = send_in_turn(s, req, address, interrupt, out, &before);
	if (ret < 0 || is_told(out))
		return ret;
	/*
	 * That the kernel has held something back it says at the first fault after the interval. So
	 * the VF does it once more then, and a kernel that could have told is found out.
	 */
	first = out->held_back;
	ret = send_in_turn(s, req, address, interrupt, out, &between);
	if (ret < 0)
		return ret;
	tell_again(s, out, first || between);
	stray_judge_again(out, first || between);
	return 0;
}
