/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one case of a table on a fake tree, as the engine would, but in this process. */
#ifndef TESTS_UNIT_FAKE_CASE_H
#define TESTS_UNIT_FAKE_CASE_H

#include "cases/areas.h"
#include "model/ctx.h"
#include "fake_sysroot.h"
#include "sys/inventory.h"

struct fake_case {
	struct settings settings;
	struct inventory inv;
	struct item_result res;
	uint8_t links[INVENTORY_MAX_NICS];
	unsigned int deadline_ms; /* 0: a second */
	const char *pf; /* the subject's address, NULL: the first PF */
};

/*
 * Scans the tree, checks the case's requirements and runs it on the PF (or the host), with its
 * fixture for it alone. The
 * verdict is SKIP, with the reason, if a requirement is not met.
 */
void fake_case_run(struct fake_case *fc, const struct fake_sysroot *fs,
		   const struct case_def *table, const char *id);
/* Undoes what the case recorded, newest first. */
void fake_case_undo(const struct fake_case *fc, const struct fake_sysroot *fs);
/* The value of the first evidence with that key, "" if there is none. */
const char *fake_case_evidence(const struct fake_case *fc, const char *key);

/*
 * The tree of a host whose guests this program plays (fake_qemu.h), which is also theirs, and a
 * @ctx for it of a case with a minute. fake_tree_teardown() ends it.
 */
struct fake_sysroot *fake_guest_host(struct ctx *ctx, struct settings *settings,
				     struct item_result *res);

#define assert_verdict(fc, want_verdict, want_label)                                    \
	do {                                                                            \
		if ((fc)->res.verdict != (want_verdict))                                \
			print_message("measured: %s; reason: %s\n", (fc)->res.measured, \
				      (fc)->res.reason);                                \
		assert_int_equal((fc)->res.verdict, want_verdict);                      \
		assert_string_equal((fc)->res.label, want_label);                       \
	} while (0)

#endif
