/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the journal's events to the report object. The journal may have been cut off anywhere, or
 * come from a damaged stick: whatever is missing makes the run INCOMPLETE.
 *
 * Events are taken one after the other, once each, and what of them is not in the report can be
 * freed at once: the time grows with the number of items and not with its square, and there is
 * never more than the report in memory.
 */
#include "report/report.h"
#include "report/subjects.h"

#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "journal/again.h"
#include "journal/item_index.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "report/build_parts.h"
#include "report/blame.h"
#include "report/figure_list.h"
#include "report/levels.h"
#include "report/readiness.h"

#define MAX_LAST_WORDS 32

/* What events have said of an item; its number is that of the index. */
struct found {
	json_t *id, *subject; /* texts, NULL for "" */
	json_t *item; /* from its first "end", NULL: it did not end */
	json_t *last_words; /* of the kernel, after it began; NULL: unknown */
	bool begun, added;
	bool unsure; /* a line that is damaged or missing may be its end */
	char begun_at[CLOCK_STRLEN]; /* "": not known */
};

/* Facts that several events may have, of which one counts. */
enum fact { FACT_HOST, FACT_IOMMU, FACT_SETTINGS, FACT_BUILD, FACT_TIME, FACT_COUNT };

static const char *const fact_keys[FACT_COUNT] = {
	[FACT_HOST] = "host",	[FACT_IOMMU] = "iommu", [FACT_SETTINGS] = "settings",
	[FACT_BUILD] = "build", [FACT_TIME] = "time",
};

struct report_builder {
	json_t *start, *run, *finish; /* the first of each kind */
	json_t *facts[FACT_COUNT];
	json_t *notes, *problems; /* texts */
	json_t *wires; /* by port: the last that was found out of its wire */
	json_t *given_up; /* by subject, "" for all: why nothing more was tried */
	json_t *titles; /* of cases that have ended: an old journal's plan does not say them */
	json_t *last; /* by kind of event: what the last one of it says */
	char *stored;
	unsigned int resumed, n_last_words;
	bool unsafe;
	int64_t clock_ms; /* of the last event that knew the clock, -1: none, or no time */
	json_int_t clock_t_ms; /* time since boot of that event */
	struct item_index index;
	struct found *found;
	size_t size; /* there is room for so many */
	size_t n_events;
	bool failed; /* without memory */
	const struct journal_damage *damage; /* counts along with the events; NULL: none */
	unsigned int seen_damage;
};

struct report_builder *report_begin(const struct journal_damage *damage)
{
	struct report_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->clock_ms = -1;
	b->damage = damage;
	b->notes = json_array();
	b->problems = json_array();
	b->titles = json_object();
	b->wires = json_object();
	b->given_up = json_object();
	b->last = json_object();
	return b;
}

static void builder_free(struct report_builder *b)
{
	size_t i;

	for (i = 0; i < b->index.n; i++) {
		json_decref(b->found[i].id);
		json_decref(b->found[i].subject);
		json_decref(b->found[i].item);
		json_decref(b->found[i].last_words);
	}
	for (i = 0; i < FACT_COUNT; i++)
		json_decref(b->facts[i]);
	json_decref(b->start);
	json_decref(b->run);
	json_decref(b->finish);
	json_decref(b->notes);
	json_decref(b->problems);
	json_decref(b->titles);
	json_decref(b->wires);
	json_decref(b->given_up);
	json_decref(b->last);
	item_index_free(&b->index);
	free(b->found);
	free(b->stored);
	free(b);
}

/* Makes room for one more item. */
static bool grow(struct report_builder *b)
{
	const size_t size = b->size ? b->size * 2 : 64;
	struct found *found;

	if (b->index.n < b->size)
		return true;
	found = reallocarray(b->found, size, sizeof(*found));
	if (!found)
		return false;
	b->found = found;
	b->size = size;
	return true;
}

/* A new reference to the member, if it is a text. */
static json_t *keep_text(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return json_is_string(value) ? json_incref(value) : NULL;
}

static const char *text_of(const json_t *value)
{
	return value ? json_string_value(value) : "";
}

/* What is known of the item of an event, or of an entry of the plan; NULL without memory. */
static struct found *find(struct report_builder *b, const json_t *event)
{
	const char *id = member_text(event, "case"), *subject = member_text(event, "subject");
	const unsigned int n = b->index.n;
	const int number = grow(b) ? item_index_add(&b->index, id, subject) : -ENOMEM;

	if (number < 0) {
		b->failed = true;
		return NULL;
	}
	if ((unsigned int)number == n)
		b->found[n] = (struct found){ .id = keep_text(event, "case"),
					      .subject = keep_text(event, "subject") };
	return &b->found[number];
}

/*
 * When an item began, by the clock of the "start" or "resume" before it and the time since boot of
 * both: no event but these knows the clock. Not set if the journal does not say.
 */
static void set_begun_at(const struct report_builder *b, struct found *f, const json_t *begin)
{
	json_int_t passed;

	if (b->clock_ms >= 0 &&
	    !__builtin_sub_overflow(member_number(begin, "t_ms"), b->clock_t_ms, &passed) &&
	    passed >= 0 && passed <= INT32_MAX)
		clock_format(b->clock_ms + passed, f->begun_at);
}

static void take_begin(struct report_builder *b, const json_t *event)
{
	struct found *f = find(b, event);

	if (!f || f->begun)
		return;
	f->begun = true;
	set_begun_at(b, f, event);
}

static void take_end(struct report_builder *b, const json_t *event)
{
	struct found *f = find(b, event);
	json_t *title = json_object_get(event, "title");

	if (!f || f->item)
		return;
	f->item = build_item_from_end(event);
	b->failed |= !f->item;
	if (json_is_string(title) && !json_object_get(b->titles, text_of(f->id)))
		json_object_set(b->titles, text_of(f->id), title);
}

/* The first event of a kind stays what it is. */
static void keep_first(json_t **kept, json_t *event)
{
	if (!*kept)
		*kept = json_incref(event);
}

/* The first event with a fact, or the last "run" with it, as that knows the most. */
static void take_facts(struct report_builder *b, json_t *event, bool is_run)
{
	size_t i;

	for (i = 0; i < FACT_COUNT; i++) {
		if (!json_object_get(event, fact_keys[i]) || (b->facts[i] && !is_run))
			continue;
		json_decref(b->facts[i]);
		b->facts[i] = json_incref(event);
	}
}

static void take_clock(struct report_builder *b, const json_t *event)
{
	const char *time = member_text(event, "time");

	if (!time[0])
		return;
	b->clock_ms = clock_parse(time);
	b->clock_t_ms = member_number(event, "t_ms");
}

/* Where the reports are: the last event that says so. */
static void take_stored(struct report_builder *b, const json_t *event)
{
	const char *stored = member_text(event, "stored");

	if (!stored[0])
		return;
	free(b->stored);
	b->stored = strdup(stored);
	b->failed |= !b->stored;
}

/* What was found out of the wires while the run went on. */
static void take_wires(struct report_builder *b, const json_t *event)
{
	json_t *wire;
	size_t i;

	json_array_foreach (json_object_get(event, "nics"), i, wire)
		json_object_set(b->wires, member_text(wire, "address"), wire);
}

/*
 * Lines are missing before the event. The end of what runs may be one of them: that is no crash. A
 * line that was cut off as the host or the runner died is none of those: who goes on says so.
 */
static void take_damage(struct report_builder *b, bool was_cut)
{
	unsigned int i;

	if (!b->damage || b->damage->lines == b->seen_damage)
		return;
	b->seen_damage = b->damage->lines;
	if (was_cut)
		return;
	for (i = 0; i < b->index.n; i++)
		b->found[i].unsure |= b->found[i].begun && !b->found[i].item;
}

/* Why nothing more is tried of a subject, or at all: the first reason stays. */
static void take_given_up(struct report_builder *b, const json_t *event)
{
	const char *subject = member_text(event, "subject");

	if (!json_object_get(b->given_up, subject))
		member_set_text(b->given_up, subject, member_text(event, "reason"));
}

static const char *why_given_up(const struct report_builder *b, const char *subject)
{
	const char *of_all = member_text(b->given_up, "");
	const char *own = member_text(b->given_up, subject);

	return own[0] ? own : of_all;
}

/* What the kernel said at the end of the boot before belongs to what was under way then. */
static void take_last_words(struct report_builder *b, const json_t *event)
{
	json_t *lines = json_object_get(event, "lines");
	bool whose = false;
	size_t i;

	/* A run has few boots; each of these looks at all items. */
	if (b->n_last_words == MAX_LAST_WORDS)
		return;
	b->n_last_words++;
	for (i = 0; i < b->index.n; i++) {
		struct found *f = &b->found[i];

		if (!f->begun || f->item || f->last_words)
			continue;
		f->last_words = json_incref(lines);
		whose = true;
	}
	if (!whose)
		json_array_append_new(b->notes,
				      json_sprintf("at the end of an earlier boot, while no item "
						   "of this run was under way, the kernel said: %s",
						   build_telling_line(lines)));
}

void report_take(struct report_builder *b, json_t *event)
{
	const char *ev = member_text(event, "ev");

	b->n_events++;
	take_damage(b, strcmp(ev, "resume") == 0 || strcmp(ev, "cut") == 0);
	take_facts(b, event, strcmp(ev, "run") == 0);
	if (strcmp(ev, "start") == 0)
		keep_first(&b->start, event);
	else if (strcmp(ev, "run") == 0)
		keep_first(&b->run, event);
	else if (strcmp(ev, "finish") == 0)
		keep_first(&b->finish, event);
	else if (strcmp(ev, "resume") == 0)
		b->resumed++;
	else if (strcmp(ev, "note") == 0)
		json_array_append_new(b->notes, json_string(member_text(event, "text")));
	else if (strcmp(ev, "given_up") == 0)
		take_given_up(b, event);
	else if (strcmp(ev, "last_words") == 0)
		take_last_words(b, event);
	else if (strcmp(ev, "wire") == 0)
		take_wires(b, event);
	else if (strcmp(ev, "signer") == 0 || strcmp(ev, "boot") == 0)
		json_object_set(b->last, ev, json_object_get(event, ev));
	else if (strcmp(ev, "begin") == 0)
		take_begin(b, event);
	else if (strcmp(ev, "end") == 0)
		take_end(b, event);
	take_clock(b, event);
	take_stored(b, event);
	build_event_problems(b->problems, event);
	b->unsafe |= member_flag(event, "unsafe_interrupts");
}

/* Adds the item to the report unless it is there. */
static void add_item(struct report_builder *b, json_t *items, struct found *f, const json_t *entry)
{
	json_t *item = f->item;

	if (f->added)
		return;
	f->added = true;
	if (item)
		json_incref(item);
	else
		item = build_item_without_end(
			&(struct unended){ .id = text_of(f->id),
					   .subject = text_of(f->subject),
					   .what = !f->begun   ? WITHOUT_BEGIN
						   : f->unsure ? WITHOUT_LINE
							       : WITHOUT_END,
					   .entry = entry,
					   .title = member_text(b->titles, text_of(f->id)),
					   .reason = why_given_up(b, text_of(f->subject)),
					   .last_words = f->last_words });
	if (f->begun_at[0])
		member_set_text(item, "begun", f->begun_at);
	b->failed |= json_array_append_new(items, item) < 0;
}

static json_t *build_items(struct report_builder *b, const json_t *plan)
{
	json_t *items = json_array(), *entry;
	size_t i;

	json_array_foreach (plan, i, entry) {
		struct found *f = member_text(entry, "case")[0] ? find(b, entry) : NULL;

		if (f)
			add_item(b, items, f, entry);
	}
	/* What ran without being in the plan: the plan's line may be damaged. */
	for (i = 0; i < b->index.n; i++)
		add_item(b, items, &b->found[i], NULL);
	return items;
}

/* What failed in a run before, and nothing else, was run again. */
static bool is_narrow(const struct report_builder *b)
{
	return again_is_narrow(json_object_get(b->start, "again"));
}

/* What keeps the run from being QUALIFIED, apart from its items. */
static json_t *build_problems(const struct report_builder *b, const struct journal_damage *damage)
{
	const int left_out = (int)member_number(b->run, "left_out");
	json_t *all = json_array();

	if (!b->start)
		json_array_append_new(all,
				      json_string("the journal does not say how the run began"));
	if (!b->run)
		json_array_append_new(all,
				      json_string("the journal does not say what was to be run"));
	if (!b->finish)
		json_array_append_new(all, json_string("the run did not finish"));
	if (damage->lines > 0)
		json_array_append_new(
			all, json_sprintf("the journal is damaged: %u line%s cannot be read or %s "
					  "missing%s%s",
					  damage->lines, damage->lines == 1 ? "" : "s",
					  damage->lines == 1 ? "is" : "are",
					  damage->where[0] ? ": " : "", damage->where));
	if (left_out > 0 && is_narrow(b))
		json_array_append_new(
			all,
			json_sprintf("only what failed in %s was run again: %d items are left out",
				     member_text(json_object_get(b->start, "again"), "of"),
				     left_out));
	else if (left_out > 0)
		json_array_append_new(
			all,
			json_sprintf("the setting \"cases\" leaves out %d items of the full plan",
				     left_out));
	json_array_extend(all, b->problems);
	return all;
}

/* The fact, or an empty object if no event has it as an object. */
static json_t *object_fact(const struct report_builder *b, enum fact fact)
{
	json_t *value = json_object_get(b->facts[fact], fact_keys[fact]);

	return json_is_object(value) ? json_incref(value) : json_object();
}

static json_t *assemble(struct report_builder *b, bool damaged)
{
	json_t *report = json_object();
	const json_t *build = json_object_get(b->facts[FACT_BUILD], fact_keys[FACT_BUILD]);
	const json_t *entries = json_object_get(b->run, "plan");
	json_t *plan = build_plan(entries);

	b->failed |= !plan;
	member_set_text(report, "schema", REPORT_SCHEMA);
	member_set_flag(report, "unsafe_interrupts", b->unsafe);
	json_object_set_new(report, "host", object_fact(b, FACT_HOST));
	json_object_set_new(report, "iommu", object_fact(b, FACT_IOMMU));
	json_object_set_new(report, "nics", build_nics(json_object_get(b->run, "nics"), b->wires));
	json_object_set_new(report, "not_certified",
			    build_not_certified(json_object_get(report, "nics")));
	json_object_set_new(report, "settings", object_fact(b, FACT_SETTINGS));
	json_object_set_new(report, "overlay", build_overlay(b->start));
	json_object_set_new(report, "items", build_items(b, entries));
	subjects_add_places(report);
	json_object_set_new(report, "plan", plan);
	json_object_set_new(report, "build", json_object());
	member_set_text(json_object_get(report, "build"), "revision",
			member_text(build, "revision"));
	/* Programs of before had no such number. */
	if (member_text(build, "catalogue")[0])
		member_set_text(json_object_get(report, "build"), "catalogue",
				member_text(build, "catalogue"));
	json_object_set_new(report, "signer", build_signer(json_object_get(b->last, "signer")));
	json_object_set_new(report, "boot", build_boot(json_object_get(b->last, "boot")));
	member_set_text(report, "started", member_text(b->facts[FACT_TIME], "time"));
	member_set_text(report, "finished", member_text(b->finish, "time"));
	json_object_set(report, "notes", b->notes);
	if (json_is_object(json_object_get(b->start, "again")))
		json_object_set_new(report, "again",
				    build_again(json_object_get(b->start, "again")));
	member_set_number(report, "resumed", (int)b->resumed);
	member_set_flag(report, "journal_damaged", damaged);
	member_set_text(report, "stored", b->stored ? b->stored : "");
	return report;
}

json_t *report_end(struct report_builder *b, const struct journal_damage *damage)
{
	json_t *report, *problems;

	if (!b)
		return NULL;
	take_damage(b, damage->cut);
	report = assemble(b, damage->lines > 0);
	problems = build_problems(b, damage);
	if (b->failed || !report) {
		json_decref(report);
		report = NULL;
	} else {
		if (figure_list_add(report) < 0 ||
		    readiness_decide(report, b->start, problems) < 0 ||
		    levels_add(report, json_object_get(b->run, "plan"),
			       json_object_get(b->run, "beyond"), problems) < 0 ||
		    blame_add(report) < 0) {
			json_decref(report);
			report = NULL;
		}
	}
	json_decref(problems);
	builder_free(b);
	return report;
}

static void take_event(json_t *event, void *arg)
{
	report_take(arg, event);
}

int report_read_journal(int dirfd, const char *path, json_t **report, size_t *n_events)
{
	struct journal_damage damage = { 0 };
	struct report_builder *b = report_begin(&damage);
	int ret = -ENOMEM;

	*report = NULL;
	*n_events = 0;
	if (!b)
		return ret;
	ret = journal_read(dirfd, path, take_event, b, &damage);
	*n_events = b->n_events;
	if (ret < 0)
		damage.lines++; /* even then somebody waits for a verdict */
	*report = report_end(b, &damage);
	return ret;
}
