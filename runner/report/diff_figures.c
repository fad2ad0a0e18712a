/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which figures differ between two reports by more than the threshold: the duration of the run and
 * of each item, and the figures in the evidence. Only of items that passed both times: how long
 * something took that failed says nothing.
 */
#include <math.h>
#include <string.h>
#include <time.h>
#include "journal/member.h"
#include "model/verdict.h"
#include "report/diff.h"
#include "report/diff_parts.h"
#include "report/figure.h"
#include "report/figures.h"
#include "report/report.h"

#define MAX_FIGURES 512 /* of an item */
#define MIN_DURATION_S 1.0 /* a shorter difference of durations is chance */

/* What is chance: a change by at most so much. */
struct chance {
	unsigned int percent;
	double least; /* in the kind's own unit: a smaller one */
};

struct figures {
	struct figure list[MAX_FIGURES];
	struct chance chance[MAX_FIGURES];
	bool used[MAX_FIGURES];
	size_t n;
};

/* What is compared, of which item, and where the result goes. */
struct comparison {
	struct diff *d;
	const char *id, *subject;
	json_t *found;
	size_t compared;
};

static bool is_passed(const json_t *item)
{
	enum verdict v = report_item_verdict(item);

	return v == VERDICT_PASS || v == VERDICT_WARN;
}

static bool is_chance(const struct comparison *c, const struct chance *own, double percent,
		      double difference)
{
	const struct diff_options *o = c->d->options;

	if (o->one_threshold)
		return fabs(percent) <= o->threshold;
	return fabs(percent) <= (own->percent > o->threshold ? own->percent : o->threshold) ||
	       difference < own->least;
}

/* Compares two values in the same unit; what is more than chance is added to c->found. */
static void compare_values(struct comparison *c, const char *what, const char *label,
			   const struct figure_unit *unit, const struct chance *own,
			   double old_value, double new_value)
{
	double percent = old_value > 0 ? (new_value - old_value) / old_value * 100 : INFINITY;
	bool worse = (new_value > old_value) == (unit->kind == FIGURE_TIME);
	json_t *obj;

	c->compared++;
	if (old_value == new_value ||
	    is_chance(c, own, percent, fabs(new_value - old_value) * unit->factor))
		return;
	obj = json_object();
	member_set_text(obj, "case", c->id);
	member_set_text(obj, "subject", c->subject);
	member_set_text(obj, "what", what);
	member_set_text(obj, "label", label);
	member_set_text(obj, "unit", unit->name);
	member_set_real(obj, "old", old_value);
	member_set_real(obj, "new", new_value);
	member_set_text(obj, "change", worse ? "worse" : "better");
	json_object_set_new(obj, "percent", isfinite(percent) ? json_real(percent) : json_null());
	json_array_append_new(c->found, obj);
	if (worse && c->d->options->strict)
		diff_add_regression(c->d, "%s %s: %s%s%s: %g %s, was %g", c->id, c->subject, what,
				    label[0] ? " of " : "", label, new_value, unit->name,
				    old_value);
}

static void compare_durations(struct comparison *c, double old_s, double new_s)
{
	static const struct chance none = { 0 };

	if (fabs(new_s - old_s) < MIN_DURATION_S)
		c->compared++;
	else
		compare_values(c, "duration", "", figure_unit_find("s"), &none, old_s, new_s);
}

static void collect(struct figures *f, const json_t *item)
{
	json_t *line;
	size_t i, n;

	f->n = 0;
	memset(f->used, 0, sizeof(f->used));
	json_array_foreach (json_object_get(item, "evidence"), i, line) {
		const char *key = member_text(line, "key"), *value = member_text(line, "value");
		struct figures_about about;

		figures_about(key, value, &about);
		n = f->n;
		f->n += figure_find(key, value, f->list + n, MAX_FIGURES - n);
		for (; n < f->n; n++)
			f->chance[n] = (struct chance){ about.percent, about.least };
	}
}

static bool is_same_figure(const struct figure *a, const struct figure *b, bool by_label)
{
	return a->unit->kind == b->unit->kind && strcmp(a->what, b->what) == 0 &&
	       (!by_label || strcmp(a->label, b->label) == 0);
}

/* How many of @f are like @a but for the label. */
static size_t count_alike(const struct figures *f, const struct figure *a)
{
	size_t n = 0, i;

	for (i = 0; i < f->n; i++)
		n += is_same_figure(&f->list[i], a, false);
	return n;
}

/*
 * The figure of @n that is @a of @o, NULL if there is none. A label may have changed, as the name
 * of an interface does: where there is only one such figure on both sides, it is that.
 */
static struct figure *take_mate(struct figures *n, const struct figures *o, const struct figure *a)
{
	bool by_label = count_alike(o, a) != 1 || count_alike(n, a) != 1;
	size_t i;

	for (i = 0; i < n->n; i++)
		if (!n->used[i] && is_same_figure(&n->list[i], a, by_label)) {
			n->used[i] = true;
			return &n->list[i];
		}
	return NULL;
}

static void compare_evidence(struct comparison *c, const struct figures *o, struct figures *n)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		const struct figure *a = &o->list[i], *b = take_mate(n, o, a);

		if (b)
			compare_values(c, a->what, b->label, a->unit, &o->chance[i], a->value,
				       b->value * b->unit->factor / a->unit->factor);
	}
}

/* Seconds since 1970, -1 if it is no time of a report. */
static time_t parse_time(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	return end && *end == '\0' ? timegm(&tm) : -1;
}

/* By the host's clock; -1 if it is not known, or cannot be compared. */
static double run_duration(const json_t *report)
{
	time_t from = parse_time(member_text(report, "started"));
	time_t to = parse_time(member_text(report, "finished"));

	return from < 0 || to < from || member_number(report, "resumed") ? -1 : (double)(to - from);
}

/* Two runs took comparable times only if they ran the same items. */
static void compare_run_durations(struct comparison *c)
{
	double old_s = run_duration(c->d->old_report), new_s = run_duration(c->d->new_report);

	if (old_s >= 0 && new_s >= 0 &&
	    c->d->n_pairs == json_array_size(json_object_get(c->d->old_report, "items")) &&
	    c->d->n_pairs == json_array_size(json_object_get(c->d->new_report, "items")))
		compare_durations(c, old_s, new_s);
}

void diff_figures(struct diff *d)
{
	struct comparison c = { d, "run", "host", json_array(), 0 };
	_cleanup_free_ struct figures *o = malloc(sizeof(*o)), *n = malloc(sizeof(*n));
	size_t i;

	compare_run_durations(&c);
	for (i = 0; i < d->n_pairs && o && n; i++) {
		const struct diff_pair *pair = &d->pairs[i];

		if (!is_passed(pair->old_item) || !is_passed(pair->new_item))
			continue;
		c.id = member_text(pair->new_item, "case");
		c.subject = pair->subject;
		compare_durations(&c, member_real(pair->old_item, "duration_s"),
				  member_real(pair->new_item, "duration_s"));
		collect(o, pair->old_item);
		collect(n, pair->new_item);
		compare_evidence(&c, o, n);
	}
	json_object_set_new(d->out, "figures", c.found);
	json_object_set_new(d->out, "figures_compared", json_integer((json_int_t)c.compared));
}
