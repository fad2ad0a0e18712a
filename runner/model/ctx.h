/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a case function gets and what it may say. A case runs in a forked child; everything that it
 * finds goes into struct item_result, which lies in memory shared with the engine, so that nothing
 * is lost when the child is killed.
 */
#ifndef VFPROOF_MODEL_CTX_H
#define VFPROOF_MODEL_CTX_H

#include "model/case.h"
#include "model/result.h"
#include "model/settings.h"

struct inventory;
struct nic;
struct sysroot;

/* What is known in a run of whether a port has a link. */
enum port_link {
	PORT_LINK_UNKNOWN,
	PORT_LINK_NEVER, /* it was waited for, in vain */
	PORT_LINK_SEEN,
};

/* What a case function gets. All pointers are borrowed and outlive the call. */
struct ctx {
	const struct case_def *def;
	const struct settings *settings;
	const struct sysroot *root;
	const struct inventory *inv; /* as scanned when the run began, drivers loaded */
	const struct nic *pf; /* the subject, NULL for the host */
	uint64_t deadline_ms; /* util_now_ms() at which the child is killed, holds not counted */
	struct item_result *res;
	uint8_t *links; /* enum port_link of each NIC of @inv, of all processes; NULL: not kept */
	void *fixture; /* state of the case's fixture */
	unsigned int memory_mb; /* MiB that all guests at a time may have; 0: unknown */
	unsigned int memory_used_mb; /* of it, by guests that run */
	/* See ctx_keep_undo(). */
	void (*keep)(struct ctx *ctx, unsigned int from);
	void *keep_arg;
};

/*
 * Verdicts. The worst call wins (FAIL over WARN over PASS); the first FAIL's texts are kept and
 * later ones become evidence. @label is a key of configs/advice.ini, which gives cause and fix.
 * All return 0, so that `return ctx_fail(...)` ends a case; a case that returns -errno is an
 * ERROR, one that returns 0 without a verdict is a PASS if it recorded any evidence.
 */
int ctx_fail(struct ctx *ctx, const char *label, const char *expected, const char *measured_fmt,
	     ...) printf_like(4, 5);
int ctx_warn(struct ctx *ctx, const char *label, const char *expected, const char *measured_fmt,
	     ...) printf_like(4, 5);
/* As ctx_fail(), for a thing that is absent altogether: the run is INCOMPLETE, not disproved. */
int ctx_fail_absent(struct ctx *ctx, const char *label, const char *expected,
		    const char *measured_fmt, ...) printf_like(4, 5);
/* PASS with what was asked for and what was seen. */
int ctx_pass(struct ctx *ctx, const char *expected, const char *measured_fmt, ...)
	printf_like(3, 4);
/* The device truly cannot do this: SKIP that does not keep the run from being QUALIFIED. */
int ctx_not_applicable(struct ctx *ctx, const char *reason_fmt, ...) printf_like(2, 3);
/* A requirement found missing only while running: SKIP, and the run is INCOMPLETE. */
int ctx_skip(struct ctx *ctx, const char *reason_fmt, ...) printf_like(2, 3);
/* The same, with a label: there is a cause, and something to do about it. */
int ctx_skip_of(struct ctx *ctx, const char *label, const char *reason_fmt, ...) printf_like(3, 4);
/* The check could not be carried out: records the text and returns @err. */
int ctx_error(struct ctx *ctx, int err, const char *fmt, ...) printf_like(3, 4);
/* The same, with a label: there is a cause outside the device, and something to do about it. */
int ctx_error_of(struct ctx *ctx, int err, const char *label, const char *fmt, ...)
	printf_like(4, 5);
/* The item's time ended while it waited for something: TIMEOUT. Returns -ETIME. */
int ctx_timeout(struct ctx *ctx, const char *doing);
/* One line of evidence. Keys are short, stable, [a-z0-9_.]. */
void ctx_evidence(struct ctx *ctx, const char *key, const char *fmt, ...) printf_like(3, 4);
bool ctx_failed(const struct ctx *ctx);

/*
 * Looks a text up in the table of symptoms; if it is known there, it is one of the causes that the
 * report names should this item fail. Returns true if it is known and not harmless.
 */
bool ctx_symptom(struct ctx *ctx, enum symptom_kind kind, const char *fmt, ...) printf_like(3, 4);
/* The label of the likeliest cause of all that ctx_symptom() was given and @otherwise. */
const char *ctx_cause(const struct ctx *ctx, const char *otherwise);

/*
 * Records an undo; call it before the act. Returns 0 or -ENOSPC, upon which the act must not be
 * done.
 */
int ctx_undo(struct ctx *ctx, enum undo_op op, const struct pci_addr *addr, uint64_t value,
	     const char *text) must_check;

/*
 * What an item adds to its fixture, such as another guest, is undone with the fixture and not at
 * the item's end: the undos that were recorded since res->n_undo was @from.
 */
void ctx_keep_undo(struct ctx *ctx, unsigned int from);

/*
 * The item is about to have the function at @from do what the IOMMU must block: the kernel's words
 * for that are no finding then, of this function and this page (or, with @interrupt, this index).
 * Of any other they are what they always are. Returns 0 or -ENOSPC, upon which it must not be done.
 */
int ctx_expect_fault(struct ctx *ctx, const struct pci_addr *from, uint64_t address,
		     bool interrupt) must_check;

/*
 * How long a step may take that has @ms milliseconds on an ordinary host: scaled by
 * timeout_percent, and cut to what is left until the item's deadline. 0 if nothing is left.
 */
unsigned int ctx_ms(const struct ctx *ctx, unsigned int ms);

#endif
