/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include "journal/member.h"
#include "base/util.h"
#include "model/advice.h"
#include "model/verdict.h"
#include "report/build_parts.h"

/* True if the value is an object of just these members, all texts. */
static bool has_just_texts(const json_t *value, const char *const *keys, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!json_is_string(json_object_get(value, keys[i])))
			return false;
	return json_object_size(value) == n;
}

/* The objects of an array, each with just these members, as texts. */
static json_t *objects_of(json_t *array, const char *const *keys, size_t n)
{
	json_t *made = json_array(), *value;
	size_t i, k;

	json_array_foreach (array, i, value) {
		json_t *obj;

		if (has_just_texts(value, keys, n)) {
			json_array_append(made, value);
			continue;
		}
		obj = json_object();
		for (k = 0; k < n; k++)
			member_set_text(obj, keys[k], member_text(value, keys[k]));
		json_array_append_new(made, obj);
	}
	return made;
}

json_t *build_texts(const json_t *array)
{
	json_t *made = json_array(), *value;
	size_t i;

	json_array_foreach (array, i, value)
		if (json_is_string(value))
			json_array_append(made, value);
	return made;
}

/* Sets a member to the event's text, or to "". */
static void take_text(json_t *item, const char *key, const json_t *event)
{
	json_t *value = json_object_get(event, key);

	if (json_is_string(value))
		json_object_set(item, key, value);
	else
		member_set_text(item, key, "");
}

json_t *build_item_from_end(const json_t *end)
{
	static const char *const evidence[] = { "key", "value" };
	static const char *const cause[] = { "label", "seen", "cause", "fix" };
	const enum verdict verdict = verdict_parse(member_text(end, "verdict"));
	const double duration = member_real(end, "duration_s");
	json_t *item = json_object(), *also = json_object_get(end, "also");
	json_t *console = json_object_get(end, "console");

	take_text(item, "case", end);
	take_text(item, "title", end);
	take_text(item, "subject", end);
	take_text(item, "expected", end);
	take_text(item, "measured", end);
	take_text(item, "reason", end);
	take_text(item, "label", end);
	take_text(item, "cause", end);
	take_text(item, "fix", end);
	member_set_text(item, "verdict", verdict_name(verdict));
	if (verdict == VERDICT_NONE) {
		member_set_text(item, "verdict", verdict_name(VERDICT_ERROR));
		member_set_text(item, "reason", "the journal's record of this item is damaged");
	}
	member_set_flag(item, "required", member_not_false(end, "required"));
	member_set_flag(item, "prerequisite", member_flag(end, "prerequisite"));
	member_set_real(item, "duration_s", duration > 0 ? duration : 0.0);
	json_object_set_new(
		item, "evidence",
		objects_of(json_object_get(end, "evidence"), evidence, ARRAY_SIZE(evidence)));
	json_object_set_new(item, "kernel_log", build_texts(json_object_get(end, "kernel_log")));
	if (member_text(end, "root")[0])
		take_text(item, "root", end);
	if (json_is_array(also))
		json_object_set_new(item, "also", objects_of(also, cause, ARRAY_SIZE(cause)));
	if (json_is_array(console))
		json_object_set_new(item, "console", build_texts(console));
	return item;
}

const char *build_telling_line(const json_t *last_words)
{
	static const char *const telling[] = {
		"*BUG: *", "*Oops*", "*general protection fault*", "*lockup*", "*Kernel panic*", "*"
	};
	const json_t *line;
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(telling); k++)
		json_array_foreach (last_words, i, line)
			if (util_glob(telling[k],
				      json_string_value(line) ? json_string_value(line) : ""))
				return json_string_value(line) ? json_string_value(line) : "";
	return "";
}

/* How an item ended that did not come to its end. */
static void set_crash(json_t *item, const struct unended *u)
{
	const struct advice *advice = advice_find("crashed");
	const char *line = build_telling_line(u->last_words);
	char measured[400];

	util_format(measured, sizeof(measured), "the host's kernel died while it ran: %s", line);
	member_set_text(item, "verdict", verdict_name(VERDICT_CRASHED));
	member_set_text(item, "expected", "the item ends");
	member_set_text(item, "measured",
			line[0] ? measured : "the host or the runner died while it ran");
	member_set_text(item, "reason", "");
	member_set_text(item, "label", "crashed");
	member_set_text(item, "cause", advice ? advice->cause : "");
	member_set_text(item, "fix", advice ? advice->fix : "");
}

json_t *build_item_without_end(const struct unended *u)
{
	const char *own = member_text(u->entry, "title");
	json_t *item = json_object();

	member_set_text(item, "case", u->id);
	member_set_text(item, "title", own[0] ? own : u->title);
	member_set_text(item, "subject", u->subject);
	member_set_text(item, "verdict",
			verdict_name(u->what == WITHOUT_LINE ? VERDICT_ERROR : VERDICT_NOTRUN));
	member_set_flag(item, "required", member_not_false(u->entry, "required"));
	member_set_flag(item, "prerequisite", false);
	member_set_real(item, "duration_s", 0.0);
	member_set_text(item, "expected", "");
	member_set_text(item, "measured", "");
	member_set_text(item, "reason",
			u->what == WITHOUT_LINE
				? "the journal is damaged behind its begin: its end is not known"
			: u->reason[0] ? u->reason
				       : "the run ended before it began");
	json_object_set_new(item, "evidence", json_array());
	member_set_text(item, "label", "");
	member_set_text(item, "cause", "");
	member_set_text(item, "fix", "");
	if (u->what == WITHOUT_END)
		set_crash(item, u);
	json_object_set_new(item, "kernel_log", build_texts(u->last_words));
	return item;
}
