/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/text_rules.h"

#include <string.h>
#include "journal/member.h"
#include "report/waiver.h"

#define MAX_WHY 4 /* that are named of a rule; all of them are in the JSON form */

/* True if the plan leaves it out, and nothing else is to blame. */
static bool is_unplanned(const json_t *rule)
{
	static const char end[] = " is not in the plan";
	const json_t *text;
	size_t i;

	json_array_foreach (json_object_get(rule, "why"), i, text) {
		const char *why = json_is_string(text) ? json_string_value(text) : "";
		const size_t len = strlen(why);

		if (len < sizeof(end) || strcmp(why + len - (sizeof(end) - 1), end) != 0)
			return false;
	}
	return strcmp(member_text(rule, "state"), "not tried") == 0;
}

/* All of one state in one paragraph: "VR-101, VR-102". */
static void put_ids(struct page *p, const json_t *rules, const char *state, bool unplanned)
{
	char label[48], line[1200] = "";
	const json_t *rule;
	size_t i;

	json_array_foreach (rules, i, rule) {
		const size_t len = strlen(line);

		if (strcmp(member_text(rule, "state"), state) == 0 &&
		    is_unplanned(rule) == unplanned)
			util_format(line + len, sizeof(line) - len, "%s%s", len ? ", " : "",
				    member_text(rule, "id"));
	}
	util_format(label, sizeof(label), "  %s%s", state,
		    unplanned ? ", as the plan leaves them out" : "");
	if (line[0] && strlen(label) < 14)
		page_put_all(p, label, line);
	else if (line[0]) {
		page_put_line(p, "%s", label);
		page_put_all(p, "", line);
	}
}

static void put_why(struct page *p, const json_t *why)
{
	const size_t n = json_array_size(why);
	char line[400];
	size_t i;

	for (i = 0; i < n && i < MAX_WHY; i++) {
		const char *text = json_string_value(json_array_get(why, i));

		page_put_all(p, "", text ? text : "");
	}
	util_format(line, sizeof(line), "... and %zu more", n - i);
	if (i < n)
		page_put_all(p, "", line);
}

/* Each rule of the state with its title and its reasons. */
static void put_rules(struct page *p, const json_t *rules, const char *state)
{
	const json_t *rule;
	char line[400];
	size_t i;

	json_array_foreach (rules, i, rule) {
		if (strcmp(member_text(rule, "state"), state) != 0 || is_unplanned(rule))
			continue;
		util_format(line, sizeof(line), "%s: %s", state, member_text(rule, "title"));
		page_put_all(p, member_text(rule, "id"), line);
		put_why(p, json_object_get(rule, "why"));
	}
}

void text_rules(struct page *p, const json_t *report)
{
	const json_t *rules = json_object_get(report, "rules");

	if (json_array_size(rules) == 0)
		return;
	page_put_line(p, "Rules, which docs/readiness.md describes:");
	put_ids(p, rules, "met", false);
	put_ids(p, rules, "not applicable", false);
	put_rules(p, rules, "failed");
	put_rules(p, rules, "not tried");
	put_ids(p, rules, "not tried", true);
}

void text_waivers(struct page *p, const json_t *report)
{
	const json_t *waiver, *item;
	size_t i, k;

	json_array_foreach (json_object_get(report, "waivers"), i, waiver) {
		json_t *text = waiver_text(waiver);

		page_put_all(p, i == 0 ? "Waivers" : "", text ? json_string_value(text) : "");
		json_decref(text);
		text = json_sprintf("  %s (from the %s)", member_text(waiver, "state"),
				    member_text(waiver, "origin"));
		page_put_all(p, "", text ? json_string_value(text) : "");
		json_decref(text);
		json_array_foreach (json_object_get(waiver, "items"), k, item)
			page_put_all(p, "", json_is_string(item) ? json_string_value(item) : "");
	}
}
