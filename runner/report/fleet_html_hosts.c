/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hosts on a fleet's page: a row for each, a cell for each area of cases with the first that is
 * wrong there.
 */
#include <string.h>
#include "journal/member.h"
#include "report/fleet_page.h"
#include "report/fleet_parts.h"
#include "report/markup.h"

#define CAUSE_TEXT 160

static const char *const classes[FLEET_STATES] = { "", "p", "w", "o", "f" };

static const char *verdict_class(const json_t *host)
{
	return fleet_verdict_class(fleet_verdict_place(host));
}

/* Its place among the levels, for sorting. */
static int level_place(const char *level)
{
	static const char *const all[] = { "unknown", "none",	   "base",     "guests",
					   "network", "isolation", "endurance" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(all[i], level) == 0)
			return (int)i;
	return 0;
}

static void put_line(FILE *f, const char *what, const char *text)
{
	if (!text[0])
		return;
	fprintf(f, "<br>%s ", what);
	markup_text(f, text);
}

static void put_name(const struct fleet_page *p, const json_t *host)
{
	fleet_page_open_cell(p->f, "h");
	fputs("<b>", p->f);
	markup_text(p->f, member_text(host, "name"));
	fputs("</b><small>", p->f);
	fleet_page_cut(p->f, member_text(host, "product"), 40);
	fputs("</small><span class=\"t\"><b>", p->f);
	markup_text(p->f, member_text(host, "name"));
	fputs("</b>: ", p->f);
	markup_text(p->f, member_text(host, "vendor"));
	fputc(' ', p->f);
	markup_text(p->f, member_text(host, "product"));
	put_line(p->f, "BIOS", member_text(host, "bios_version"));
	put_line(p->f, "Kernel", member_text(host, "kernel"));
	put_line(p->f, "vfproof", member_text(host, "revision"));
	put_line(p->f, "Report", member_text(host, "file"));
	if (member_number(host, "older"))
		fprintf(p->f, " (and %lld older)", (long long)member_number(host, "older"));
	fputs("</span></td>", p->f);
}

static void put_verdict(const struct fleet_page *p, const json_t *host)
{
	const json_t *reasons = json_object_get(host, "reasons"), *reason;
	const char *class = verdict_class(host);
	size_t i;

	if (json_array_size(reasons) > 0)
		fleet_page_open_cell(p->f, "r");
	else
		fputs("<td>", p->f);
	fprintf(p->f, "<span class=\"v %s\">%s</span>", class, member_text(host, "verdict"));
	if (json_array_size(reasons) > 0) {
		fputs("<span class=\"t\"><b>Why</b>", p->f);
		json_array_foreach (reasons, i, reason)
			put_line(p->f, "-", json_string_value(reason));
		fputs("</span>", p->f);
	}
	fprintf(p->f, "</td><td data-s=\"%d\">%s</td>", level_place(member_text(host, "level")),
		member_text(host, "level"));
}

/* "2 x Intel 82576", by models. */
static void put_cards(const struct fleet_page *p, const json_t *host)
{
	const json_t *port;
	json_t *models = json_object(), *n;
	const char *name;
	size_t i;

	json_array_foreach (json_object_get(host, "ports"), i, port) {
		name = member_text(port, "name");
		member_set_number(models, name, member_number(models, name) + 1);
	}
	fputs("<td class=\"cards\">", p->f);
	i = 0;
	json_object_foreach (models, name, n) {
		if (i++ == 3) {
			fputs(", ...", p->f);
			break;
		}
		fprintf(p->f, "%s%lld&times; ", i > 1 ? ", " : "",
			(long long)json_integer_value(n));
		fleet_page_cut(p->f, name, 40);
	}
	fputs("</td>", p->f);
	json_decref(models);
}

static void put_first(const struct fleet_page *p, const json_t *area)
{
	const json_t *first = json_object_get(area, "first");
	const char *label = member_text(first, "label");
	const long n =
		fleet_page_number(p->cause_numbers, label[0] ? label : member_text(first, "case"));
	const json_t *cause =
		n >= 0 ? json_array_get(json_object_get(p->fleet, "causes"), (size_t)n) : NULL;

	fputs("<span class=\"t\"><b>", p->f);
	markup_text(p->f, member_text(first, "case"));
	fputs("</b> ", p->f);
	markup_text(p->f, member_text(first, "subject"));
	fputs(": ", p->f);
	markup_text(p->f, member_text(first, "verdict"));
	put_line(p->f, "", member_text(first, "text"));
	if (cause) {
		fprintf(p->f, "<br><a href=\"#c%ld\">cause</a> ", n);
		fleet_page_cut(p->f, member_text(cause, "cause"), CAUSE_TEXT);
	}
	fprintf(p->f, "<br>%lld failed, %lld open, %lld passed</span>",
		(long long)member_number(area, "failed"), (long long)member_number(area, "open"),
		(long long)member_number(area, "passed"));
}

/* What counts in a cell is told by a mark too, for who cannot tell the colours. */
static void put_area(const struct fleet_page *p, const json_t *area)
{
	static const char *const marks[FLEET_STATES] = { "", "", "! ", "? ", "&#10007; " };
	const enum fleet_state state = fleet_state_parse(member_text(area, "state"));
	json_int_t n = member_number(area, "passed");

	if (!area || state == FLEET_NONE) {
		fputs("<td class=\"c\"></td>", p->f);
		return;
	}
	if (state == FLEET_FAIL || state == FLEET_OPEN)
		n = member_number(area, state == FLEET_FAIL ? "failed" : "open");
	if (state == FLEET_PASS) {
		fprintf(p->f, "<td class=\"c p\">%lld</td>", (long long)n);
		return;
	}
	fprintf(p->f, "<td class=\"c %s\" tabindex=\"0\">%s%lld", classes[state], marks[state],
		(long long)n);
	put_first(p, area);
	fputs("</td>", p->f);
}

/* The places of its causes, for filtering. */
static void put_causes(const struct fleet_page *p, const json_t *host)
{
	const json_t *finding;
	size_t i;

	fputs(" data-c=\"", p->f);
	json_array_foreach (json_object_get(host, "findings"), i, finding) {
		const char *label = member_text(finding, "label");

		fprintf(p->f, "%s%ld", i ? " " : "",
			fleet_page_number(p->cause_numbers,
					  label[0] ? label : member_text(finding, "case")));
	}
	fputc('"', p->f);
}

static void put_row(const struct fleet_page *p, const json_t *host, size_t number)
{
	const json_t *areas = json_object_get(host, "areas"), *area;
	size_t i;

	fprintf(p->f, "<tr id=\"h%zu\" data-v=\"%zu\"", number, fleet_verdict_place(host));
	put_causes(p, host);
	fputc('>', p->f);
	put_name(p, host);
	put_verdict(p, host);
	json_array_foreach (json_object_get(p->fleet, "areas"), i, area)
		put_area(p, json_object_get(areas, json_string_value(area)));
	put_cards(p, host);
	fputs("<td>", p->f);
	fleet_page_cut(p->f, member_text(host, "started"), 20);
	fputs("</td></tr>\n", p->f);
}

void fleet_html_hosts(const struct fleet_page *p)
{
	const json_t *area, *host;
	size_t i;

	fputs("<section id=\"hosts\"><h2>Hosts</h2>\n"
	      "<p class=\"soft\">A cell is an area of cases: how many passed "
	      "(<span class=\"key p\">7</span>, with a warning <span class=\"key w\">! 7</span>), "
	      "failed (<span class=\"key f\">&#10007; 2</span>) or are open "
	      "(<span class=\"key o\">? 3</span>). Point at it, or click, for the first of them."
	      "</p>\n<div class=\"wide\"><table class=\"sort hosts\"><thead><tr><th>Host</th>"
	      "<th>Verdict</th><th>Level</th>",
	      p->f);
	json_array_foreach (json_object_get(p->fleet, "areas"), i, area)
		fleet_page_area_head(p, json_string_value(area));
	fputs("<th>Ports</th><th>Began</th></tr></thead>\n<tbody>\n", p->f);
	json_array_foreach (json_object_get(p->fleet, "hosts"), i, host)
		put_row(p, host, i);
	fputs("</tbody></table></div></section>\n", p->f);
}
