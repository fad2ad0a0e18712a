/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups items by the likeliest cause that each was given when it ended. An item whose own finding
 * is explained by something else (a root among the symptoms) only follows from that, and so does
 * one that was not tried because another had failed.
 */
#include "report/blame.h"

#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "model/advice.h"
#include "report/blame_where.h"
#include "report/follow.h"
#include "report/forms.h"
#include "report/platform.h"
#include "report/report.h"

struct group {
	const json_t *first; /* item */
	size_t first_at; /* its place among all items */
	json_t *items, *follows; /* places */
	bool decides; /* a required item failed */
	bool is_platform;
};

struct grouping {
	struct group *groups;
	size_t n, size;
	json_t *numbers; /* of the groups, by what their items have in common */
	json_t *names; /* the same by names of items that others may follow from */
	size_t at; /* the group whose names are taken */
	bool platform; /* is to blame */
	bool failed; /* without memory */
};

static bool is_bad(const json_t *item)
{
	return report_is_failure(item) || report_item_verdict(item) == VERDICT_ERROR;
}

static bool is_untried(const json_t *item)
{
	const enum verdict v = report_item_verdict(item);

	return v == VERDICT_SKIP || v == VERDICT_NOTRUN;
}

/* True if something else explains the item's own finding. */
static bool is_effect(const json_t *item)
{
	const char *label = member_text(item, "label");
	const json_t *also;
	size_t i;

	if (member_text(item, "root")[0])
		return true;
	/* Reports of older versions do not name the root. */
	json_array_foreach (json_object_get(item, "also"), i, also)
		if (label[0] && strcmp(member_text(also, "label"), label) == 0)
			return true;
	return false;
}

/* What the items of a group have in common. Caller frees; NULL without memory. */
static char *common_of(const json_t *item, bool platform)
{
	const char *cause = member_text(item, "cause"), *label = member_text(item, "label");
	const struct advice *unknown = advice_find("unknown");
	char *text;
	int len;

	if (platform)
		len = asprintf(&text, "platform");
	else if (cause[0] && (!unknown || strcmp(cause, unknown->cause) != 0))
		len = asprintf(&text, "cause %s", cause);
	else if (label[0] && strcmp(label, "unknown") != 0)
		len = asprintf(&text, "label %s", label);
	else
		len = asprintf(&text, "finding %s", form_finding(item));
	return len < 0 ? NULL : text;
}

/* A new group, NULL without memory. */
static struct group *add_group(struct grouping *g, const json_t *item, size_t at, bool platform)
{
	const size_t size = g->size ? g->size * 2 : 16;
	struct group *groups;

	if (g->n == g->size) {
		groups = reallocarray(g->groups, size, sizeof(*groups));
		if (!groups)
			return NULL;
		g->groups = groups;
		g->size = size;
	}
	g->groups[g->n] = (struct group){ .first = item,
					  .first_at = at,
					  .items = json_array(),
					  .follows = json_array(),
					  .is_platform = platform };
	return &g->groups[g->n++];
}

/* The group that the item belongs to, NULL without memory. */
static struct group *find_group(struct grouping *g, const json_t *item, size_t at)
{
	const bool platform = g->platform && platform_is_witness(item);
	_cleanup_free_ char *common = common_of(item, platform);
	const json_t *number = common ? json_object_get(g->numbers, common) : NULL;

	if (number)
		return &g->groups[json_integer_value(number)];
	if (!common ||
	    json_object_set_new_nocheck(g->numbers, common, json_integer((json_int_t)g->n)) < 0)
		return NULL;
	return add_group(g, item, at, platform);
}

static void take_name(const char *name, void *arg)
{
	struct grouping *g = arg;

	g->failed |=
		json_object_set_new_nocheck(g->names, name, json_integer((json_int_t)g->at)) < 0;
}

static bool add_place(json_t *places, size_t at)
{
	return json_array_append_new(places, json_integer((json_int_t)at)) == 0;
}

static void take_bad(struct grouping *g, const json_t *item, size_t at)
{
	struct group *group = find_group(g, item, at);

	if (!group) {
		g->failed = true;
		return;
	}
	g->failed |= !add_place(is_effect(item) ? group->follows : group->items, at);
	group->decides |= report_is_failure(item) && member_not_false(item, "required");
	g->at = (size_t)(group - g->groups);
	follow_each_name(item, take_name, g);
}

static void take_untried(struct grouping *g, const json_t *item, size_t at)
{
	char name[FOLLOW_NAME];
	const json_t *number;

	number = follow_name(item, name) ? json_object_get(g->names, name) : NULL;
	if (number)
		g->failed |= !add_place(g->groups[json_integer_value(number)].follows, at);
}

/* Somebody has to stand for all: the first that follows, if nothing shows the root itself. */
static void choose_first(struct group *group, const json_t *items)
{
	json_t *place;

	if (json_array_size(group->items) == 0) {
		json_array_append(group->items, json_array_get(group->follows, 0));
		json_array_remove(group->follows, 0);
	}
	place = json_array_get(group->items, 0);
	group->first_at = (size_t)json_integer_value(place);
	group->first = json_array_get(items, group->first_at);
}

static size_t count_places(const struct group *group)
{
	return json_array_size(group->items) + json_array_size(group->follows);
}

static int most_first(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	const size_t nx = count_places(x), ny = count_places(y);

	if (x->decides != y->decides)
		return x->decides ? -1 : 1;
	if (nx != ny)
		return nx > ny ? -1 : 1;
	return x->first_at < y->first_at ? -1 : 1;
}

/* Label of the cause, "" if it is not known. */
static const char *label_of(const struct group *group)
{
	const char *root = member_text(group->first, "root");

	if (group->is_platform)
		return PLATFORM_LABEL;
	return root[0] || is_effect(group->first) ? root : member_text(group->first, "label");
}

static json_t *group_to_json(const struct group *group, struct blame_where *where)
{
	json_t *obj = json_object();
	char text[BLAME_WHERE];

	blame_where_format(where, group->items, group->follows, text);
	member_set_text(obj, "label", label_of(group));
	member_set_text(obj, "cause",
			group->is_platform ? PLATFORM_CAUSE : member_text(group->first, "cause"));
	member_set_text(obj, "fix", member_text(group->first, "fix"));
	member_set_text(obj, "where", text);
	json_object_set(obj, "items", group->items);
	json_object_set(obj, "follows", group->follows);
	return obj;
}

static void collect(struct grouping *g, const json_t *items)
{
	const json_t *item;
	size_t i;

	json_array_foreach (items, i, item)
		if (is_bad(item))
			take_bad(g, item, i);
	json_array_foreach (items, i, item)
		if (is_untried(item))
			take_untried(g, item, i);
	for (i = 0; i < g->n; i++)
		choose_first(&g->groups[i], items);
	if (g->n > 0)
		qsort(g->groups, g->n, sizeof(*g->groups), most_first);
}

static int write_groups(const struct grouping *g, json_t *report)
{
	struct blame_where where;
	json_t *causes = json_array();
	int ret = blame_where_open(&where, report);
	size_t i;

	for (i = 0; ret == 0 && i < g->n; i++)
		if (json_array_append_new(causes, group_to_json(&g->groups[i], &where)) < 0)
			ret = -ENOMEM;
	blame_where_close(&where);
	if (ret == 0)
		ret = json_object_set(report, "causes", causes) < 0 ? -ENOMEM : 0;
	json_decref(causes);
	return ret;
}

int blame_add(json_t *report)
{
	const json_t *items = json_object_get(report, "items");
	struct grouping g = { .numbers = json_object(), .names = json_object() };
	json_t *blame = platform_blame(items);
	int ret;
	size_t i;

	g.platform = blame;
	json_decref(blame);
	collect(&g, items);
	ret = g.failed ? -ENOMEM : write_groups(&g, report);
	for (i = 0; i < g.n; i++) {
		json_decref(g.groups[i].items);
		json_decref(g.groups[i].follows);
	}
	free(g.groups);
	json_decref(g.numbers);
	json_decref(g.names);
	return ret;
}

const json_t *blame_item(const json_t *report, const json_t *places, size_t i)
{
	const json_int_t at = json_integer_value(json_array_get(places, i));

	return json_array_get(json_object_get(report, "items"), (size_t)at);
}

const json_t *blame_first(const json_t *report, const json_t *cause)
{
	return blame_item(report, json_object_get(cause, "items"), 0);
}

static size_t count_follows(const json_t *cause)
{
	return json_array_size(json_object_get(cause, "follows"));
}

size_t blame_count(const json_t *cause)
{
	return json_array_size(json_object_get(cause, "items")) + count_follows(cause);
}

bool blame_has_more(const json_t *cause)
{
	return blame_count(cause) > 1;
}

void blame_extent(const json_t *cause, char *buf, size_t size)
{
	const size_t n = blame_count(cause), follows = count_follows(cause);

	util_format(buf, size, "%zu item%s, %s", n, n == 1 ? "" : "s", member_text(cause, "where"));
	if (follows > 0)
		util_format(buf + strlen(buf), size - strlen(buf), "; %zu of them only follow%s",
			    follows, follows == 1 ? "s" : "");
}

bool blame_headline(const json_t *report, char *buf, size_t size)
{
	const json_t *causes = json_object_get(report, "causes"), *cause;
	const size_t n = json_array_size(causes);
	size_t items = 0, i;

	json_array_foreach (causes, i, cause)
		items += blame_count(cause);
	util_format(buf, size, "%zu cause%s, %zu item%s", n, n == 1 ? "" : "s", items,
		    items == 1 ? "" : "s");
	if (n == 1)
		util_format(buf + strlen(buf), size - strlen(buf), ", %s",
			    member_text(json_array_get(causes, 0), "where"));
	return n > 0;
}
