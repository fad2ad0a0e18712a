/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which readiness rules a run has shown to be met. */
#include "report/readiness.h"

#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "report/report.h"
#include "report/waiver.h"

static const char *const states[] = { "met", "failed", "not tried", "not applicable" };

enum effect { SHOWS, FAILS, LACKS, SAYS_NOTHING };

/* What an item says of its rule, in words if it is to blame. */
static enum effect effect_of(const json_t *item, const char **what)
{
	const bool required = member_not_false(item, "required");

	switch (report_item_verdict(item)) {
	case VERDICT_PASS:
	case VERDICT_WARN:
		return SHOWS;
	case VERDICT_FAIL:
		*what = member_text(item, "waived")[0] ? "failed, and is waived" : "failed";
		return required ? FAILS : SAYS_NOTHING;
	case VERDICT_TIMEOUT:
		*what = "did not end in time";
		return required ? FAILS : SAYS_NOTHING;
	case VERDICT_CRASHED:
		*what = "crashed";
		return required ? FAILS : SAYS_NOTHING;
	case VERDICT_SKIP:
		*what = "was skipped";
		return required ? LACKS : SAYS_NOTHING;
	case VERDICT_NOTRUN:
		*what = "was not run";
		return required ? LACKS : SAYS_NOTHING;
	default:
		*what = "could not be carried out";
		return required ? LACKS : SAYS_NOTHING;
	}
}

struct finding_of {
	unsigned int n[SAYS_NOTHING + 1];
	json_t *failed, *lacking; /* texts */
};

/* All that the items say of the case. */
static void look_at_case(struct finding_of *r, const json_t *items, const char *id)
{
	unsigned int seen = 0;
	const json_t *item;
	size_t i;

	json_array_foreach (items, i, item) {
		const char *what = "";
		enum effect e;

		if (strcmp(member_text(item, "case"), id) != 0)
			continue;
		seen++;
		e = effect_of(item, &what);
		r->n[e]++;
		if (e == FAILS || e == LACKS)
			json_array_append_new(
				e == FAILS ? r->failed : r->lacking,
				json_sprintf("%s %s %s", id, member_text(item, "subject"), what));
	}
	if (seen > 0)
		return;
	r->n[LACKS]++;
	json_array_append_new(r->lacking, json_sprintf("%s is not in the plan", id));
}

static const char *state_of(const struct finding_of *r)
{
	if (r->n[FAILS] > 0)
		return "failed";
	if (r->n[LACKS] > 0)
		return "not tried";
	return r->n[SHOWS] > 0 ? "met" : "not applicable";
}

/* The rule with its state. NULL without memory. */
static json_t *judge(const json_t *rule, const json_t *items)
{
	struct finding_of r = { .failed = json_array(), .lacking = json_array() };
	json_t *judged = json_deep_copy(rule);
	const json_t *id;
	size_t i;

	json_array_foreach (json_object_get(rule, "cases"), i, id)
		look_at_case(&r, items, json_string_value(id));
	member_set_text(judged, "state", state_of(&r));
	json_array_extend(r.failed, r.lacking);
	json_object_set(judged, "why", r.failed);
	json_decref(r.failed);
	json_decref(r.lacking);
	return judged;
}

int readiness_add(json_t *report, const json_t *rules)
{
	json_t *judged = json_array();
	const json_t *rule;
	size_t i;

	json_array_foreach (rules, i, rule)
		if (json_array_append_new(judged, judge(rule, json_object_get(report, "items"))) <
		    0) {
			json_decref(judged);
			return -ENOMEM;
		}
	return json_object_set_new(report, "rules", judged) < 0 ? -ENOMEM : 0;
}

int readiness_decide(json_t *report, const json_t *start, const json_t *problems)
{
	json_t *rules = rules_load(), *waivers, *item;
	size_t i;
	int ret;

	if (!rules)
		return -ENOMEM;
	json_array_foreach (json_object_get(report, "items"), i, item) {
		const char *rule = rules_of_case(rules, member_text(item, "case"));

		if (rule[0])
			member_set_text(item, "rule", rule);
	}
	waivers = waivers_judge(json_object_get(start, "waivers"), member_text(report, "started"),
				member_text(report, "finished"), json_object_get(report, "notes"));
	ret = json_object_set_new(report, "waivers", waivers) < 0 ? -ENOMEM : 0;
	report_decide(report, problems);
	if (ret == 0)
		ret = readiness_add(report, rules);
	json_decref(rules);
	return ret;
}

bool readiness_count(const json_t *report, const char *state, unsigned int *count)
{
	const json_t *rules = json_object_get(report, "rules"), *rule;
	size_t i;

	*count = 0;
	json_array_foreach (rules, i, rule)
		*count += strcmp(member_text(rule, "state"), state) == 0;
	return json_array_size(rules) > 0;
}

bool readiness_text(const json_t *report, char *buf, size_t size)
{
	unsigned int n;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		const size_t len = strlen(buf);

		if (!readiness_count(report, states[i], &n))
			return false;
		if (n > 0)
			util_format(buf + len, size - len, "%s%u %s", len ? ", " : "", n,
				    states[i]);
	}
	return true;
}
