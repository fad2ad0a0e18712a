/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items on the page: findings at length, and the table of a subject.
 */
#include "report/html.h"

#include <string.h>
#include "journal/member.h"
#include "report/forms.h"
#include "report/markup.h"

void html_badge(FILE *f, const json_t *item)
{
	const char *verdict = verdict_name(report_item_verdict(item));

	fprintf(f, "<span class=\"v %s\">%s</span>", verdict, verdict);
}

void html_place(FILE *f, const json_t *obj)
{
	const char *place = member_text(obj, "place");

	if (!place[0])
		return;
	fputs(" (", f);
	markup_text(f, place);
	fputc(')', f);
}

static void put_line(FILE *f, const char *what, const char *text)
{
	markup_element(f, "dt", NULL, what);
	markup_element(f, "dd", strcmp(what, "fix") == 0 ? "fix" : NULL, text);
	fputc('\n', f);
}

/* The lines of an array: texts, or keys and values. */
static void put_lines(FILE *f, const char *what, const json_t *lines)
{
	const json_t *line;
	size_t i;

	if (json_array_size(lines) == 0)
		return;
	fprintf(f, "<details><summary>%s (%zu)</summary><pre>", what, json_array_size(lines));
	json_array_foreach (lines, i, line) {
		if (json_is_string(line)) {
			markup_text(f, json_string_value(line));
		} else {
			markup_text(f, member_text(line, "key"));
			fputs(" = ", f);
			markup_text(f, member_text(line, "value"));
		}
		fputc('\n', f);
	}
	fputs("</pre></details>\n", f);
}

static void put_proof(FILE *f, const json_t *item)
{
	put_lines(f, "evidence", json_object_get(item, "evidence"));
	put_lines(f, "kernel messages", json_object_get(item, "kernel_log"));
	put_lines(f, "guest console", json_object_get(item, "console"));
}

void html_finding(FILE *f, const json_t *item)
{
	const char *verdict = verdict_name(report_item_verdict(item));

	fprintf(f, "<article class=\"%s\"><h3>", verdict);
	html_badge(f, item);
	fputc(' ', f);
	markup_element(f, "code", NULL, member_text(item, "case"));
	fputs(" on ", f);
	markup_element(f, "code", NULL, member_text(item, "subject"));
	html_place(f, item);
	if (!member_not_false(item, "required"))
		fputs(" <span class=\"none\">(not required)</span>", f);
	markup_element(f, "span", "title", member_text(item, "title"));
	fputs("</h3>\n<dl>\n", f);
	form_explain(f, item, put_line);
	fputs("</dl>\n", f);
	put_proof(f, item);
	fputs("</article>\n", f);
}

static bool is_doubt(const json_t *item)
{
	enum verdict v = report_item_verdict(item);

	return v == VERDICT_WARN || v == VERDICT_NONE;
}

void html_findings(FILE *f, const json_t *report)
{
	bool any = false;
	json_t *item;
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item) {
		if (!is_doubt(item))
			continue;
		if (!any)
			fputs("<h2>Other findings</h2>\n", f);
		any = true;
		html_finding(f, item);
	}
}

/* What was found of an item that is explained above is not said again. */
static void put_row(FILE *f, const json_t *item)
{
	fputs("<tr><td>", f);
	html_badge(f, item);
	fputs("</td><td>", f);
	markup_element(f, "code", NULL, member_text(item, "case"));
	markup_element(f, "span", "title", member_text(item, "title"));
	fputs("</td><td>", f);
	markup_text(f, form_finding(item));
	if (!member_not_false(item, "required"))
		fputs(" <span class=\"none\">(not required)</span>", f);
	if (!report_is_failure(item) && !is_doubt(item) &&
	    report_item_verdict(item) != VERDICT_ERROR)
		put_proof(f, item);
	fprintf(f, "</td><td>%.1f s</td></tr>\n", form_duration(item));
}

void html_items(FILE *f, const json_t *items)
{
	json_t *item;
	size_t i;

	fputs("<table>\n<thead><tr><th class=\"c-v\">Verdict</th><th class=\"c-case\">Case</th>"
	      "<th>Result</th><th class=\"c-s\">Time</th></tr></thead>\n<tbody>\n",
	      f);
	json_array_foreach (items, i, item)
		put_row(f, item);
	fputs("</tbody>\n</table>\n", f);
}
