/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run's verdict. QUALIFIED is what remains when nothing speaks against it; whatever is doubtful
 * is INCOMPLETE.
 */
#include <string.h>
#include "journal/member.h"
#include "report/report.h"

struct tally {
	unsigned int counts[VERDICT_COUNT];
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

static void tally_item(struct tally *t, const json_t *item, json_t *disproofs, json_t *doubts)
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
	if (!what)
		return;
	t->disproved |= disproved;
	if (v == VERDICT_SKIP && strcmp(member_text(item, "label"), "no_link") == 0) {
		json_object_set_new(t->unlinked, subject,
				    json_integer(member_number(t->unlinked, subject) + 1));
		return;
	}
	json_array_append_new(disproved ? disproofs : doubts,
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

/*
 * Where the own frames of no port at all get out, of two or more that were tried, it is not the
 * cards. The reason for it comes before all others, with each port as its effect.
 */
static void blame_platform(const json_t *items, json_t *reasons)
{
	json_t *ports = json_array(), *item;
	unsigned int others = 0;
	size_t i;

	json_array_foreach (items, i, item) {
		if (strcmp(member_text(item, "case"), "nic_traffic") != 0)
			continue;
		if (strcmp(member_text(item, "label"), "pf_no_dma") == 0)
			json_array_append(ports, json_object_get(item, "subject"));
		else if (report_item_verdict(item) != VERDICT_SKIP)
			others++;
	}
	if (others == 0 && json_array_size(ports) > 1) {
		char names[600] = "";
		size_t used = 0;

		json_array_foreach (ports, i, item)
			if (used < sizeof(names))
				used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
							 used ? ", " : "", json_string_value(item));
		json_array_insert_new(
			reasons, 0,
			json_sprintf(
				"the platform: what devices read and write does not get through "
				"(IOMMU, BIOS); all ports suffer from it: %s",
				names));
	}
	json_decref(ports);
}

void report_decide(json_t *report, const json_t *problems)
{
	json_t *disproofs = json_array(), *doubts = json_deep_copy(problems), *item;
	const json_t *items = json_object_get(report, "items");
	enum run_verdict verdict = RUN_QUALIFIED;
	struct tally t = { .unlinked = json_object() };
	size_t i;

	json_array_foreach (items, i, item)
		tally_item(&t, item, disproofs, doubts);
	add_unlinked(&t, doubts);
	json_decref(t.unlinked);
	if (json_array_size(items) == 0)
		json_array_append_new(doubts, json_string("the plan is empty"));
	if (t.counts[VERDICT_PASS] == 0)
		json_array_append_new(doubts, json_string("nothing passed"));
	if (!t.pf_tested)
		json_array_append_new(doubts, json_string("no SR-IOV network port was tested"));

	if (t.disproved)
		verdict = RUN_NOT_QUALIFIED;
	else if (json_array_size(doubts) > 0)
		verdict = RUN_INCOMPLETE;
	blame_platform(items, disproofs);
	json_array_extend(disproofs, doubts);
	json_decref(doubts);
	json_object_set_new(report, "verdict_reasons", disproofs);
	json_object_set_new(report, "counts", counts_to_json(&t));
	json_object_set_new(
		report, "verdict",
		json_string(run_verdict_name(verdict, member_flag(report, "unsafe_interrupts"))));
}

enum run_verdict report_verdict(const json_t *report, bool *unsafe_interrupts)
{
	const char *name = member_text(report, "verdict");
	enum run_verdict v;

	*unsafe_interrupts = member_flag(report, "unsafe_interrupts");
	for (v = RUN_QUALIFIED; v <= RUN_INCOMPLETE; v++)
		if (strcmp(name, run_verdict_name(v, *unsafe_interrupts)) == 0)
			return v;
	return RUN_INCOMPLETE;
}
