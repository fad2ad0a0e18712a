/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What failed, by its cause: the item that stands for all of them at length, the others folded.
 */
#include "report/html.h"

#include "journal/member.h"
#include "report/blame.h"
#include "report/forms.h"
#include "report/markup.h"

static void open_fold(FILE *f, size_t n, const char *what)
{
	fprintf(f, "<details class=\"fold\"><summary>%zu %s</summary>\n", n, what);
}

/* The others of the same cause, each as the first. */
static void put_more(FILE *f, const json_t *report, const json_t *items)
{
	const size_t n = json_array_size(items);
	size_t i;

	if (n < 2)
		return;
	open_fold(f, n - 1, "more with this cause");
	for (i = 1; i < n; i++)
		html_finding(f, blame_item(report, items, i));
	fputs("</details>\n", f);
}

static void put_follower(FILE *f, const json_t *item)
{
	fputs("<li>", f);
	html_badge(f, item);
	fputc(' ', f);
	markup_element(f, "code", NULL, member_text(item, "case"));
	fputs(" on ", f);
	markup_element(f, "code", NULL, member_text(item, "subject"));
	fputs(": ", f);
	markup_text(f, form_finding(item));
	fputs("</li>\n", f);
}

static void put_follows(FILE *f, const json_t *report, const json_t *follows)
{
	const size_t n = json_array_size(follows);
	size_t i;

	if (n == 0)
		return;
	open_fold(f, n, "only follow from it");
	fputs("<ul class=\"follows\">\n", f);
	for (i = 0; i < n; i++)
		put_follower(f, blame_item(report, follows, i));
	fputs("</ul>\n</details>\n", f);
}

static void put_cause(FILE *f, const json_t *report, const json_t *cause)
{
	const json_t *items = json_object_get(cause, "items");
	char extent[300];

	fputs("<section class=\"cause\">\n", f);
	if (blame_has_more(cause)) {
		blame_extent(cause, extent, sizeof(extent));
		markup_element(f, "p", "extent", extent);
		fputc('\n', f);
	}
	html_finding(f, blame_first(report, cause));
	put_more(f, report, items);
	put_follows(f, report, json_object_get(cause, "follows"));
	fputs("</section>\n", f);
}

void html_causes(FILE *f, const json_t *report)
{
	const json_t *causes = json_object_get(report, "causes"), *cause;
	char headline[300];
	size_t i;

	if (!blame_headline(report, headline, sizeof(headline)))
		return;
	fputs("<h2>Failures: ", f);
	markup_text(f, headline);
	fputs("</h2>\n", f);
	json_array_foreach (causes, i, cause)
		put_cause(f, report, cause);
}
