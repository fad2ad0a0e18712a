/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of medians and ranges, or curves over the number of what the values depend on. Widths are
 * such that the text can be read on a telephone, where a panel is about as wide as its drawing.
 */
#include "report/html_panel.h"

#include <stdlib.h>
#include <string.h>
#include "journal/member.h"
#include "report/figures.h"
#include "report/markup.h"

#define WIDTH 380.0
#define ROWS_MAX 60
#define ROW_HEIGHT 32.0
#define ROW_LEFT 6.0
#define ROW_WIDTH 246.0
#define ROW_NOTE 264.0
#define AXIS_HEIGHT 22.0
#define LABEL_MAX 62 /* characters in the width of a panel */
#define CURVE_TOP 26.0
#define CURVE_LEFT 62.0
#define CURVE_WIDTH 300.0
#define CURVE_HEIGHT 150.0
#define CURVE_FOOT 38.0
#define CURVE_LABELS 12 /* as many numbers there is room for */
#define CURVE_TICKS 4

/* ---- the scale ---- */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The end of an axis to @max whose ticks are round numbers. */
static double round_up(double max)
{
	static const double steps[] = { 1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10 };
	double magnitude = 1e-9;
	size_t i;

	max = max < 1e-9 ? 1e-9 : max > 1e15 ? 1e15 : max;
	while (magnitude * 10 <= max && magnitude < 1e15)
		magnitude *= 10;
	for (i = 0; i < ARRAY_SIZE(steps) - 1 && steps[i] * magnitude < max; i++)
		;
	return steps[i] * magnitude;
}

static enum figure_kind kind_of(const json_t *entry)
{
	const struct figure_unit *unit = figure_unit_find(member_text(entry, "unit"));

	return unit ? unit->kind : FIGURE_TRANSFERS;
}

static void add_at(struct html_panel *p, double at)
{
	size_t i;

	for (i = 0; i < p->n_at; i++)
		if (p->at[i] == at)
			return;
	if (p->n_at < HTML_PANEL_AT_MAX)
		p->at[p->n_at++] = at;
}

/* Figures without a name of their own are told apart by their case where that has several. */
static const char *series_name(const json_t *entry)
{
	const char *name = member_text(entry, "series");

	return name[0] ? name : member_text(entry, "case");
}

static size_t find_series(const struct html_panel *p, const json_t *entry)
{
	size_t i;

	for (i = 0; i < p->n_series; i++)
		if (strcmp(p->series[i], series_name(entry)) == 0)
			break;
	return i;
}

static void add_series(struct html_panel *p, const json_t *entry)
{
	if (p->many || find_series(p, entry) < p->n_series)
		return;
	if (p->n_series == HTML_PANEL_SERIES_MAX)
		p->many = true;
	else
		p->series[p->n_series++] = series_name(entry);
}

struct html_panel html_panel_of(const json_t *entries)
{
	const json_t *first = json_array_get(entries, 0), *entry;
	struct html_panel p = { .kind = kind_of(first), .by = member_text(first, "by") };
	double most = 0;
	size_t i;

	json_array_foreach (entries, i, entry) {
		if (member_real(entry, "most") > most)
			most = member_real(entry, "most");
		if (strcmp(member_text(entry, "by"), p.by) != 0)
			p.by = ""; /* some texts do not say it: rows show all */
	}
	json_array_foreach (entries, i, entry) {
		if (p.by[0])
			add_at(&p, member_real(entry, "at"));
		add_series(&p, entry);
	}
	qsort(p.at, p.n_at, sizeof(p.at[0]), by_value);
	p.end = round_up(most);
	return p;
}

/* ---- rows ---- */

static double row_x(const struct html_panel *p, double value)
{
	return ROW_LEFT + ROW_WIDTH * value / p->end;
}

/* Case, what of its figures it is, and of what. */
static void put_label(FILE *f, const json_t *entry)
{
	const char *words = strchr(member_text(entry, "name"), ' ');
	const char *parts[] = { member_text(entry, "case"), "", member_text(entry, "of") };
	char text[256] = "";
	size_t i;

	/* A percentile, say; that the middle is of means is no name. */
	if (words && strcmp(words, " mean") != 0)
		parts[1] = words + 1;
	for (i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i][0])
			util_format(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				    i ? ", " : "", parts[i]);
	if (strlen(text) > LABEL_MAX)
		memcpy(text + LABEL_MAX - 3, "...", 4);
	markup_text(f, text);
}

static void put_row(FILE *f, const struct html_panel *p, const json_t *entry, double y)
{
	char text[32];

	fprintf(f, "<text x=\"%.0f\" y=\"%.0f\">", ROW_LEFT, y + 11);
	put_label(f, entry);
	fprintf(f,
		"</text>\n<line class=\"range\" x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\"/>"
		"<circle class=\"dot\" cx=\"%.1f\" cy=\"%.0f\" r=\"4\"/>\n",
		row_x(p, member_real(entry, "least")), y + 21, row_x(p, member_real(entry, "most")),
		y + 21, row_x(p, member_real(entry, "median")), y + 21);
	figures_format(p->kind, member_real(entry, "median"), text, sizeof(text));
	fprintf(f, "<text class=\"axis\" x=\"%.0f\" y=\"%.0f\">%s, n %lld</text>\n", ROW_NOTE,
		y + 25, text, (long long)member_number(entry, "samples"));
}

static void put_rows_axis(FILE *f, const struct html_panel *p, double height)
{
	unsigned int i;

	for (i = 0; i <= 2; i++) {
		double x = row_x(p, p->end * i / 2);
		char text[32];

		figures_format(p->kind, p->end * i / 2, text, sizeof(text));
		fprintf(f,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%.0f\"/>"
			"<text class=\"axis\" x=\"%.1f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n",
			x, x, height, x, height + 15, i ? "middle" : "start", i ? text : "0");
	}
}

static void put_rows(FILE *f, const struct html_panel *p, const json_t *own)
{
	const size_t all = json_array_size(own), n = all > ROWS_MAX ? ROWS_MAX : all;
	size_t i;

	fprintf(f, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n", WIDTH,
		(double)n * ROW_HEIGHT + AXIS_HEIGHT);
	put_rows_axis(f, p, (double)n * ROW_HEIGHT);
	for (i = 0; i < n; i++)
		put_row(f, p, json_array_get(own, i), (double)i * ROW_HEIGHT);
	fputs("</svg>\n", f);
	if (n < all)
		fprintf(f, "<p class=\"none\">There are %zu more than the plot shows.</p>\n",
			all - n);
}

/* ---- curves ---- */

/* Equal steps from one number to the next: 1, 2, 4, 8, 63. */
static double curve_x(const struct html_panel *p, double at)
{
	size_t i;

	for (i = 0; i + 1 < p->n_at && p->at[i] < at; i++)
		;
	return CURVE_LEFT + CURVE_WIDTH * ((double)i + 0.5) / (double)p->n_at;
}

static double curve_y(const struct html_panel *p, double value)
{
	return CURVE_TOP + CURVE_HEIGHT * (1 - value / p->end);
}

static void put_curve_axes(FILE *f, const struct html_panel *p)
{
	size_t every = (p->n_at + CURVE_LABELS - 1) / CURVE_LABELS, i;
	char text[32];

	for (i = 0; i <= CURVE_TICKS; i++) {
		double y = curve_y(p, p->end * (double)i / CURVE_TICKS);

		figures_format(p->kind, p->end * (double)i / CURVE_TICKS, text, sizeof(text));
		fprintf(f,
			"<line class=\"grid\" x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\"/>"
			"<text class=\"axis\" x=\"%.0f\" y=\"%.1f\" "
			"text-anchor=\"end\">%s</text>\n",
			CURVE_LEFT, y, CURVE_LEFT + CURVE_WIDTH, y, CURVE_LEFT - 6, y + 4,
			i ? text : "0");
	}
	for (i = 0; i < p->n_at; i += every)
		fprintf(f,
			"<text class=\"axis\" x=\"%.1f\" y=\"%.0f\" "
			"text-anchor=\"middle\">%g</text>\n",
			curve_x(p, p->at[i]), CURVE_TOP + CURVE_HEIGHT + 15, p->at[i]);
	fprintf(f, "<text class=\"axis\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">",
		CURVE_LEFT + CURVE_WIDTH / 2, CURVE_TOP + CURVE_HEIGHT + 31);
	markup_text(f, p->by);
	fputs("</text>\n", f);
}

static void put_points(FILE *f, const struct html_panel *p, const json_t *own, size_t series)
{
	const json_t *entry, *at_this[HTML_PANEL_AT_MAX] = { NULL };
	size_t i, k, n = 0;

	json_array_foreach (own, i, entry) {
		double x, value = member_real(entry, "median");
		char text[32];

		if (!p->many && find_series(p, entry) != series)
			continue;
		x = curve_x(p, member_real(entry, "at"));
		for (k = 0; k < p->n_at; k++)
			if (p->at[k] == member_real(entry, "at"))
				at_this[k] = entry;
		figures_format(p->kind, value, text, sizeof(text));
		fprintf(f,
			"<line class=\"range s%zu\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
			"y2=\"%.1f\"/>"
			"<circle class=\"dot s%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>",
			series, x, curve_y(p, member_real(entry, "least")), x,
			curve_y(p, member_real(entry, "most")), series, x, curve_y(p, value));
		put_label(f, entry);
		fprintf(f, ": %s, n %lld</title></circle>\n", text,
			(long long)member_number(entry, "samples"));
	}
	if (p->many)
		return;
	fprintf(f, "<polyline class=\"curve s%zu\" points=\"", series);
	for (k = 0; k < p->n_at; k++)
		if (at_this[k])
			fprintf(f, "%s%.1f,%.1f", n++ ? " " : "", curve_x(p, p->at[k]),
				curve_y(p, member_real(at_this[k], "median")));
	fputs("\"/>\n", f);
}

static void put_legend(FILE *f, const struct html_panel *p)
{
	double x = ROW_LEFT;
	size_t i;

	for (i = 0; i < p->n_series; i++) {
		fprintf(f,
			"<circle class=\"dot s%zu\" cx=\"%.0f\" cy=\"9\" r=\"4\"/>"
			"<text x=\"%.0f\" y=\"13\">",
			i, x + 4, x + 12);
		markup_text(f, p->series[i]);
		fputs("</text>\n", f);
		x += 12 + 6.2 * (double)strlen(p->series[i]) + 14;
	}
}

static void put_curve(FILE *f, const struct html_panel *p, const json_t *own)
{
	const size_t n = p->many ? 1 : p->n_series;
	size_t i;

	fprintf(f, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n", WIDTH,
		CURVE_TOP + CURVE_HEIGHT + CURVE_FOOT);
	put_curve_axes(f, p);
	for (i = 0; i < n; i++)
		put_points(f, p, own, i);
	if (!p->many)
		put_legend(f, p);
	fputs("</svg>\n", f);
}

void html_put_panel(FILE *f, const struct html_panel *p, const char *subject, const json_t *own)
{
	fputs("<div class=\"port\">", f);
	markup_element(f, "code", NULL, subject);
	fputc('\n', f);
	if (p->n_at > 1)
		put_curve(f, p, own);
	else
		put_rows(f, p, own);
	fputs("</div>\n", f);
}
