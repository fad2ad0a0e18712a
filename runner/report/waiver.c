/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which waivers count, and for what. */
#include "report/waiver.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "journal/member.h"
#include "report/report.h"

#define DAY_MS (24ll * 3600 * 1000)
#define DATE_LEN 10

int64_t waiver_end_ms(const char *until)
{
	char text[CLOCK_STRLEN], again[CLOCK_STRLEN];
	int64_t ms;

	if (strlen(until) != DATE_LEN)
		return -1;
	util_format(text, sizeof(text), "%sT00:00:00Z", until);
	ms = clock_parse(text);
	if (ms < 0)
		return -1;
	clock_format(ms, again); /* there is no 31st of February */
	return strncmp(again, until, DATE_LEN) == 0 ? ms + DAY_MS : -1;
}

/* Why the clock cannot say which waivers are over; NULL if it can. */
static const char *clock_fault(int64_t started, int64_t finished, const char *doubt)
{
	if (doubt[0])
		return doubt;
	if (!clock_is_plausible(started) || !clock_is_plausible(finished))
		return "the server's clock was wrong";
	if (finished < started)
		return "the server's clock was set back while the run went on";
	return NULL;
}

static const char *state_of(const json_t *waiver, int64_t finished, const char *fault)
{
	const int64_t end = waiver_end_ms(member_text(waiver, "until"));

	if (end < 0 || !member_text(waiver, "rule")[0] || !member_text(waiver, "reason")[0] ||
	    !member_text(waiver, "who")[0])
		return "damaged";
	if (fault)
		return "clock wrong";
	return finished < end ? "not needed" : "expired";
}

json_t *waiver_text(const json_t *waiver)
{
	return json_sprintf("%s, by %s until %s: %s", member_text(waiver, "rule"),
			    member_text(waiver, "who"), member_text(waiver, "until"),
			    member_text(waiver, "reason"));
}

static json_t *judge_one(const json_t *from, const char *state)
{
	static const char *const keys[] = { "rule", "reason", "who",   "until",
					    "port", "label",  "origin" };
	json_t *waiver = json_pack("{s:s, s:[]}", "state", state, "items");
	size_t i;

	for (i = 0; waiver && i < ARRAY_SIZE(keys); i++)
		member_set_text(waiver, keys[i], member_text(from, keys[i]));
	return waiver;
}

static void note_state(json_t *notes, const json_t *waiver, const char *fault)
{
	const char *state = member_text(waiver, "state"), *why = fault ? fault : "it is damaged";
	json_t *text;

	if (strcmp(state, "not needed") == 0)
		return;
	if (strcmp(state, "expired") == 0)
		why = "it has expired";
	text = waiver_text(waiver);
	json_array_append_new(notes, json_sprintf("a waiver does not count, as %s: %s", why,
						  text ? json_string_value(text) : ""));
	json_decref(text);
}

json_t *waivers_judge(const json_t *from, const char *started, const char *finished, json_t *notes)
{
	const int64_t begin = clock_parse(started), end = clock_parse(finished);
	const char *fault = clock_fault(begin, end, member_text(from, "clock"));
	json_t *waivers = json_array(), *waiver, *value;
	size_t i;

	json_array_foreach (json_object_get(from, "list"), i, value) {
		if (i == WAIVER_MAX)
			break;
		waiver = judge_one(value, state_of(value, end, fault));
		if (!waiver || json_array_append_new(waivers, waiver) < 0) {
			json_decref(waivers);
			return NULL;
		}
		note_state(notes, waiver, fault);
	}
	json_array_foreach (json_object_get(from, "problems"), i, value)
		if (json_is_string(value))
			json_array_append_new(
				notes, json_sprintf("waivers: %s", json_string_value(value)));
	return waivers;
}

/* "" in the waiver stands for all. */
static bool fits(const json_t *waiver, const char *key, const char *value)
{
	const char *want = member_text(waiver, key);

	return !want[0] || strcmp(want, value) == 0;
}

static bool counts(const json_t *waiver)
{
	const char *state = member_text(waiver, "state");

	return strcmp(state, "not needed") == 0 || strcmp(state, "used") == 0;
}

json_t *waivers_find(const json_t *waivers, const json_t *item)
{
	const char *rule = member_text(item, "rule");
	json_t *waiver;
	size_t i;

	if (!rule[0] || report_item_verdict(item) != VERDICT_FAIL ||
	    member_not_false(item, "prerequisite") || !member_not_false(item, "required"))
		return NULL;
	json_array_foreach (waivers, i, waiver)
		if (counts(waiver) && strcmp(member_text(waiver, "rule"), rule) == 0 &&
		    fits(waiver, "port", member_text(item, "subject")) &&
		    fits(waiver, "label", member_text(item, "label")))
			return waiver;
	return NULL;
}

int waiver_use(json_t *waiver, json_t *item)
{
	json_t *name =
		json_sprintf("%s %s", member_text(item, "case"), member_text(item, "subject"));

	if (!name || json_array_append_new(json_object_get(waiver, "items"), name) < 0)
		return -ENOMEM;
	member_set_text(waiver, "state", "used");
	return json_object_set_new(item, "waived", waiver_text(waiver)) < 0 ? -ENOMEM : 0;
}
