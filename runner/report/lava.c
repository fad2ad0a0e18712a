/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals of LAVA: "<LAVA_SIGNAL_TESTCASE KEY=VALUE ...>", where no value has a space, "=" or ">".
 * STARTRUN and ENDRUN are not sent: they belong to LAVA's own test runner, which gives them the id
 * of its job.
 */
#include "report/lava.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "journal/member.h"
#include "model/level.h"
#include "report/forms.h"

#define MAX_ID 200
#define MAX_ALIKE 10000 /* items of one id, which is more than a plan has */

/* What is no item: "=" is in no case's id, and not in the signal's. */
#define LEVEL "=level"
#define COUNT "=count"
#define VERDICT "=verdict"
#define UNTESTED "=not_certified"

static bool grow(struct lava *l)
{
	const unsigned int size = l->size ? l->size * 2 : 64;
	struct lava_item *list;

	if (l->items.n < l->size)
		return true;
	list = reallocarray(l->list, size, sizeof(*list));
	if (!list)
		return false;
	l->list = list;
	l->size = size;
	return true;
}

/* True if the id is new; *@failed without memory. */
static bool take_id(struct lava *l, const char *text, bool *failed)
{
	const unsigned int n = l->used.n;
	const int number = item_index_add(&l->used, text, "");

	*failed = number < 0;
	return number == (int)n;
}

/* As LAVA does it, so that it has nothing to change. */
static void make_slug(char *slug, const char *raw)
{
	bool other = false;

	for (; *raw; raw++) {
		const bool word = isascii((unsigned char)*raw) &&
				  (isalnum((unsigned char)*raw) || *raw == '_');

		if (word)
			*slug++ = (char)tolower((unsigned char)*raw);
		else if (!other)
			*slug++ = '_';
		other = !word;
	}
	*slug = '\0';
}

/* An id that no other has; NULL without memory. Caller frees. */
static char *make_id(struct lava *l, const char *id, const char *subject)
{
	char raw[MAX_ID], slug[MAX_ID], text[MAX_ID + 12];
	unsigned int i;
	bool failed;

	util_format(raw, sizeof(raw), "%.100s_%.90s", id + (id[0] == '='), subject);
	make_slug(slug, raw);
	util_strlcpy(text, sizeof(text), slug);
	for (i = 2; !take_id(l, text, &failed); i++) {
		if (failed || i > MAX_ALIKE)
			return NULL;
		util_format(text, sizeof(text), "%s_%u", slug, i);
	}
	return strdup(text);
}

struct lava_item *lava_item(struct lava *l, const char *id, const char *subject)
{
	const unsigned int n = l->items.n;
	const int number = grow(l) ? item_index_add(&l->items, id, subject) : -ENOMEM;

	if (number < 0)
		return NULL;
	if ((unsigned int)number == n)
		l->list[n] = (struct lava_item){ .id = make_id(l, id, subject), .decides = true };
	return l->list[number].id ? &l->list[number] : NULL;
}

/* The verdict's name in lower case. */
static const char *count_name(enum verdict v, char name[16])
{
	char *p;

	util_strlcpy(name, 16, verdict_name(v));
	for (p = name; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return name;
}

int lava_begin(struct lava *l, const json_t *nics, const json_t *items)
{
	bool whole = lava_item(l, VERDICT, "run") != NULL;
	struct lava_item *known;
	enum level level;
	enum verdict v;
	char name[16];
	json_t *entry;
	size_t i;

	for (level = 0; level < LEVEL_COUNT; level++)
		whole &= lava_item(l, LEVEL, level_name(level)) != NULL;
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		whole &= lava_item(l, COUNT, count_name(v, name)) != NULL;
	json_array_foreach (nics, i, entry)
		whole &= lava_item(l, UNTESTED, member_text(entry, "address")) != NULL;
	json_array_foreach (items, i, entry) {
		known = lava_item(l, member_text(entry, "case"), member_text(entry, "subject"));
		if (known)
			known->decides = member_not_false(entry, "required");
		whole &= known != NULL;
	}
	return whole ? 0 : -ENOMEM;
}

void lava_free(struct lava *l)
{
	unsigned int i;

	for (i = 0; i < l->items.n; i++)
		free(l->list[i].id);
	free(l->list);
	item_index_free(&l->items);
	item_index_free(&l->used);
	*l = (struct lava){ 0 };
}

static void format_signal(char line[LAVA_LINE], const char *id, const char *result, double figure,
			  const char *unit)
{
	util_format(line, LAVA_LINE,
		    "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=%s RESULT=%s MEASUREMENT=%.3f UNITS=%s>\n",
		    id, result, figure, unit);
}

static const char *result_name(enum outcome o)
{
	switch (o) {
	case OUTCOME_PASS:
		return "pass";
	case OUTCOME_FAIL:
		return "fail";
	case OUTCOME_SKIP:
	case OUTCOME_NOTED:
		return "skip";
	default:
		return "unknown";
	}
}

void lava_format_item(char line[LAVA_LINE], const struct lava_item *i, const json_t *item)
{
	format_signal(line, i->id, result_name(form_item_outcome(item)), form_duration(item), "s");
}

static double run_seconds(const json_t *report)
{
	int64_t started = clock_parse(member_text(report, "started"));
	int64_t finished = clock_parse(member_text(report, "finished"));

	return started >= 0 && finished > started ? (double)(finished - started) / 1000 : 0;
}

/* Writes one signal unless it has been sent. False without memory. */
static bool put(FILE *f, struct lava *l, const char *id, const char *subject, const char *result,
		double figure, const char *unit)
{
	struct lava_item *i = lava_item(l, id, subject);
	char line[LAVA_LINE];

	if (!i)
		return false;
	if (i->sent)
		return true;
	format_signal(line, i->id, result, figure, unit);
	fputs(line, f);
	i->sent = true;
	return true;
}

/* A level that is not reached is a skip: what failed on the way has a signal of its own. */
static bool put_levels(FILE *f, const json_t *report, struct lava *l)
{
	const json_t *levels = json_object_get(report, "levels");
	const json_t *reached = json_object_get(json_object_get(levels, "run"), "reached");
	enum level level;
	bool whole = true;

	for (level = 0; json_is_object(levels) && level < LEVEL_COUNT; level++)
		whole &= put(f, l, LEVEL, level_name(level),
			     level < json_array_size(reached) ? "pass" : "skip", 0, "s");
	return whole;
}

/* A skip for each item that a waiver covers, beside its own, which is a fail. */
static bool put_waived(FILE *f, const json_t *report, struct lava *l)
{
	const json_t *item;
	bool whole = true;
	char id[64];
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item) {
		if (!member_text(item, "waived")[0])
			continue;
		util_format(id, sizeof(id), "=waived_%s", member_text(item, "case"));
		whole &= put(f, l, id, member_text(item, "subject"), "skip", 0, "s");
	}
	return whole;
}

/* A count is a figure, and no verdict: it passes whatever it is. */
static bool put_counts(FILE *f, const json_t *report, struct lava *l)
{
	const json_t *counts = json_object_get(report, "counts");
	enum verdict v;
	char name[16];
	bool whole = true;

	for (v = VERDICT_PASS; json_is_object(counts) && v < VERDICT_COUNT; v++)
		whole &= put(f, l, COUNT, count_name(v, name), "pass",
			     (double)member_number(counts, verdict_name(v)), "items");
	return whole;
}

int lava_put_rest(FILE *f, const json_t *report, struct lava *l)
{
	const json_t *items = json_object_get(report, "items");
	json_t *item, *nic;
	char why[120];
	bool whole = true;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic)
		if (report_untested_text(nic, why, sizeof(why)))
			whole &= put(f, l, UNTESTED, member_text(nic, "address"), "skip", 0, "s");
	json_array_foreach (items, i, item)
		whole &= put(f, l, member_text(item, "case"), member_text(item, "subject"),
			     result_name(form_item_outcome(item)), form_duration(item), "s");
	whole &= put_levels(f, report, l);
	whole &= put_waived(f, report, l);
	whole &= put_counts(f, report, l);
	whole &= put(f, l, VERDICT, "run", result_name(form_run_outcome(report)),
		     run_seconds(report), "s");
	return whole ? 0 : -ENOMEM;
}

int report_put_lava(FILE *f, const json_t *report)
{
	struct lava l = { 0 };
	int ret = lava_begin(&l, json_object_get(report, "nics"), json_object_get(report, "items"));

	if (ret == 0)
		ret = lava_put_rest(f, report, &l);
	lava_free(&l);
	return ret;
}
