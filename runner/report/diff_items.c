/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which verdicts differ between two reports: the run's, and each item's. An item is the same one if
 * it has the same case and the same subject, wherever that card is plugged in.
 */
#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "model/verdict.h"
#include "report/diff.h"
#include "report/diff_parts.h"
#include "report/report.h"

/* How good a verdict is, 0 the best. */
enum rank { RANK_PASS, RANK_WARN, RANK_OPEN, RANK_BAD };

static enum rank item_rank(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
		return RANK_PASS;
	case VERDICT_WARN:
		return RANK_WARN;
	case VERDICT_FAIL:
	case VERDICT_TIMEOUT:
	case VERDICT_CRASHED:
		return RANK_BAD;
	default:
		return RANK_OPEN;
	}
}

static enum rank run_rank(const json_t *report)
{
	bool unsafe;

	switch (report_verdict(report, &unsafe)) {
	case RUN_QUALIFIED:
		return unsafe ? RANK_WARN : RANK_PASS;
	case RUN_WAIVED:
		return RANK_WARN;
	case RUN_NOT_QUALIFIED:
		return RANK_BAD;
	case RUN_INCOMPLETE:
	case RUN_COUNT:
		break;
	}
	return RANK_OPEN;
}

/* What was disproved and is open now is not better for it. */
static const char *rank_change(enum rank old_rank, enum rank new_rank)
{
	if (new_rank > old_rank)
		return "worse";
	return new_rank < old_rank && new_rank != RANK_OPEN ? "better" : "changed";
}

static void compare_runs(struct diff *d)
{
	const char *old_verdict = member_text(d->old_report, "verdict");
	const char *new_verdict = member_text(d->new_report, "verdict"), *change = "same";

	if (strcmp(old_verdict, new_verdict) != 0)
		change = rank_change(run_rank(d->old_report), run_rank(d->new_report));
	if (strcmp(change, "worse") == 0)
		diff_add_regression(d, "the run's verdict: %s, was %s", new_verdict, old_verdict);
	json_object_set_new(d->out, "verdict",
			    json_pack("{s:s, s:s, s:s}", "old", old_verdict, "new", new_verdict,
				      "change", change));
}

static bool is_required(const json_t *item)
{
	return item && member_not_false(item, "required");
}

/* What the verdict is for, in the words of the item. */
static const char *item_says(const json_t *item)
{
	const char *measured = member_text(item, "measured");

	return measured[0] ? measured : member_text(item, "reason");
}

/* Either item may be NULL: then it is in one report only. */
static void add_item(json_t *array, const char *change, const json_t *o, const json_t *n,
		     const char *subject)
{
	json_t *obj = json_object();

	member_set_text(obj, "change", change);
	member_set_text(obj, "case", member_text(n ? n : o, "case"));
	member_set_text(obj, "subject", subject);
	member_set_flag(obj, "required", is_required(o) || is_required(n));
	json_object_set_new(obj, "old_subject", diff_text(o, "subject"));
	json_object_set_new(obj, "old", diff_text(o, "verdict"));
	json_object_set_new(obj, "new", diff_text(n, "verdict"));
	json_object_set_new(obj, "old_label", diff_text(o, "label"));
	json_object_set_new(obj, "new_label", diff_text(n, "label"));
	member_set_text(obj, "old_says", item_says(o));
	member_set_text(obj, "new_says", item_says(n));
	json_array_append_new(array, obj);
}

static void compare_pair(struct diff *d, json_t *array, const struct diff_pair *pair)
{
	const json_t *o = pair->old_item, *n = pair->new_item;
	const char *old_name = member_text(o, "verdict"), *new_name = member_text(n, "verdict");
	const char *change = "changed";

	if (strcmp(old_name, new_name) != 0)
		change = rank_change(item_rank(verdict_parse(old_name)),
				     item_rank(verdict_parse(new_name)));
	else if (strcmp(member_text(o, "label"), member_text(n, "label")) == 0)
		return;
	add_item(array, change, o, n, pair->subject);
	if (strcmp(change, "worse") == 0 && (is_required(o) || is_required(n)))
		diff_add_regression(d, "%s %s: %s, was %s", member_text(n, "case"), pair->subject,
				    new_name, old_name);
}

/* "CASE SUBJECT" as a key; caller frees. */
static char *item_key(const json_t *item, const char *subject)
{
	char *key;

	return asprintf(&key, "%s %s", member_text(item, "case"), subject) < 0 ? NULL : key;
}

/* The new report's items by their keys; caller owns the result. */
static json_t *index_items(const json_t *items)
{
	json_t *index = json_object(), *item;
	size_t i;

	json_array_foreach (items, i, item) {
		_cleanup_free_ char *key = item_key(item, member_text(item, "subject"));

		if (key)
			json_object_set(index, key, item);
	}
	return index;
}

static void add_gone(struct diff *d, json_t *gone, const json_t *item)
{
	const char *subject = member_text(item, "subject");

	add_item(gone, "gone", item, NULL, subject);
	if (d->options->strict && is_required(item))
		diff_add_regression(d, "%s %s is not there any more", member_text(item, "case"),
				    subject);
}

/* The pairs, and the items that are only in the old report; takes what it finds out of @index. */
static void match_items(struct diff *d, json_t *index, json_t *gone)
{
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(d->old_report, "items"), i, item) {
		const char *subject = diff_new_subject(d, member_text(item, "subject"));
		_cleanup_free_ char *key = subject ? item_key(item, subject) : NULL;
		const json_t *mate = key ? json_object_get(index, key) : NULL;

		if (!mate) {
			add_gone(d, gone, item);
			continue;
		}
		d->pairs[d->n_pairs++] = (struct diff_pair){ item, mate, subject };
		json_object_del(index, key); /* the report still holds it */
	}
}

int diff_items(struct diff *d)
{
	const json_t *new_items = json_object_get(d->new_report, "items");
	size_t n = json_array_size(json_object_get(d->old_report, "items")), i;
	json_t *index, *items, *gone, *item;

	d->pairs = calloc(n ? n : 1, sizeof(*d->pairs));
	if (!d->pairs)
		return -ENOMEM;
	index = index_items(new_items);
	items = json_array();
	gone = json_array();
	compare_runs(d);
	match_items(d, index, gone);
	for (i = 0; i < d->n_pairs; i++)
		compare_pair(d, items, &d->pairs[i]);
	json_array_extend(items, gone);
	json_array_foreach (new_items, i, item) {
		const char *subject = member_text(item, "subject");
		_cleanup_free_ char *key = item_key(item, subject);

		if (key && json_object_get(index, key))
			add_item(items, "new", NULL, item, subject);
	}
	json_decref(gone);
	json_decref(index);
	json_object_set_new(d->out, "items", items);
	json_object_set_new(d->out, "items_compared", json_integer((json_int_t)d->n_pairs));
	return 0;
}
