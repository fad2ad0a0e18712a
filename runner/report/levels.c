/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Levels from a report's items, and in words. */
#include "report/levels.h"

#include <errno.h>
#include <string.h>

#include "journal/member.h"
#include "model/level.h"
#include "model/settings.h"
#include "report/report.h"

#define RUN "run"
#define ENDURANCE_S 3600u

/* What keeps a required item from counting for its level; NULL if nothing does. */
static const char *lack_of(const json_t *item)
{
	static const char *const words[VERDICT_COUNT] = {
		[VERDICT_FAIL] = "failed",
		[VERDICT_SKIP] = "was skipped",
		[VERDICT_ERROR] = "could not be carried out",
		[VERDICT_TIMEOUT] = "did not end in time",
		[VERDICT_CRASHED] = "crashed",
		[VERDICT_NOTRUN] = "was not run",
	};
	const enum verdict v = report_item_verdict(item);

	if (v == VERDICT_PASS || v == VERDICT_WARN || !member_not_false(item, "required"))
		return NULL;
	/* What a lab lets pass is not shown for that. */
	if (member_text(item, "waived")[0])
		return "failed, and is waived";
	return v < VERDICT_COUNT && words[v] ? words[v] : "has no verdict";
}

/* The level of each case by its id, as plan and @beyond say. NULL without memory. */
static json_t *levels_by_case(const json_t *plan, const json_t *beyond)
{
	json_t *all = json_object(), *entry;
	size_t i;

	json_array_foreach (plan, i, entry)
		if (member_text(entry, "level")[0])
			json_object_set(all, member_text(entry, "case"),
					json_object_get(entry, "level"));
	json_array_foreach (beyond, i, entry)
		json_object_set(all, member_text(entry, "case"), json_object_get(entry, "level"));
	return all;
}

/* What a subject lacks, an array of texts for each level. */
struct lacks {
	json_t *of[LEVEL_COUNT];
};

static void lacks_open(struct lacks *l)
{
	for (enum level k = 0; k < LEVEL_COUNT; k++)
		l->of[k] = json_array();
}

static void lacks_close(struct lacks *l)
{
	for (enum level k = 0; k < LEVEL_COUNT; k++)
		json_decref(l->of[k]);
}

/* @text is stolen. */
static void lacks_add(struct lacks *l, enum level level, json_t *text)
{
	if (level < LEVEL_COUNT)
		json_array_append_new(l->of[level], text);
	else
		json_decref(text);
}

/* {"reached": [...], "next": ..., "missing": [...]} of what is lacking. */
static json_t *level_object(const struct lacks *l)
{
	json_t *obj = json_object(), *reached = json_array();
	enum level next = LEVEL_BASE;

	for (; next < LEVEL_COUNT && json_array_size(l->of[next]) == 0; next++)
		json_array_append_new(reached, json_string(level_name(next)));
	json_object_set_new(obj, "reached", reached);
	if (next < LEVEL_COUNT) {
		member_set_text(obj, "next", level_name(next));
		json_object_set(obj, "missing", l->of[next]);
	}
	return obj;
}

/* What the items of the host, and of @port ("run": of all ports), lack. */
static void take_items(struct lacks *l, const json_t *items, const json_t *levels, const char *port)
{
	json_t *item;
	size_t i;

	json_array_foreach (items, i, item) {
		const char *subject = member_text(item, "subject"), *id = member_text(item, "case");
		const char *lack = lack_of(item);

		if (lack && (strcmp(port, RUN) == 0 || strcmp(subject, "host") == 0 ||
			     strcmp(subject, port) == 0))
			lacks_add(l, level_parse(member_text(levels, id)),
				  json_sprintf("%s %s %s", id, subject, lack));
	}
}

static void take_beyond(struct lacks *l, const json_t *beyond)
{
	json_t *entry;
	size_t i;

	json_array_foreach (beyond, i, entry)
		lacks_add(l, level_parse(member_text(entry, "level")),
			  json_sprintf("%s is not in the plan", member_text(entry, "case")));
}

/* Less than an hour shows little. */
static void take_soak(struct lacks *l, const json_t *report)
{
	const char *soak = member_text(json_object_get(report, "settings"), "soak");

	if (soak[0] && settings_soak_seconds(soak) < ENDURANCE_S)
		lacks_add(l, LEVEL_ENDURANCE, json_sprintf("soak=%s: it takes 1h at least", soak));
}

static void take_problems(struct lacks *l, const json_t *problems)
{
	json_t *text;
	size_t i;

	json_array_foreach (problems, i, text)
		lacks_add(l, LEVEL_BASE, json_incref(text));
}

/* The subjects of the report's items, but for the host, as keys. */
static json_t *tested_ports(const json_t *items)
{
	json_t *ports = json_object(), *item;
	size_t i;

	json_array_foreach (items, i, item) {
		const char *subject = member_text(item, "subject");

		if (subject[0] && strcmp(subject, "host") != 0)
			json_object_set_new(ports, subject, json_true());
	}
	return ports;
}

int levels_add(json_t *report, const json_t *plan, const json_t *beyond, const json_t *problems)
{
	const json_t *items = json_object_get(report, "items");
	json_t *all, *levels, *ports, *value;
	const char *port;
	struct lacks l;

	if (!json_is_array(beyond))
		return 0;
	all = json_object();
	levels = levels_by_case(plan, beyond);
	ports = tested_ports(items);
	if (json_object_size(ports) > 0)
		json_object_set_new(ports, RUN, json_true());
	json_object_foreach (ports, port, value) {
		lacks_open(&l);
		take_problems(&l, problems);
		take_items(&l, items, levels, port);
		take_beyond(&l, beyond);
		take_soak(&l, report);
		json_object_set_new(all, port, level_object(&l));
		lacks_close(&l);
	}
	if (json_object_size(ports) == 0) {
		lacks_open(&l);
		lacks_add(&l, LEVEL_BASE, json_string("no SR-IOV network port was tested"));
		json_object_set_new(all, RUN, level_object(&l));
		lacks_close(&l);
	}
	json_decref(levels);
	json_decref(ports);
	return json_object_set_new(report, "levels", all) < 0 ? -ENOMEM : 0;
}

bool levels_text(const json_t *report, const char *subject, char *buf, size_t size)
{
	const json_t *obj = json_object_get(json_object_get(report, "levels"), subject), *name;
	const json_t *missing = json_object_get(obj, "missing");
	const char *first = json_string_value(json_array_get(missing, 0));
	const size_t n = json_array_size(missing);
	size_t i, len;

	if (!obj)
		return false;
	util_strlcpy(buf, size, json_array_size(json_object_get(obj, "reached")) ? "" : "none");
	json_array_foreach (json_object_get(obj, "reached"), i, name) {
		len = strlen(buf);
		util_format(buf + len, size - len, "%s%s", i ? ", " : "",
			    json_is_string(name) ? json_string_value(name) : "");
	}
	len = strlen(buf);
	if (n > 0)
		util_format(buf + len, size - len, "; %s lacks %zu: %s%s", member_text(obj, "next"),
			    n, first ? first : "", n > 1 ? ", ..." : "");
	return true;
}

const char *levels_highest(const json_t *report)
{
	const json_t *levels = json_object_get(report, "levels");
	const json_t *reached = json_object_get(json_object_get(levels, RUN), "reached");
	const size_t n = json_array_size(reached);
	const char *name = n ? json_string_value(json_array_get(reached, n - 1)) : NULL;

	if (!json_is_object(levels))
		return NULL;
	return name ? name : "none";
}
