/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An item's result: how findings are recorded in it, by the case and by the engine, and its form in
 * the journal and the report.
 */
#ifndef VFPROOF_MODEL_RESULT_H
#define VFPROOF_MODEL_RESULT_H

#include <jansson.h>
#include "model/case.h"
#include "model/cause.h"

struct finding {
	enum verdict verdict;
	bool soft; /* FAIL: prerequisite; SKIP: not applicable. A hard finding is worse. */
	const char *label, *expected, *measured, *reason; /* NULL for none */
};

/*
 * Makes @f the item's finding if it is worse than what there is (PASS, WARN, SKIP, ERROR, FAIL,
 * then TIMEOUT and CRASHED); the other of the two becomes evidence.
 */
void result_record(struct item_result *res, const struct finding *f);
void result_evidence(struct item_result *res, const char *key, const char *value);

/* See ctx_symptom(). */
bool result_symptom(struct item_result *res, enum symptom_kind kind, const char *text);
/* Adds the symptoms that the item has recorded. */
void result_causes(const struct item_result *res, struct causes *c);

/*
 * Copies a result out of the memory that a dead child wrote to, with every count and text made
 * safe: nothing that the child left there can lead out of the structure.
 */
void result_copy(struct item_result *dst, const struct item_result *src);

/*
 * The item as it is in the journal and the report. @causes are those that the kernel log names;
 * @kernel_log is stolen. Caller owns the result.
 */
json_t *result_to_json(const struct item_result *res, const struct case_def *def,
		       const char *subject, uint64_t duration_ms, struct causes *causes,
		       json_t *kernel_log);

#endif
