/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An item's result as it is in the journal and the report, with its cause and fix.
 */
#ifndef VFPROOF_MODEL_RESULT_JSON_H
#define VFPROOF_MODEL_RESULT_JSON_H

#include <jansson.h>
#include "model/case.h"
#include "model/result.h"

/*
 * The item as it is in the journal and the report. @causes are those that the kernel log names;
 * @kernel_log is stolen. Caller owns the result.
 */
json_t *result_to_json(const struct item_result *res, const struct case_def *def,
		       const char *subject, uint64_t duration_ms, struct causes *causes,
		       json_t *kernel_log);

#endif
