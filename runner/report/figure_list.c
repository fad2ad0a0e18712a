/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry for all lines of evidence that tell of the same thing. A line may sum up many samples:
 * then it says how many, and the least and the most of them.
 */
#include "report/figure_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal/member.h"
#include "report/figures.h"

#define READINGS_MAX 4096 /* lines of one entry; what is beyond that is not in its median */

/* "VF" -> "VFs", as it is shown. */
static void plural(const char *word, char *buf, size_t size)
{
	util_format(buf, size, "%s%s", word, strcmp(word, "MiB") == 0 ? "" : "s");
}

/* The entries, and the same ones by what they are about. */
struct list {
	json_t *entries, *index;
};

static json_t *new_entry(const struct list *l, const json_t *item, const struct figure *f,
			 const struct figures_about *about)
{
	json_t *entry = json_object();
	char by[16];

	member_set_text(entry, "name", f->what);
	member_set_text(entry, "title", about->title);
	member_set_text(entry, "plot", about->plot);
	member_set_text(entry, "series", about->series ? about->series : "");
	member_set_text(entry, "case", member_text(item, "case"));
	member_set_text(entry, "subject", member_text(item, "subject"));
	if (about->each && f->label[0])
		member_set_text(entry, "of", f->label);
	if (about->by[0]) {
		plural(about->by, by, sizeof(by));
		member_set_text(entry, "by", by);
		member_set_real(entry, "at", about->at);
	}
	member_set_text(entry, "unit", figure_kind_unit(f->unit->kind));
	member_set_number(entry, "samples", 0);
	json_object_set_new(entry, "values", json_array());
	json_array_append_new(l->entries, entry);
	return entry;
}

static json_t *take_entry(const struct list *l, const json_t *item, const struct figure *f,
			  const struct figures_about *about)
{
	char key[512];
	json_t *entry;

	util_format(key, sizeof(key), "%s|%s|%s|%s|%s|%s|%s|%g", member_text(item, "case"),
		    member_text(item, "subject"), f->what, about->each ? f->label : "", about->plot,
		    figure_kind_unit(f->unit->kind), about->by, about->at);
	entry = json_object_get(l->index, key);
	if (!entry) {
		entry = new_entry(l, item, f, about);
		json_object_set(l->index, key, entry);
	}
	return entry;
}

static void widen(json_t *entry, double value)
{
	const json_t *least = json_object_get(entry, "least");

	if (!least || value < member_real(entry, "least"))
		member_set_real(entry, "least", value);
	if (!least || value > member_real(entry, "most"))
		member_set_real(entry, "most", value);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/* What the line says of the least and the most of its samples. */
static void add_range(json_t *entry, const char *key, const char *value, enum figure_kind kind)
{
	struct figure all[FIGURES_MAX];
	size_t n = figure_find(key, value, all, FIGURES_MAX), i;

	for (i = 0; i < n; i++)
		if (all[i].unit->kind == kind &&
		    (ends_with(all[i].what, " at most") || ends_with(all[i].what, " from") ||
		     ends_with(all[i].what, " to")))
			widen(entry, figure_base(&all[i]));
}

static void add_line(const struct list *l, const json_t *item, const json_t *line)
{
	const char *key = member_text(line, "key"), *value = member_text(line, "value");
	struct figure figures[FIGURES_MAX];
	struct figures_about about;
	size_t n = figures_measured(key, value, figures), i;

	if (n > 0)
		figures_about(key, value, &about);
	for (i = 0; i < n; i++) {
		const struct figure *f = &figures[i];
		json_t *entry = take_entry(l, item, f, &about);
		json_t *values = json_object_get(entry, "values");

		if (json_array_size(values) < READINGS_MAX)
			json_array_append_new(values, json_real(figure_base(f)));
		member_set_number(entry, "samples", member_number(entry, "samples") + f->samples);
		widen(entry, figure_base(f));
		add_range(entry, key, value, f->unit->kind);
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int set_median(json_t *entry)
{
	const json_t *values = json_object_get(entry, "values"), *value;
	size_t n = json_array_size(values), i;
	_cleanup_free_ double *sorted = calloc(n ? n : 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	json_array_foreach (values, i, value)
		sorted[i] = json_number_value(value);
	qsort(sorted, n, sizeof(*sorted), by_value);
	member_set_real(entry, "median",
			n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2);
	json_object_del(entry, "values");
	return 0;
}

json_t *figure_list(const json_t *report)
{
	struct list l = { json_array(), json_object() };
	json_t *item, *line, *entry;
	int ret = l.entries && l.index ? 0 : -ENOMEM;
	size_t i, k;

	json_array_foreach (json_object_get(report, "items"), i, item)
		json_array_foreach (json_object_get(item, "evidence"), k, line)
			add_line(&l, item, line);
	json_array_foreach (l.entries, i, entry)
		if (ret == 0)
			ret = set_median(entry);
	json_decref(l.index);
	if (ret == 0)
		return l.entries;
	json_decref(l.entries);
	return NULL;
}

int figure_list_add(json_t *report)
{
	json_t *list = figure_list(report), *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		json_object_del(entry, "plot");
		json_object_del(entry, "series");
	}
	return list ? json_object_set_new(report, "figures", list) : -ENOMEM;
}
