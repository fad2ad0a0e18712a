/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures of ports beside those of ports with the same model and firmware: median and spread, and
 * what stands out. The spread is the median absolute deviation (MAD), which a few bad ports do not
 * move; what stands out is told by the modified z-score of Iglewicz and Hoaglin ("How to Detect and
 * Handle Outliers", 1993): 0.6745 (x - median) / MAD, beyond 3.5.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include "journal/member.h"
#include "report/figures.h"
#include "report/fleet_parts.h"
#include "report/report.h"

#define MIN_PORTS 5 /* fewer say nothing of what is usual */
#define MIN_PERCENT 10 /* a smaller difference is none, however alike the others are */
#define MAX_SCORE 3.5
#define SCORE_FACTOR 0.6745
#define MEAN_FACTOR 1.2533 /* for the mean deviation, where the MAD is 0 */
#define CASE_TEXT 60

static const char *const kinds[FIGURE_KINDS] = { "s", "b/s", "frames/s", "transfers/s" };

static enum figure_kind kind_of(const json_t *key)
{
	const char *unit = member_text(key, "unit");
	enum figure_kind k = FIGURE_TIME;

	while (k < FIGURE_KINDS - 1 && strcmp(kinds[k], unit) != 0)
		k++;
	return k;
}

void fleet_format_figure(const json_t *figure, const char *key, char *buf, size_t size)
{
	figures_format(kind_of(figure), member_real(figure, key), buf, size);
}

size_t fleet_add_key(struct fleet_keys *keys, const json_t *key)
{
	json_t *number;
	char name[300];

	util_format(name, sizeof(name), "%s\n%s\n%s", member_text(key, "case"),
		    member_text(key, "what"), member_text(key, "unit"));
	number = json_object_get(keys->ids, name);
	if (number)
		return (size_t)json_integer_value(number);
	json_object_set_new(keys->ids, name, json_integer((json_int_t)json_array_size(keys->list)));
	json_array_append(keys->list, (json_t *)key);
	return json_array_size(keys->list) - 1;
}

static size_t key_of(struct fleet_keys *keys, const char *id, const struct figure *f)
{
	json_t *key = json_object();
	size_t number;

	fleet_set_text(key, "case", id, CASE_TEXT);
	member_set_text(key, "what", f->what);
	member_set_text(key, "unit", kinds[f->unit->kind]);
	number = fleet_add_key(keys, key);
	json_decref(key);
	return number;
}

static void add_sample(struct fleet_run *run, size_t *room, struct fleet_sample sample)
{
	if (run->n_samples == *room) {
		size_t more = *room ? *room * 2 : 64;
		struct fleet_sample *list = realloc(run->samples, more * sizeof(*list));

		if (!list)
			return;
		run->samples = list;
		*room = more;
	}
	run->samples[run->n_samples++] = sample;
}

/* The number of the port in the host's "ports"; -1 if it is none. */
static int port_number(const json_t *host, const char *address)
{
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(host, "ports"), i, port)
		if (strcmp(member_text(port, "pci_addr"), address) == 0)
			return (int)i;
	return -1;
}

/* How long something took that failed says nothing. */
static bool is_passed(const json_t *item)
{
	const enum verdict v = report_item_verdict(item);

	return v == VERDICT_PASS || v == VERDICT_WARN;
}

void fleet_take_samples(struct fleet_run *run, const json_t *report, struct fleet_keys *keys)
{
	struct figure found[FIGURES_MAX];
	json_t *item, *line;
	size_t room = 0, i, k, n, m;

	json_array_foreach (json_object_get(report, "items"), i, item) {
		const int port = port_number(run->host, member_text(item, "subject"));

		if (port < 0 || !is_passed(item))
			continue;
		json_array_foreach (json_object_get(item, "evidence"), k, line) {
			n = figures_measured(member_text(line, "key"), member_text(line, "value"),
					     found);
			for (m = 0; m < n; m++)
				add_sample(
					run, &room,
					(struct fleet_sample){
						key_of(keys, member_text(item, "case"), &found[m]),
						(unsigned int)port, figure_base(&found[m]) });
		}
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double fleet_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* A figure of a port among those it is compared with. */
struct entry {
	const json_t *host, *port;
	size_t group; /* model and firmware */
	size_t key;
	size_t number; /* of the port, in all */
	double value;
};

struct outliers {
	struct entry *list;
	size_t n;
	json_t *groups; /* model and firmware -> number */
	const struct fleet_keys *keys;
	double *values, *deviations; /* room for all of a figure */
	json_t *figures; /* the result */
	json_t *ports; /* number of a port -> what of it stands out */
};

static size_t group_of(struct outliers *o, const json_t *port)
{
	char name[600];
	json_t *number;

	util_format(name, sizeof(name), "%s:%s %s:%s %s", member_text(port, "vendor"),
		    member_text(port, "device"), member_text(port, "subvendor"),
		    member_text(port, "subdevice"), member_text(port, "firmware_version"));
	util_sanitise(name);
	number = json_object_get(o->groups, name);
	if (!number) {
		number = json_integer((json_int_t)json_object_size(o->groups));
		json_object_set_new(o->groups, name, number);
	}
	return (size_t)json_integer_value(number);
}

static void collect(struct outliers *o, const struct fleet_run *run, size_t first_port)
{
	const json_t *ports = json_object_get(run->host, "ports");
	size_t i;

	for (i = 0; i < run->n_samples; i++) {
		const struct fleet_sample *s = &run->samples[i];
		const json_t *port = json_array_get(ports, s->port);

		if (isfinite(s->value))
			o->list[o->n++] = (struct entry){
				run->host, port, group_of(o, port), s->key, first_port + s->port,
				s->value
			};
	}
}

static int compare_sizes(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

static int by_figure(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare_sizes(x->group, y->group);

	if (order == 0)
		order = compare_sizes(x->key, y->key);
	if (order == 0)
		order = compare_sizes(x->number, y->number);
	return order ? order : by_value(&x->value, &y->value);
}

/* One entry for each port, the median of its own, in place. Returns how many there are. */
static size_t join_ports(struct outliers *o, struct entry *list, size_t n)
{
	size_t out = 0, from = 0, i, k;

	while (from < n) {
		for (i = from; i < n && list[i].number == list[from].number; i++)
			;
		for (k = from; k < i; k++)
			o->values[k - from] = list[k].value;
		list[out] = list[from];
		list[out++].value = fleet_median(o->values, i - from);
		from = i;
	}
	return out;
}

/* What the deviations are divided by; 0 if nothing deviates. */
static double spread(double *deviations, size_t n, double *mad)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += deviations[i];
	*mad = fleet_median(deviations, n);
	return *mad > 0 ? *mad / SCORE_FACTOR : MEAN_FACTOR * sum / (double)n;
}

static void add_outlier(struct outliers *o, const struct entry *e, const json_t *figure,
			double score)
{
	const json_t *key = json_array_get(o->keys->list, e->key);
	const bool worse = (score > 0) == (kind_of(key) == FIGURE_TIME);
	json_t *obj = json_object(), *port;
	char number[24];

	member_set_text(obj, "case", member_text(key, "case"));
	member_set_text(obj, "what", member_text(key, "what"));
	member_set_text(obj, "unit", member_text(key, "unit"));
	member_set_text(obj, "change", worse ? "worse" : "better");
	member_set_real(obj, "value", e->value);
	member_set_real(obj, "median", member_real(figure, "median"));
	member_set_real(obj, "mad", member_real(figure, "mad"));
	member_set_real(obj, "score", score);
	json_object_set(obj, "ports", json_object_get(figure, "ports"));
	util_format(number, sizeof(number), "%zu", e->number);
	port = json_object_get(o->ports, number);
	if (!port) {
		port = json_object();
		json_object_set(port, "host", json_object_get(e->host, "name"));
		json_object_set(port, "pci_addr", json_object_get(e->port, "pci_addr"));
		json_object_set(port, "name", json_object_get(e->port, "name"));
		json_object_set(port, "firmware_version",
				json_object_get(e->port, "firmware_version"));
		member_set_number(port, "worse", 0);
		member_set_number(port, "better", 0);
		json_object_set_new(port, "figures", json_array());
		json_object_set_new(o->ports, number, port);
	}
	member_set_number(port, worse ? "worse" : "better",
			  member_number(port, worse ? "worse" : "better") + 1);
	json_array_append_new(json_object_get(port, "figures"), obj);
}

/* A figure of all ports of a model and firmware. */
static void judge(struct outliers *o, const struct entry *list, size_t n)
{
	double median, mad, divisor;
	json_t *figure = json_object();
	size_t i;

	for (i = 0; i < n; i++)
		o->values[i] = list[i].value;
	median = fleet_median(o->values, n);
	for (i = 0; i < n; i++)
		o->deviations[i] = fabs(list[i].value - median);
	divisor = spread(o->deviations, n, &mad);
	json_object_set(figure, "name", json_object_get(list[0].port, "name"));
	json_object_set(figure, "firmware_version",
			json_object_get(list[0].port, "firmware_version"));
	json_object_update(figure, json_array_get(o->keys->list, list[0].key));
	member_set_number(figure, "ports", (json_int_t)n);
	member_set_real(figure, "median", median);
	member_set_real(figure, "mad", mad);
	member_set_real(figure, "min", o->values[0]);
	member_set_real(figure, "max", o->values[n - 1]);
	for (i = 0; i < n && divisor > 0; i++) {
		const double score = (list[i].value - median) / divisor;

		if (fabs(score) > MAX_SCORE && isfinite(score) &&
		    fabs(list[i].value - median) * 100 > median * MIN_PERCENT)
			add_outlier(o, &list[i], figure, score);
	}
	json_array_append_new(o->figures, figure);
}

static void judge_all(struct outliers *o)
{
	size_t from = 0, i, n;

	if (o->n > 0)
		qsort(o->list, o->n, sizeof(*o->list), by_figure);
	for (; from < o->n; from = i) {
		for (i = from; i < o->n && o->list[i].group == o->list[from].group &&
			       o->list[i].key == o->list[from].key;
		     i++)
			;
		n = join_ports(o, o->list + from, i - from);
		if (n >= MIN_PORTS)
			judge(o, o->list + from, n);
	}
}

static int furthest_first(const void *a, const void *b)
{
	const double x = fabs(member_real(*(json_t *const *)a, "score")),
		     y = fabs(member_real(*(json_t *const *)b, "score"));

	return (x < y) - (x > y);
}

static void sort_figures(json_t *port)
{
	json_t *figures = json_object_get(port, "figures"), *sorted = json_array();
	const size_t n = json_array_size(figures);
	_cleanup_free_ json_t **list = calloc(n + 1, sizeof(*list));
	size_t i;

	for (i = 0; list && i < n; i++)
		list[i] = json_array_get(figures, i);
	if (list)
		qsort(list, n, sizeof(*list), furthest_first);
	for (i = 0; list && i < n; i++)
		json_array_append(sorted, list[i]);
	json_object_set_new(port, "figures", sorted);
}

static int worst_first(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	json_int_t d = member_number(y, "worse") - member_number(x, "worse");
	int order = strcmp(member_text(x, "host"), member_text(y, "host"));

	if (d == 0)
		d = member_number(y, "better") - member_number(x, "better");
	if (d != 0)
		return d > 0 ? 1 : -1;
	return order ? order : strcmp(member_text(x, "pci_addr"), member_text(y, "pci_addr"));
}

static json_t *sorted_ports(json_t *ports)
{
	const size_t n = json_object_size(ports);
	_cleanup_free_ json_t **list = calloc(n + 1, sizeof(*list));
	json_t *array = json_array(), *port;
	const char *number;
	size_t i = 0;

	if (!list)
		return array;
	json_object_foreach (ports, number, port) {
		sort_figures(port);
		list[i++] = port;
	}
	qsort(list, n, sizeof(*list), worst_first);
	for (i = 0; i < n; i++)
		json_array_append(array, list[i]);
	return array;
}

int fleet_outliers(json_t *out, const struct fleet_set *set, const struct fleet_keys *keys)
{
	struct outliers o = { .keys = keys };
	size_t total = 0, first_port = 0, i;

	for (i = 0; i < set->n; i++)
		total += set->runs[i].newer ? 0 : set->runs[i].n_samples;
	o.list = calloc(total + 1, sizeof(*o.list));
	o.values = calloc(total + 1, sizeof(*o.values));
	o.deviations = calloc(total + 1, sizeof(*o.deviations));
	o.groups = json_object();
	o.figures = json_array();
	o.ports = json_object();
	for (i = 0; o.list && o.values && o.deviations && i < set->n; i++) {
		if (set->runs[i].newer)
			continue;
		collect(&o, &set->runs[i], first_port);
		first_port += json_array_size(json_object_get(set->runs[i].host, "ports"));
	}
	if (o.list && o.values && o.deviations)
		judge_all(&o);
	json_object_set_new(out, "outliers", sorted_ports(o.ports));
	json_object_set_new(out, "figures", o.figures);
	json_decref(o.ports);
	json_decref(o.groups);
	free(o.deviations);
	free(o.values);
	free(o.list);
	return 0;
}
