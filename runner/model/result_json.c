/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an item's result to JSON. */
#include "model/result_json.h"

#include <string.h>
#include "model/advice.h"

/* What all evidence may take in the item's line of the journal, which has JOURNAL_MAX_LINE. */
#define EVIDENCE_MAX_BYTES (512u << 10)

/* The bytes that a text takes as JSON, which escapes some characters. */
static size_t json_size(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '"' || *text == '\\' ? 2 : 1;
	return n;
}

static void append_evidence(json_t *array, const char *key, const char *value)
{
	json_array_append_new(array, json_pack("{s:s, s:s}", "key", key, "value", value));
}

static json_t *evidence_to_json(const struct item_result *res)
{
	json_t *array = json_array();
	unsigned int i, left_out = res->n_left_out;
	size_t size = 0;
	char text[80];

	for (i = 0; i < res->n_evidence; i++) {
		const struct evidence *ev = &res->evidence[i];

		size += strlen("{\"key\":\"\",\"value\":\"\"},") + json_size(ev->key) +
			json_size(ev->value);
		if (size > EVIDENCE_MAX_BYTES)
			break;
		append_evidence(array, ev->key, ev->value);
	}
	left_out += res->n_evidence - i;
	if (left_out > 0) {
		util_format(text, sizeof(text), "%u more pieces of evidence, for want of room",
			    left_out);
		append_evidence(array, "left_out", text);
	}
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

static void put(json_t *obj, const char *key, const char *text)
{
	json_object_set_new(obj, key, json_string(text));
}

json_t *result_to_json(const struct item_result *res, const struct case_def *def,
		       const char *subject, uint64_t duration_ms, struct causes *causes,
		       json_t *kernel_log)
{
	const struct advice *advice = find_advice(res, causes);
	json_t *obj = json_object(), *also_causes = causes_to_json(causes);

	put(obj, "case", def->id);
	put(obj, "title", def->title);
	put(obj, "subject", subject);
	put(obj, "verdict", verdict_name(res->verdict));
	json_object_set_new(obj, "required",
			    json_boolean(!def->informative && !res->not_applicable));
	json_object_set_new(obj, "prerequisite", json_boolean(res->prerequisite));
	json_object_set_new(obj, "duration_s", json_real((double)duration_ms / 1000.0));
	put(obj, "expected", res->expected);
	put(obj, "measured", res->measured);
	put(obj, "reason", res->reason);
	json_object_set_new(obj, "evidence", evidence_to_json(res));
	put(obj, "label", res->label);
	put(obj, "cause", advice ? advice->cause : "");
	put(obj, "fix", advice ? advice->fix : "");
	if (advice && strcmp(advice->label, "unknown") != 0 &&
	    strcmp(advice->label, res->label) != 0)
		put(obj, "root", advice->label);
	json_object_set_new(obj, "kernel_log", kernel_log);
	if (res->console[0])
		json_object_set_new(obj, "console", console_to_json(res));
	if (also_causes)
		json_object_set(obj, "also", also_causes);
	json_decref(also_causes);
	return obj;
}
