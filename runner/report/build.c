/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the journal's events to the report object. The journal may have been cut off anywhere, or
 * come from a damaged stick: only members of the right type are taken, and whatever is missing
 * makes the run INCOMPLETE.
 */
#include "report/report.h"

#include <string.h>
#include "journal/journal.h"
#include "journal/member.h"
#include "model/advice.h"
#include "cases/registry.h"
#include "base/clock.h"

/* A new reference to the member if it has that type, else @otherwise, which is stolen. */
static json_t *member(const json_t *obj, const char *key, json_type type, json_t *otherwise)
{
	json_t *value = json_object_get(obj, key);

	if (!value || json_typeof(value) != type)
		return otherwise;
	json_decref(otherwise);
	return json_incref(value);
}

static json_t *text_member(const json_t *obj, const char *key)
{
	return json_string(member_text(obj, key));
}

/* The strings of an array, without anything else that may be in it. */
static json_t *texts_member(const json_t *obj, const char *key)
{
	json_t *array = json_array(), *value;
	size_t i;

	json_array_foreach (json_object_get(obj, key), i, value)
		if (json_is_string(value))
			json_array_append(array, value);
	return array;
}

static json_t *evidence_member(const json_t *obj)
{
	json_t *array = json_array(), *value;
	size_t i;

	json_array_foreach (json_object_get(obj, "evidence"), i, value)
		json_array_append_new(array,
				      json_pack("{s:s, s:s}", "key", member_text(value, "key"),
						"value", member_text(value, "value")));
	return array;
}

/* The further causes of an item. */
static json_t *also_member(const json_t *obj)
{
	json_t *array = json_array(), *value;
	size_t i;

	json_array_foreach (json_object_get(obj, "also"), i, value)
		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s}", "label",
						       member_text(value, "label"), "seen",
						       member_text(value, "seen"), "cause",
						       member_text(value, "cause"), "fix",
						       member_text(value, "fix")));
	return array;
}

/* The files that were added to the appliance, as the run began. */
static json_t *overlay_member(const json_t *start)
{
	json_t *array = json_array(), *file;
	size_t i;

	json_array_foreach (json_object_get(start, "overlay"), i, file)
		json_array_append_new(array, json_pack("{s:s, s:I, s:s, s:s}", "path",
						       member_text(file, "path"), "size",
						       member_number(file, "size"), "sha256",
						       member_text(file, "sha256"), "origin",
						       member_text(file, "origin")));
	return array;
}

/* The first event with that member: "run" if it has it, as that knows the most. */
static const json_t *event_with(const json_t *events, const char *key)
{
	const json_t *event, *found = NULL;
	size_t i;

	json_array_foreach (events, i, event) {
		if (!json_object_get(event, key))
			continue;
		if (!found || strcmp(member_text(event, "ev"), "run") == 0)
			found = event;
	}
	return found;
}

static bool is_of_item(const json_t *event, const char *ev, const char *id, const char *subject)
{
	return strcmp(member_text(event, "ev"), ev) == 0 &&
	       strcmp(member_text(event, "case"), id) == 0 &&
	       strcmp(member_text(event, "subject"), subject) == 0;
}

/* The first event of that kind about the item, NULL if there is none. */
static const json_t *item_event(const json_t *events, const char *ev, const char *id,
				const char *subject)
{
	json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (is_of_item(event, ev, id, subject))
			return event;
	return NULL;
}

/* An item without an "end": begun, so that it CRASHED, or never begun. */
static json_t *item_without_end(const char *id, const char *subject, bool begun)
{
	const struct case_def *def = registry_find(id);
	const struct advice *advice = begun ? advice_find("crashed") : NULL;

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:b, s:f, s:s, s:s, s:s, s:[], s:s, s:s, s:s, s:[]}",
		"case", id, "title", def ? def->title : "", "subject", subject, "verdict",
		verdict_name(begun ? VERDICT_CRASHED : VERDICT_NOTRUN), "required",
		!def || !def->informative, "prerequisite", 0, "duration_s", 0.0, "expected",
		begun ? "the item ends" : "", "measured",
		begun ? "the host or the runner died while it ran" : "", "reason",
		begun ? "" : "the run ended before it began", "evidence", "label",
		begun ? "crashed" : "", "cause", advice ? advice->cause : "", "fix",
		advice ? advice->fix : "", "kernel_log");
}

static json_t *item_from_end(const json_t *end, const char *id, const char *subject)
{
	enum verdict verdict = verdict_parse(member_text(end, "verdict"));
	const char *reason = member_text(end, "reason");
	double duration = member_real(end, "duration_s");
	json_t *item;

	if (verdict == VERDICT_NONE) {
		verdict = VERDICT_ERROR;
		reason = "the journal's record of this item is damaged";
	}
	item = json_pack(
		"{s:s, s:o, s:s, s:s, s:o, s:b, s:f, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}",
		"case", id, "title", text_member(end, "title"), "subject", subject, "verdict",
		verdict_name(verdict), "required", json_boolean(member_not_false(end, "required")),
		"prerequisite", member_flag(end, "prerequisite"), "duration_s",
		duration > 0 ? duration : 0.0, "expected", text_member(end, "expected"), "measured",
		text_member(end, "measured"), "reason", reason, "evidence", evidence_member(end),
		"label", text_member(end, "label"), "cause", text_member(end, "cause"), "fix",
		text_member(end, "fix"), "kernel_log", texts_member(end, "kernel_log"));
	if (json_is_array(json_object_get(end, "also")))
		json_object_set_new(item, "also", also_member(end));
	if (json_is_array(json_object_get(end, "console")))
		json_object_set_new(item, "console", texts_member(end, "console"));
	return item;
}

/*
 * When an item began, by the clock of the "start" or "resume" before it and the time since boot of
 * both: no event but these knows the clock. Not set if the journal does not say.
 */
static void set_begun(json_t *item, const json_t *events, const json_t *begin)
{
	const json_t *event, *since = NULL;
	char text[CLOCK_STRLEN];
	int64_t base, passed;
	size_t i;

	json_array_foreach (events, i, event) {
		if (event == begin)
			break;
		if (member_text(event, "time")[0])
			since = event;
	}
	base = clock_parse(member_text(since, "time"));
	passed = member_number(begin, "t_ms") - member_number(since, "t_ms");
	if (!begin || base < 0 || passed < 0 || passed > INT32_MAX)
		return;
	clock_format(base + passed, text);
	json_object_set_new(item, "begun", json_string(text));
}

/* Adds the item to the report unless it is there. */
static void add_item(json_t *items, const json_t *events, const char *id, const char *subject)
{
	const json_t *end = item_event(events, "end", id, subject);
	const json_t *begin = item_event(events, "begin", id, subject);
	json_t *item;
	size_t i;

	json_array_foreach (items, i, item)
		if (strcmp(member_text(item, "case"), id) == 0 &&
		    strcmp(member_text(item, "subject"), subject) == 0)
			return;
	if (end)
		item = item_from_end(end, id, subject);
	else
		item = item_without_end(id, subject, begin);
	set_begun(item, events, begin);
	json_array_append_new(items, item);
}

static json_t *build_items(const json_t *plan, const json_t *events)
{
	json_t *items = json_array(), *entry;
	size_t i;

	json_array_foreach (plan, i, entry)
		add_item(items, events, member_text(entry, "case"), member_text(entry, "subject"));
	/* What ran without being in the plan: the plan's line may be damaged. */
	json_array_foreach (events, i, entry) {
		const char *ev = member_text(entry, "ev");

		if (strcmp(ev, "begin") == 0 || strcmp(ev, "end") == 0)
			add_item(items, events, member_text(entry, "case"),
				 member_text(entry, "subject"));
	}
	return items;
}

static json_t *build_plan(const json_t *run)
{
	json_t *plan = json_array(), *entry;
	size_t i;

	json_array_foreach (json_object_get(run, "plan"), i, entry)
		if (member_text(entry, "case")[0])
			json_array_append_new(plan, json_pack("{s:s, s:s}", "case",
							      member_text(entry, "case"), "subject",
							      member_text(entry, "subject")));
	return plan;
}

static void add_text(json_t *array, json_t *text)
{
	json_array_append_new(array, text);
}

/* What a line says about the settings that were in force, if it does. */
static void settings_problems(json_t *problems, const json_t *event)
{
	const json_t *settings = json_object_get(event, "settings");
	const char *fault = member_text(settings, "fault");
	json_t *problem;
	size_t i;

	json_array_foreach (json_object_get(settings, "problems"), i, problem)
		add_text(problems, json_sprintf("settings: %s", json_string_value(problem)
									? json_string_value(problem)
									: "damaged"));
	if (fault[0] && strcmp(fault, "none") != 0)
		add_text(problems, json_sprintf("deliberate fault in force: %s", fault));
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
	static const char *const known[] = { "begin", "end", "note", "finish" };
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

static void event_problems(json_t *problems, const json_t *event)
{
	const char *ev = member_text(event, "ev");

	settings_problems(problems, event);
	if (!event_is_whole(event, ev))
		add_text(problems, json_sprintf("the journal is damaged: \"%s\" is not whole", ev));
	if (strcmp(ev, "note") == 0 && member_not_false(event, "incomplete"))
		add_text(problems, text_member(event, "text"));
}

/* What keeps the run from being QUALIFIED, apart from its items. */
static json_t *run_problems(const json_t *events, unsigned int damaged)
{
	const json_t *run = journal_first(events, "run");
	json_t *problems = json_array(), *event;
	size_t i;

	if (!journal_first(events, "start"))
		add_text(problems, json_string("the journal does not say how the run began"));
	if (!run)
		add_text(problems, json_string("the journal does not say what was to be run"));
	if (!journal_first(events, "finish"))
		add_text(problems, json_string("the run did not finish"));
	if (damaged > 0)
		add_text(problems,
			 json_sprintf("the journal is damaged: %u lines cannot be read", damaged));
	if (member_number(run, "left_out") > 0)
		add_text(problems,
			 json_sprintf("the setting \"cases\" leaves out %d items of the full plan",
				      (int)member_number(run, "left_out")));
	json_array_foreach (events, i, event)
		event_problems(problems, event);
	return problems;
}

static json_t *build_notes(const json_t *events, unsigned int *resumed, bool *unsafe)
{
	json_t *notes = json_array(), *event;
	size_t i;

	*resumed = 0;
	*unsafe = false;
	json_array_foreach (events, i, event) {
		const char *ev = member_text(event, "ev");

		if (strcmp(ev, "note") == 0)
			add_text(notes, text_member(event, "text"));
		if (strcmp(ev, "resume") == 0)
			++*resumed;
		*unsafe |= member_flag(event, "unsafe_interrupts");
	}
	return notes;
}

/* Where the reports are: the last event that says so. */
static const char *stored_at(const json_t *events)
{
	const char *stored = "";
	json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (member_text(event, "stored")[0])
			stored = member_text(event, "stored");
	return stored;
}

json_t *report_build(const json_t *events, unsigned int damaged)
{
	const json_t *run = journal_first(events, "run"), *finish = journal_first(events, "finish");
	json_t *plan = build_plan(run), *problems, *notes, *report;
	unsigned int resumed;
	bool unsafe;

	notes = build_notes(events, &resumed, &unsafe);
	report = json_pack(
		"{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:b, s:s}",
		"schema", REPORT_SCHEMA, "unsafe_interrupts", unsafe, "host",
		member(event_with(events, "host"), "host", JSON_OBJECT, json_object()), "iommu",
		member(event_with(events, "iommu"), "iommu", JSON_OBJECT, json_object()), "nics",
		member(run, "nics", JSON_ARRAY, json_array()), "settings",
		member(event_with(events, "settings"), "settings", JSON_OBJECT, json_object()),
		"overlay", overlay_member(journal_first(events, "start")), "items",
		build_items(plan, events), "plan", plan, "build",
		json_pack("{s:s}", "revision",
			  member_text(json_object_get(event_with(events, "build"), "build"),
				      "revision")),
		"started", text_member(event_with(events, "time"), "time"), "finished",
		text_member(finish, "time"), "notes", notes, "resumed", (int)resumed,
		"journal_damaged", damaged > 0, "stored", stored_at(events));
	if (!report)
		return NULL;
	problems = run_problems(events, damaged);
	report_decide(report, problems);
	json_decref(problems);
	return report;
}
