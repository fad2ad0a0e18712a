/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an item's result to JSON. */
#include "model/result_json.h"

#include <string.h>
#include "model/advice.h"

static json_t *evidence_to_json(const struct item_result *res)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < res->n_evidence; i++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "key", res->evidence[i].key,
						       "value", res->evidence[i].value));
	return array;
}

static json_t *console_to_json(const struct item_result *res)
{
	char copy[RESULT_CONSOLE_SIZE], *rest = copy, *line;
	json_t *array = json_array();

	util_strlcpy(copy, sizeof(copy), res->console);
	while ((line = strsep(&rest, "\n"))) {
		util_sanitise(util_trim(line));
		if (line[0])
			json_array_append_new(array, json_string(line));
	}
	return array;
}

/*
 * The advice to give. @c has what the kernel said, which explains a failure, but not a warning:
 * that stands for itself.
 */
static const struct advice *find_advice(const struct item_result *res, struct causes *c)
{
	const struct advice *advice = NULL;

	if (res->verdict != VERDICT_FAIL && res->verdict != VERDICT_TIMEOUT &&
	    res->verdict != VERDICT_CRASHED)
		c->n = 0;
	if (!res->label[0])
		return NULL;
	result_causes(res, c);
	causes_add_label(c, res->label);
	advice = advice_find(c->list[0].label);
	return advice ? advice : advice_find("unknown");
}

json_t *result_to_json(const struct item_result *res, const struct case_def *def,
		       const char *subject, uint64_t duration_ms, struct causes *causes,
		       json_t *kernel_log)
{
	const struct advice *advice = find_advice(res, causes);
	json_t *obj, *also_causes = causes_to_json(causes);

	obj = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:b, s:f, s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:o}",
		"case", def->id, "title", def->title, "subject", subject, "verdict",
		verdict_name(res->verdict), "required", !def->informative && !res->not_applicable,
		"prerequisite", res->prerequisite, "duration_s", (double)duration_ms / 1000.0,
		"expected", res->expected, "measured", res->measured, "reason", res->reason,
		"evidence", evidence_to_json(res), "label", res->label, "cause",
		advice ? advice->cause : "", "fix", advice ? advice->fix : "", "kernel_log",
		kernel_log);
	if (obj && res->console[0])
		json_object_set_new(obj, "console", console_to_json(res));
	if (obj && also_causes)
		json_object_set(obj, "also", also_causes);
	json_decref(also_causes);
	return obj;
}
