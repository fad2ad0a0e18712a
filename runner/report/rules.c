/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run's verdict. QUALIFIED is what remains when nothing speaks against it; whatever is doubtful
 * is INCOMPLETE.
 */
#include <string.h>
#include "base/util.h"
#include "journal/member.h"
#include "report/platform.h"
#include "report/report.h"
#include "report/waiver.h"

struct tally {
	unsigned int counts[VERDICT_COUNT];
	json_t *disproofs, *doubts, *waived; /* texts */
	json_t *waivers;
	bool pf_tested; /* some PF item passed, perhaps with a warning */
	bool disproved; /* a required item shows that the machine does not do it */
	json_t *unlinked; /* by port: how many items wanted a link that it does not have */
};

/* What a required item that did not pass does to the run, in words; NULL if nothing. */
static const char *objection(enum verdict v, bool prerequisite, bool *disproved)
{
	switch (v) {
	case VERDICT_FAIL:
		*disproved = !prerequisite;
		return prerequisite ? "is missing altogether" : "failed";
	case VERDICT_TIMEOUT:
		*disproved = true;
		return "did not end in time";
	case VERDICT_CRASHED:
		*disproved = true;
		return "crashed";
	case VERDICT_SKIP:
		return "was skipped";
	case VERDICT_ERROR:
		return "could not be carried out";
	case VERDICT_NOTRUN:
		return "was not run";
	case VERDICT_PASS:
	case VERDICT_WARN:
		return NULL;
	case VERDICT_NONE:
	case VERDICT_COUNT:
		break;
	}
	return "has no verdict";
}

enum verdict report_item_verdict(const json_t *item)
{
	return verdict_parse(member_text(item, "verdict"));
}

/*
 * True if the item failed and a waiver covers that. It stays a reason. What cannot be noted is not
 * waived.
 */
static bool is_waived(struct tally *t, json_t *item)
{
	json_t *waiver = waivers_find(t->waivers, item);

	return waiver && waiver_use(waiver, item) == 0 &&
	       json_array_append_new(t->waived, json_sprintf("%s %s failed, which is waived: %s",
							     member_text(item, "case"),
							     member_text(item, "subject"),
							     member_text(item, "waived"))) == 0;
}

static void tally_item(struct tally *t, json_t *item)
{
	enum verdict v = report_item_verdict(item);
	const char *subject = member_text(item, "subject");
	bool disproved = false;
	const char *what;

	t->counts[v]++;
	if (strcmp(subject, "host") != 0 && (v == VERDICT_PASS || v == VERDICT_WARN))
		t->pf_tested = true;
	if (!member_not_false(item, "required"))
		return;
	what = objection(v, member_flag(item, "prerequisite"), &disproved);
	if (!what || (disproved && is_waived(t, item)))
		return;
	t->disproved |= disproved;
	if (v == VERDICT_SKIP && strcmp(member_text(item, "label"), "no_link") == 0) {
		json_object_set_new(t->unlinked, subject,
				    json_integer(member_number(t->unlinked, subject) + 1));
		return;
	}
	json_array_append_new(disproved ? t->disproofs : t->doubts,
			      json_sprintf("%s %s %s", member_text(item, "case"), subject, what));
}

/* One reason for all that a port without a link could not show. */
static void add_unlinked(const struct tally *t, json_t *doubts)
{
	const char *port;
	json_t *n;
	size_t i = 0;

	json_object_foreach (t->unlinked, port, n)
		json_array_insert_new(
			doubts, i++,
			json_sprintf("port %s has no link, and %d items need one: connect it and "
				     "switch the far end on, or leave it out (ports=linked)",
				     port, (int)json_integer_value(n)));
}

static json_t *counts_to_json(const struct tally *t)
{
	json_t *counts = json_object();
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		json_object_set_new(counts, verdict_name(v), json_integer(t->counts[v]));
	return counts;
}

/* What is doubtful apart from single items. */
static void add_doubts(const struct tally *t, const json_t *items)
{
	add_unlinked(t, t->doubts);
	if (json_array_size(items) == 0)
		json_array_append_new(t->doubts, json_string("the plan is empty"));
	if (t->counts[VERDICT_PASS] == 0)
		json_array_append_new(t->doubts, json_string("nothing passed"));
	if (!t->pf_tested)
		json_array_append_new(t->doubts, json_string("no SR-IOV network port was tested"));
}

static enum run_verdict decide(const struct tally *t)
{
	if (t->disproved)
		return RUN_NOT_QUALIFIED;
	if (json_array_size(t->doubts) > 0)
		return RUN_INCOMPLETE;
	return json_array_size(t->waived) > 0 ? RUN_WAIVED : RUN_QUALIFIED;
}

void report_decide(json_t *report, const json_t *problems)
{
	const json_t *items = json_object_get(report, "items");
	const bool unsafe = member_flag(report, "unsafe_interrupts");
	struct tally t = { .disproofs = json_array(),
			   .doubts = json_deep_copy(problems),
			   .waived = json_array(),
			   .waivers = json_object_get(report, "waivers"),
			   .unlinked = json_object() };
	json_t *item, *platform;
	enum run_verdict verdict;
	size_t i;

	json_array_foreach (items, i, item)
		tally_item(&t, item);
	add_doubts(&t, items);
	verdict = decide(&t);
	platform = platform_blame(items);
	if (platform) /* before all others, as they are its effects */
		json_array_insert_new(t.disproofs, 0, platform);
	json_array_extend(t.disproofs, t.waived);
	json_array_extend(t.disproofs, t.doubts);
	json_decref(t.doubts);
	json_decref(t.waived);
	json_decref(t.unlinked);
	json_object_set_new(report, "verdict_reasons", t.disproofs);
	json_object_set_new(report, "counts", counts_to_json(&t));
	json_object_set_new(report, "verdict", json_string(run_verdict_name(verdict, unsafe)));
}

enum run_verdict report_verdict(const json_t *report, bool *unsafe_interrupts)
{
	const char *name = member_text(report, "verdict");
	enum run_verdict v;

	*unsafe_interrupts = member_flag(report, "unsafe_interrupts");
	for (v = RUN_QUALIFIED; v < RUN_COUNT; v++)
		if (strcmp(name, run_verdict_name(v, *unsafe_interrupts)) == 0)
			return v;
	return RUN_INCOMPLETE;
}
