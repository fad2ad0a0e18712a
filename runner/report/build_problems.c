/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include "journal/member.h"
#include "report/build_parts.h"

/* What a line says about the settings that were in force, if it does. */
static void settings_problems(json_t *problems, const json_t *event)
{
	const json_t *settings = json_object_get(event, "settings");
	const char *fault = member_text(settings, "fault");
	json_t *problem;
	size_t i;

	json_array_foreach (json_object_get(settings, "problems"), i, problem) {
		const char *text = json_string_value(problem);

		json_array_append_new(problems,
				      json_sprintf("settings: %s", text ? text : "damaged"));
	}
	if (fault[0] && strcmp(fault, "none") != 0)
		json_array_append_new(problems,
				      json_sprintf("deliberate fault in force: %s", fault));
}

/* "start" and "resume": what is missing here must not be taken for "none" or "no". */
static bool start_is_whole(const json_t *event)
{
	const json_t *settings = json_object_get(event, "settings");

	return json_is_boolean(json_object_get(event, "unsafe_interrupts")) &&
	       json_is_array(json_object_get(settings, "problems")) &&
	       member_text(settings, "fault")[0];
}

/* "run": nothing that was planned may get lost. */
static bool run_is_whole(const json_t *event)
{
	const json_t *plan = json_object_get(event, "plan"), *entry;
	size_t i;

	json_array_foreach (plan, i, entry)
		if (!member_text(entry, "case")[0] || !member_text(entry, "subject")[0])
			return false;
	return json_is_array(plan) && json_is_integer(json_object_get(event, "left_out"));
}

static bool event_is_whole(const json_t *event, const char *ev)
{
	static const char *const known[] = { "begin", "end",	"note",	    "wire",	  "cut",
					     "stick", "stored", "given_up", "last_words", "finish",
					     "boot",  "signer", "signalled" };
	size_t i;

	if (strcmp(ev, "start") == 0 || strcmp(ev, "resume") == 0)
		return start_is_whole(event);
	if (strcmp(ev, "run") == 0)
		return run_is_whole(event);
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(ev, known[i]) == 0)
			return true;
	return false;
}

void build_event_problems(json_t *problems, const json_t *event)
{
	const char *ev = member_text(event, "ev");

	settings_problems(problems, event);
	if (!event_is_whole(event, ev))
		json_array_append_new(
			problems, json_sprintf("the journal is damaged: \"%s\" is not whole", ev));
	if (strcmp(ev, "note") == 0 && member_not_false(event, "incomplete"))
		json_array_append_new(problems, json_string(member_text(event, "text")));
}
