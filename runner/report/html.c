/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report as one page that needs nothing else: no script, no network, no other file. Its own
 * policy forbids all three, so that a browser keeps the promise even if text got out of hand.
 */
#include "report/html.h"

#include <errno.h>
#include "journal/member.h"
#include "base/tables.h"
#include "report/forms.h"
#include "report/levels.h"
#include "report/markup.h"
#include "report/readiness.h"
#include "report/subjects.h"

static void put_head(FILE *f, const json_t *report)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>",
	      f);
	markup_text(f, member_text(report, "verdict"));
	fputs(" - vfproof ", f);
	markup_text(f, member_text(json_object_get(report, "host"), "serial"));
	fputs("</title>\n<style>\n", f);
	fputs(table_css, f);
	fputs("</style>\n</head>\n", f);
}

static void put_counts(FILE *f, const json_t *report)
{
	const json_t *counts = json_object_get(report, "counts");
	enum verdict v;

	fputs("<ul class=\"counts\">", f);
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		int n = (int)member_number(counts, verdict_name(v));

		if (n)
			fprintf(f, "<li><b>%d</b>%s</li>", n, verdict_name(v));
	}
	fputs("</ul>\n", f);
}

/* "Vendor Product, serial X". */
static void put_machine(FILE *f, const json_t *host)
{
	const char *serial = member_text(host, "serial");

	fputs("<p class=\"machine\">", f);
	markup_text(f, member_text(host, "vendor"));
	fputc(' ', f);
	markup_text(f, member_text(host, "product"));
	fputs(", serial ", f);
	markup_text(f, serial[0] ? serial : "unknown");
	fputs("</p>\n", f);
}

static void put_banner(FILE *f, const json_t *report)
{
	static const char *const classes[] = {
		[OUTCOME_PASS] = "pass", [OUTCOME_FAIL] = "fail", [OUTCOME_ERROR] = "open"
	};
	const char *verdict = member_text(report, "verdict");
	char levels[400];
	bool unsafe;

	fprintf(f, "<header class=\"%s\"><div>\n<p>SR-IOV validation report</p>\n<h1>",
		report_verdict(report, &unsafe) == RUN_WAIVED ? "open"
							      : classes[form_run_outcome(report)]);
	markup_text(f, verdict[0] ? verdict : "NO VERDICT");
	if (report_is_quick(report))
		fputs(" (QUICK PLAN)", f);
	fputs("</h1>\n", f);
	put_machine(f, json_object_get(report, "host"));
	put_counts(f, report);
	if (levels_text(report, "run", levels, sizeof(levels))) {
		fputs("<p class=\"levels\">Levels: ", f);
		markup_text(f, levels);
		fputs("</p>\n", f);
	}
	if (readiness_text(report, levels, sizeof(levels))) {
		fputs("<p class=\"levels\">Rules: ", f);
		markup_text(f, levels);
		fputs("</p>\n", f);
	}
	fputs("</div></header>\n", f);
}

static void put_texts(FILE *f, const char *title, const json_t *texts)
{
	const json_t *text;
	size_t i;

	if (json_array_size(texts) == 0)
		return;
	markup_element(f, "h2", NULL, title);
	fputs("\n<ul class=\"reasons\">\n", f);
	json_array_foreach (texts, i, text) {
		if (json_is_string(text))
			markup_element(f, "li", NULL, json_string_value(text));
		fputc('\n', f);
	}
	fputs("</ul>\n", f);
}

static void put_settings(FILE *f, const json_t *report)
{
	json_t *settings = json_object_get(report, "settings"), *value;
	const char *key;

	fputs("<h2>The run</h2>\n<dl class=\"facts\">\n", f);
	html_fact(f, "Started", member_text(report, "started"));
	html_fact(f, "Finished", member_text(report, "finished"));
	html_fact(f, "Report", member_text(report, "stored"));
	json_object_foreach (settings, key, value) {
		char text[32];

		if (json_is_integer(value)) {
			util_format(text, sizeof(text), "%lld",
				    (long long)json_integer_value(value));
			html_fact(f, key, text);
		} else if (json_is_string(value)) {
			html_fact(f, key, json_string_value(value));
		}
	}
	fputs("</dl>\n", f);
}

static void put_footer(FILE *f, const json_t *report)
{
	fputs("<footer>Made by vfproof ", f);
	markup_text(f, member_text(json_object_get(report, "build"), "revision"));
	fputs(" from the journal of the run. Times are by the host's clock, in UTC.", f);
	if (member_number(report, "resumed"))
		fprintf(f, " The run was resumed %d times.", (int)member_number(report, "resumed"));
	if (member_flag(report, "journal_damaged"))
		fputs(" The journal is damaged.", f);
	fputs("</footer>\n", f);
}

int report_put_html(FILE *f, const json_t *report)
{
	json_t *subjects = subjects_of_items(report);
	int ret;

	if (!subjects)
		return -ENOMEM;
	put_head(f, report);
	fputs("<body>\n", f);
	put_banner(f, report);
	fputs("<main>\n", f);
	put_texts(f, "Why", json_object_get(report, "verdict_reasons"));
	put_texts(f, "Not certified", json_object_get(report, "not_certified"));
	html_causes(f, report);
	html_findings(f, report);
	html_ports(f, report, subjects);
	html_host(f, report, subjects);
	html_rules(f, report);
	html_waivers(f, report);
	ret = html_plots(f, report);
	put_texts(f, "Notes", json_object_get(report, "notes"));
	put_settings(f, report);
	put_footer(f, report);
	fputs("</main>\n</body>\n</html>\n", f);
	json_decref(subjects);
	return ret;
}
