/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readiness rules and waivers as tables. */
#include <string.h>
#include "journal/member.h"
#include "report/html.h"
#include "report/markup.h"

/* The colours of the badge are those of verdicts. */
static const char *class_of(const char *state)
{
	static const char *const classes[][2] = {
		{ "met", "v PASS" },	    { "used", "v WARN" },    { "failed", "v FAIL" },
		{ "not tried", "v ERROR" }, { "expired", "v FAIL" }, { "clock wrong", "v FAIL" },
		{ "damaged", "v FAIL" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (strcmp(classes[i][0], state) == 0)
			return classes[i][1];
	return "v";
}

static void put_state(FILE *f, const json_t *obj)
{
	const char *state = member_text(obj, "state");

	fputs("<tr><td>", f);
	markup_element(f, "span", class_of(state), state);
	fputs("</td><td>", f);
}

/* The texts, a line each. */
static void put_lines(FILE *f, const json_t *texts)
{
	const json_t *text;
	size_t i;

	json_array_foreach (texts, i, text) {
		if (!json_is_string(text))
			continue;
		if (i > 0)
			fputs("<br>", f);
		markup_text(f, json_string_value(text));
	}
}

void html_rules(FILE *f, const json_t *report)
{
	const json_t *rules = json_object_get(report, "rules"), *rule;
	size_t i;

	if (json_array_size(rules) == 0)
		return;
	fputs("<h2>Rules</h2>\n<table class=\"rules\">\n<thead><tr><th class=\"c-v\">State</th>"
	      "<th class=\"c-case\">Rule</th><th>Why</th></tr></thead>\n<tbody>\n",
	      f);
	json_array_foreach (rules, i, rule) {
		put_state(f, rule);
		markup_element(f, "b", NULL, member_text(rule, "id"));
		fputc(' ', f);
		markup_text(f, member_text(rule, "title"));
		markup_element(f, "span", "title", member_text(rule, "source"));
		fputs("</td><td>", f);
		put_lines(f, json_object_get(rule, "why"));
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody>\n</table>\n", f);
}

void html_waivers(FILE *f, const json_t *report)
{
	const json_t *waivers = json_object_get(report, "waivers"), *waiver;
	size_t i;

	if (json_array_size(waivers) == 0)
		return;
	fputs("<h2>Waivers</h2>\n<table class=\"rules\">\n<thead><tr><th class=\"c-v\">State</th>"
	      "<th class=\"c-case\">Waiver</th><th>Covers</th></tr></thead>\n<tbody>\n",
	      f);
	json_array_foreach (waivers, i, waiver) {
		put_state(f, waiver);
		markup_element(f, "b", NULL, member_text(waiver, "rule"));
		fputc(' ', f);
		markup_text(f, member_text(waiver, "reason"));
		fputs("<span class=\"title\">by ", f);
		markup_text(f, member_text(waiver, "who"));
		fputs(" until ", f);
		markup_text(f, member_text(waiver, "until"));
		fputs(", from the ", f);
		markup_text(f, member_text(waiver, "origin"));
		fputs("</span></td><td>", f);
		put_lines(f, json_object_get(waiver, "items"));
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody>\n</table>\n", f);
}
