/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What case functions say: verdicts, evidence and undo records, into memory that the engine shares.
 */
#include "model/ctx.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include "base/hold.h"
#include "base/sysroot.h"

/* A text that is cut says so. */
static void printf_like(3, 0) text_format(char *buf, size_t size, const char *fmt, va_list args)
{
	if (vsnprintf(buf, size, fmt, args) >= (int)size)
		memcpy(buf + size - 4, "...", 4);
}

/* Formats into a buffer as long as the longest text of a result. */
#define FORMAT_TEXT(buf, fmt)                              \
	do {                                               \
		va_list _args;                             \
                                                           \
		va_start(_args, fmt);                      \
		text_format(buf, sizeof(buf), fmt, _args); \
		va_end(_args);                             \
	} while (0)

int ctx_fail(struct ctx *ctx, const char *label, const char *expected, const char *measured_fmt,
	     ...)
{
	char measured[sizeof(ctx->res->measured)];

	FORMAT_TEXT(measured, measured_fmt);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_FAIL,
						   .label = label,
						   .expected = expected,
						   .measured = measured });
	return 0;
}

int ctx_warn(struct ctx *ctx, const char *label, const char *expected, const char *measured_fmt,
	     ...)
{
	char measured[sizeof(ctx->res->measured)];

	FORMAT_TEXT(measured, measured_fmt);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_WARN,
						   .label = label,
						   .expected = expected,
						   .measured = measured });
	return 0;
}

int ctx_fail_absent(struct ctx *ctx, const char *label, const char *expected,
		    const char *measured_fmt, ...)
{
	char measured[sizeof(ctx->res->measured)];

	FORMAT_TEXT(measured, measured_fmt);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_FAIL,
						   .soft = true,
						   .label = label,
						   .expected = expected,
						   .measured = measured });
	return 0;
}

int ctx_pass(struct ctx *ctx, const char *expected, const char *measured_fmt, ...)
{
	char measured[sizeof(ctx->res->measured)];

	FORMAT_TEXT(measured, measured_fmt);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_PASS,
						   .expected = expected,
						   .measured = measured });
	return 0;
}

int ctx_not_applicable(struct ctx *ctx, const char *reason_fmt, ...)
{
	char reason[sizeof(ctx->res->reason)];

	FORMAT_TEXT(reason, reason_fmt);
	result_record(ctx->res,
		      &(struct finding){ .verdict = VERDICT_SKIP, .soft = true, .reason = reason });
	return 0;
}

int ctx_skip(struct ctx *ctx, const char *reason_fmt, ...)
{
	char reason[sizeof(ctx->res->reason)];

	FORMAT_TEXT(reason, reason_fmt);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_SKIP, .reason = reason });
	return 0;
}

int ctx_skip_of(struct ctx *ctx, const char *label, const char *reason_fmt, ...)
{
	char reason[sizeof(ctx->res->reason)];

	FORMAT_TEXT(reason, reason_fmt);
	result_record(
		ctx->res,
		&(struct finding){ .verdict = VERDICT_SKIP, .label = label, .reason = reason });
	return 0;
}

int ctx_error(struct ctx *ctx, int err, const char *fmt, ...)
{
	char reason[sizeof(ctx->res->reason)];

	FORMAT_TEXT(reason, fmt);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_ERROR, .reason = reason });
	return err;
}

int ctx_error_of(struct ctx *ctx, int err, const char *label, const char *fmt, ...)
{
	char reason[sizeof(ctx->res->reason)];

	FORMAT_TEXT(reason, fmt);
	result_record(
		ctx->res,
		&(struct finding){ .verdict = VERDICT_ERROR, .label = label, .reason = reason });
	return err;
}

int ctx_timeout(struct ctx *ctx, const char *doing)
{
	char measured[sizeof(ctx->res->measured)];

	util_format(measured, sizeof(measured), "its time ended while %s", doing);
	result_record(ctx->res, &(struct finding){ .verdict = VERDICT_TIMEOUT,
						   .label = "timeout",
						   .expected = "the item ends within its time",
						   .measured = measured });
	return -ETIME;
}

void ctx_evidence(struct ctx *ctx, const char *key, const char *fmt, ...)
{
	char value[sizeof(ctx->res->evidence[0].value)];

	FORMAT_TEXT(value, fmt);
	result_evidence(ctx->res, key, value);
}

bool ctx_failed(const struct ctx *ctx)
{
	return ctx->res->verdict == VERDICT_FAIL;
}

bool ctx_symptom(struct ctx *ctx, enum symptom_kind kind, const char *fmt, ...)
{
	char text[sizeof(ctx->res->seen[0].text)];

	FORMAT_TEXT(text, fmt);
	return result_symptom(ctx->res, kind, text);
}

const char *ctx_cause(const struct ctx *ctx, const char *otherwise)
{
	struct causes c = { 0 };

	result_causes(ctx->res, &c);
	causes_add_label(&c, otherwise);
	return c.list[0].label;
}

int ctx_undo(struct ctx *ctx, enum undo_op op, const struct pci_addr *addr, uint64_t value,
	     const char *text)
{
	struct item_result *res = ctx->res;
	unsigned int n = res->n_undo;
	struct undo u = { .op = op, .value = value };

	if (n >= RESULT_MAX_UNDO || (text && !util_strlcpy(u.text, sizeof(u.text), text)))
		return -ENOSPC;
	if (addr)
		u.addr = *addr;
	res->undo[n] = u;
	__atomic_store_n(&res->n_undo, n + 1, __ATOMIC_RELEASE);
	return 0;
}

int ctx_expect_fault(struct ctx *ctx, const struct pci_addr *from, uint64_t address, bool interrupt)
{
	struct item_result *res = ctx->res;
	unsigned int n = res->n_due;

	if (n >= RESULT_MAX_DUE)
		return -ENOSPC;
	res->due[n] =
		(struct due_fault){ .from = *from, .interrupt = interrupt, .address = address };
	/* The engine reads it while this process goes on. */
	__atomic_store_n(&res->n_due, n + 1, __ATOMIC_RELEASE);
	return 0;
}

void ctx_keep_undo(struct ctx *ctx, unsigned int from)
{
	if (ctx->keep)
		ctx->keep(ctx, from);
}

unsigned int ctx_ms(const struct ctx *ctx, unsigned int ms)
{
	uint64_t now = util_now_ms(), scaled = sysroot_ms(ctx->root, ms);
	uint64_t end = ctx->deadline_ms + hold_ms(ctx->root->hold);
	uint64_t left = now < end ? end - now : 0;

	return (unsigned int)(scaled < left ? scaled : left);
}
