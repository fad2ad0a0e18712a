/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plots, as SVG in the page: one for each kind of figure, one row in it for each case and port, one
 * dot for each figure, a line at their median.
 */
#include "report/html.h"

#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "report/figures.h"
#include "report/forms.h"
#include "report/markup.h"

#define MAX_ROWS 60
#define MAX_DOTS 200 /* of a row */
#define LABEL_WIDTH 270
#define PLOT_WIDTH 540
#define NOTE_WIDTH 270
#define ROW_HEIGHT 22
#define AXIS_HEIGHT 24
#define TICKS 5

struct row {
	const json_t *item;
	double values[MAX_DOTS]; /* in the kind's own unit, sorted */
	size_t n;
};

struct plot {
	const char *key;
	enum figure_kind kind;
	struct row *rows;
	size_t n;
	bool cut; /* there were more rows or dots */
};

/* The row of an item, which is the last one or a new one; NULL if there is no room for it. */
static struct row *row_of(struct plot *p, const json_t *item)
{
	if (p->n > 0 && p->rows[p->n - 1].item == item)
		return &p->rows[p->n - 1];
	if (p->n == MAX_ROWS)
		return NULL;
	p->rows[p->n] = (struct row){ .item = item };
	return &p->rows[p->n++];
}

static void add_figures(struct plot *p, const json_t *item, const char *value)
{
	struct figure figures[FIGURES_MAX];
	size_t n = figures_measured(p->key, value, figures), i;

	for (i = 0; i < n; i++) {
		struct row *row;

		if (figures[i].unit->kind != p->kind)
			continue;
		row = row_of(p, item);
		if (row && row->n < MAX_DOTS)
			row->values[row->n++] = figure_base(&figures[i]);
		else
			p->cut = true;
	}
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double largest(const struct plot *p)
{
	double max = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->rows[i].values[p->rows[i].n - 1] > max)
			max = p->rows[i].values[p->rows[i].n - 1];
	return max < 1e-9 ? 1e-9 : max > 1e15 ? 1e15 : max;
}

/* The end of an axis to @max whose ticks are round numbers. */
static double round_up(double max)
{
	static const double steps[] = { 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 };
	double magnitude = 1e-9;
	size_t i;

	while (magnitude * 10 <= max && magnitude < 1e15)
		magnitude *= 10;
	for (i = 0; i < ARRAY_SIZE(steps) - 1 && steps[i] * magnitude < max; i++)
		;
	return steps[i] * magnitude;
}

static void put_axis(FILE *f, const struct plot *p, double end, double height)
{
	unsigned int i;

	for (i = 0; i <= TICKS; i++) {
		double x = LABEL_WIDTH + (double)PLOT_WIDTH * i / TICKS;
		char text[32];

		figures_format(p->kind, end * i / TICKS, text, sizeof(text));
		fprintf(f,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%.1f\"/>"
			"<text class=\"axis\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s"
			"</text>\n",
			x, x, height, x, height + 16, i ? text : "0");
	}
}

static void put_row(FILE *f, const struct plot *p, const struct row *row, double end, double y)
{
	double mid = row->n % 2 ? row->values[row->n / 2]
				: (row->values[row->n / 2 - 1] + row->values[row->n / 2]) / 2;
	double x = LABEL_WIDTH + PLOT_WIDTH * mid / end;
	char median[32], max[32];
	size_t i;

	fprintf(f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LABEL_WIDTH - 12, y + 4);
	markup_text(f, member_text(row->item, "case"));
	fputc(' ', f);
	markup_text(f, member_text(row->item, "subject"));
	fputs("</text>\n", f);
	for (i = 0; i < row->n; i++)
		fprintf(f, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>\n",
			LABEL_WIDTH + PLOT_WIDTH * row->values[i] / end, y);
	if (row->n > 1)
		fprintf(f,
			"<line class=\"mid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
			x, y - 8, x, y + 8);
	figures_format(p->kind, mid, median, sizeof(median));
	figures_format(p->kind, row->values[row->n - 1], max, sizeof(max));
	fprintf(f, "<text class=\"axis\" x=\"%d\" y=\"%.1f\">%s", LABEL_WIDTH + PLOT_WIDTH + 24,
		y + 4, median);
	if (row->n > 1)
		fprintf(f, " median of %zu, at most %s", row->n, max);
	fputs("</text>\n", f);
}

static void put_plot(FILE *f, struct plot *p)
{
	double height = (double)p->n * ROW_HEIGHT, end;
	size_t i;

	for (i = 0; i < p->n; i++)
		qsort(p->rows[i].values, p->rows[i].n, sizeof(double), by_value);
	end = round_up(largest(p));
	fputs("<figure>", f);
	markup_element(f, "figcaption", NULL, figures_title(p->key));
	fprintf(f, "\n<svg viewBox=\"0 0 %d %.0f\" role=\"img\">\n",
		LABEL_WIDTH + PLOT_WIDTH + NOTE_WIDTH, height + AXIS_HEIGHT);
	put_axis(f, p, end, height);
	for (i = 0; i < p->n; i++)
		put_row(f, p, &p->rows[i], end, ((double)i + 0.5) * ROW_HEIGHT);
	fputs("</svg>\n", f);
	if (p->cut)
		fputs("<p class=\"none\">There are more than the plot shows.</p>\n", f);
	fputs("</figure>\n", f);
}

/*
 * Plots all figures of that key and kind. @lines: the lines of evidence with that key, each after
 * its item.
 */
static int plot(FILE *f, const json_t *lines, const char *key, enum figure_kind kind)
{
	struct plot p = { .key = key, .kind = kind };
	size_t i, n = json_array_size(lines);

	p.rows = calloc(MAX_ROWS, sizeof(*p.rows));
	if (!p.rows)
		return -ENOMEM;
	for (i = 0; i + 1 < n; i += 2)
		add_figures(&p, json_array_get(lines, i),
			    member_text(json_array_get(lines, i + 1), "value"));
	if (p.n > 0)
		put_plot(f, &p);
	free(p.rows);
	return 0;
}

static void add_line(json_t *keys, const char *key, json_t *item, json_t *line)
{
	json_t *lines = json_object_get(keys, key);

	if (!lines) {
		lines = json_array();
		json_object_set_new(keys, key, lines);
	}
	json_array_append(lines, item);
	json_array_append(lines, line);
}

/* The keys that have figures, in their order: an object from key to lines as plot() takes them. */
static json_t *keys_with_figures(const json_t *report)
{
	json_t *keys = json_object(), *item, *line;
	size_t i, k;

	json_array_foreach (json_object_get(report, "items"), i, item)
		json_array_foreach (json_object_get(item, "evidence"), k, line) {
			struct figure figures[FIGURES_MAX];
			const char *key = member_text(line, "key");

			if (figures_measured(key, member_text(line, "value"), figures) > 0)
				add_line(keys, key, item, line);
		}
	return keys;
}

int html_plots(FILE *f, const json_t *report)
{
	json_t *keys = keys_with_figures(report), *lines;
	enum figure_kind kind;
	const char *key;
	int ret = 0;

	fputs("<h2>Figures</h2>\n", f);
	if (json_object_size(keys) == 0)
		fputs("<p class=\"none\">No item of this run has measured a time or a rate.</p>\n",
		      f);
	json_object_foreach (keys, key, lines)
		for (kind = FIGURE_TIME; kind < FIGURE_KINDS && ret == 0; kind++)
			ret = plot(f, lines, key, kind);
	json_decref(keys);
	return ret;
}
