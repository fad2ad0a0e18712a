/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an unfinished journal: whose it is, and what is left to do.
 */
#include "core/resume.h"

#include <errno.h>
#include <string.h>
#include "report/report.h"
#include "version.h"

static const json_t *first_event(const json_t *events, const char *ev)
{
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (strcmp(report_text(event, "ev"), ev) == 0)
			return event;
	return NULL;
}

bool resume_is_ours(const json_t *events, const struct host_info *host,
		    const struct settings *settings)
{
	const json_t *start = first_event(events, "start");
	const json_t *there = json_object_get(start, "host");

	return start && strcmp(report_text(there, "serial"), host->serial) == 0 &&
	       strcmp(report_text(there, "product"), host->product) == 0 &&
	       strcmp(report_text(json_object_get(start, "build"), "revision"), VFPROOF_REVISION) ==
		       0 &&
	       strcmp(report_text(json_object_get(start, "settings"), "cases"), settings->cases) ==
		       0;
}

unsigned int resume_count(const json_t *events)
{
	unsigned int n = 0;
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event) {
		const char *ev = report_text(event, "ev");

		if (strcmp(ev, "resume") == 0)
			n++;
		else if (strcmp(ev, "end") == 0)
			n = 0;
	}
	return n;
}

static bool was_begun(const json_t *events, const struct plan_item *item)
{
	char subject[PCI_ADDR_STRLEN];
	const json_t *event;
	size_t i;

	plan_item_subject(item, subject);
	json_array_foreach (events, i, event) {
		const char *ev = report_text(event, "ev");

		if ((strcmp(ev, "begin") == 0 || strcmp(ev, "end") == 0) &&
		    strcmp(report_text(event, "case"), item->def->id) == 0 &&
		    strcmp(report_text(event, "subject"), subject) == 0)
			return true;
	}
	return false;
}

int resume_plan(struct plan *plan, const json_t *events, const struct inventory *inv)
{
	const json_t *run = first_event(events, "run");
	unsigned int i;
	int ret;

	*plan = (struct plan){ 0 };
	if (!run)
		return -ENODATA;
	ret = plan_from_json(plan, json_object_get(run, "plan"), inv);
	for (i = 0; i < plan->n; i++)
		plan->items[i].done = was_begun(events, &plan->items[i]);
	return ret;
}
