/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plots, as SVG in the page: one for each kind of figure, in it a panel for each port, the ports of
 * a card beside each other, all to the same scale. What is drawn in a panel is in html_panel.c.
 */
#include "report/html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "journal/member.h"
#include "report/figure_list.h"
#include "report/html_panel.h"
#include "report/markup.h"

/* "0000:01:00" of "0000:01:00.1": the ports of a card differ in their function only. */
static size_t card_length(const char *subject)
{
	const char *point = strrchr(subject, '.');

	return point ? (size_t)(point - subject) : strlen(subject);
}

static bool is_same_card(const char *a, const char *b)
{
	size_t len = card_length(a);

	return len == card_length(b) && memcmp(a, b, len) == 0;
}

static void add_to(json_t *arrays, const char *key, json_t *entry)
{
	json_t *entries = json_object_get(arrays, key);

	if (!entries) {
		entries = json_array();
		json_object_set_new(arrays, key, entries);
	}
	json_array_append(entries, entry);
}

static int by_subject(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The entries of each port of a plot, as arrays by subject. */
static json_t *by_port(const json_t *entries)
{
	json_t *ports = json_object(), *entry;
	size_t i;

	json_array_foreach (entries, i, entry)
		add_to(ports, member_text(entry, "subject"), entry);
	return ports;
}

static void put_panels(FILE *f, const struct html_panel *panel, json_t *ports,
		       const char **subjects)
{
	const size_t n = json_object_size(ports);
	const char *subject;
	json_t *own;
	size_t i = 0;

	json_object_foreach (ports, subject, own)
		subjects[i++] = subject;
	qsort(subjects, n, sizeof(*subjects), by_subject);
	fputs("<div class=\"cards\">\n", f);
	for (i = 0; i < n; i++) {
		if (i == 0 || !is_same_card(subjects[i - 1], subjects[i]))
			fputs("<div class=\"card\">\n", f);
		html_put_panel(f, panel, subjects[i], json_object_get(ports, subjects[i]));
		if (i + 1 == n || !is_same_card(subjects[i], subjects[i + 1]))
			fputs("</div>\n", f);
	}
	fputs("</div>\n", f);
}

static int put_plot(FILE *f, const char *title, const json_t *entries)
{
	struct html_panel panel = html_panel_of(entries);
	json_t *ports = by_port(entries);
	_cleanup_free_ const char **subjects =
		calloc(json_object_size(ports) + 1, sizeof(*subjects));

	if (!subjects) {
		json_decref(ports);
		return -ENOMEM;
	}
	fputs("<figure>", f);
	markup_element(f, "figcaption", NULL, title);
	fputc('\n', f);
	put_panels(f, &panel, ports, subjects);
	fputs("</figure>\n", f);
	json_decref(ports);
	return 0;
}

/* The entries of one plot and unit each, in the order of their first ones. */
static json_t *group(const json_t *list)
{
	json_t *plots = json_object(), *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		char key[256];

		util_format(key, sizeof(key), "%s|%s", member_text(entry, "plot"),
			    member_text(entry, "unit"));
		add_to(plots, key, entry);
	}
	return plots;
}

int html_plots(FILE *f, const json_t *report)
{
	json_t *list = figure_list(report), *plots, *entries;
	const char *key;
	int ret = 0;

	if (!list)
		return -ENOMEM;
	plots = group(list);
	fputs("<h2>Figures</h2>\n", f);
	if (json_array_size(list) == 0)
		fputs("<p class=\"none\">No item of this run has measured a time or a rate.</p>\n",
		      f);
	else
		fputs("<p class=\"none\">A dot is a median, the line through it reaches from the "
		      "least to the most, n is the number of samples. All ports of a figure have "
		      "the same scale.</p>\n",
		      f);
	json_object_foreach (plots, key, entries)
		if (ret == 0)
			ret = put_plot(f, member_text(json_array_get(entries, 0), "plot"), entries);
	json_decref(plots);
	json_decref(list);
	return ret;
}
