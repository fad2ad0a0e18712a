/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changed since an earlier folder, on a fleet's page.
 */
#include <string.h>
#include "journal/member.h"
#include "report/fleet_page.h"
#include "report/fleet_parts.h"
#include "report/markup.h"

#define MAX_ROWS 200 /* of a kind */
#define MAX_NAMES 60
#define MAX_WORDS 8 /* of a list in a cell */

static size_t count(const json_t *list, const char *change)
{
	const json_t *obj;
	size_t n = 0, i;

	json_array_foreach (list, i, obj)
		n += strcmp(member_text(obj, "change"), change) == 0;
	return n;
}

/* "OLD -> NEW", or what it is if it is the same. */
static void put_pair(FILE *f, const json_t *pair)
{
	const char *o = member_text(pair, "old"), *n = member_text(pair, "new");

	if (strcmp(o, n) != 0) {
		markup_text(f, o[0] ? o : "unknown");
		fputs(" &rarr; ", f);
	}
	markup_text(f, n[0] ? n : "unknown");
}

static void put_findings(const struct fleet_page *p, const json_t *list, const char *sign)
{
	const json_t *name;
	size_t i;

	json_array_foreach (list, i, name) {
		if (i == MAX_WORDS) {
			fprintf(p->f, "<div>and %zu more</div>", json_array_size(list) - i);
			break;
		}
		fprintf(p->f, "<div>%s ", sign);
		fleet_page_finding(p, json_string_value(name));
		fputs("</div>", p->f);
	}
}

static void put_versions(const struct fleet_page *p, const json_t *list)
{
	const json_t *obj;
	size_t i;

	json_array_foreach (list, i, obj) {
		if (i == MAX_WORDS) {
			fprintf(p->f, "<div>and %zu more</div>", json_array_size(list) - i);
			break;
		}
		fputs("<div><small>", p->f);
		markup_text(p->f, member_text(obj, "subject"));
		fputc(' ', p->f);
		markup_text(p->f, member_text(obj, "what"));
		fputs("</small> ", p->f);
		put_pair(p->f, obj);
		fputs("</div>", p->f);
	}
}

static void put_areas(const struct fleet_page *p, const json_t *list)
{
	const json_t *obj;
	size_t i;

	json_array_foreach (list, i, obj) {
		fputs("<div><code>", p->f);
		markup_text(p->f, member_text(obj, "area"));
		fputs("</code> ", p->f);
		put_pair(p->f, obj);
		fputs("</div>", p->f);
	}
}

static void put_change(const struct fleet_page *p, const json_t *obj)
{
	fputs("<tr><td class=\"h\"><b>", p->f);
	fleet_page_host(p, member_text(obj, "host"));
	fputs("</b></td><td>", p->f);
	put_pair(p->f, json_object_get(obj, "verdict"));
	fputs("<small>level ", p->f);
	put_pair(p->f, json_object_get(obj, "level"));
	fputs("</small></td><td>", p->f);
	put_areas(p, json_object_get(obj, "areas"));
	fputs("</td><td>", p->f);
	put_findings(p, json_object_get(obj, "findings_new"), "+");
	put_findings(p, json_object_get(obj, "findings_gone"), "&minus;");
	fputs("</td><td>", p->f);
	put_versions(p, json_object_get(obj, "versions"));
	fputs("</td></tr>\n", p->f);
}

static void put_changes(const struct fleet_page *p, const json_t *list, const char *change,
			const char *title, bool open)
{
	const size_t all = count(list, change);
	const json_t *obj;
	size_t n = 0, i;

	if (all == 0)
		return;
	fprintf(p->f,
		"<details%s><summary><b>%zu %s</b></summary>\n<div class=\"wide\">"
		"<table class=\"sort "
		"changes\"><thead><tr><th>Host</th><th>Verdict</th><th>Areas</th>"
		"<th>Findings</th><th>Versions</th></tr></thead>\n<tbody>\n",
		open ? " open" : "", all, title);
	json_array_foreach (list, i, obj)
		if (strcmp(member_text(obj, "change"), change) == 0 && n++ < MAX_ROWS)
			put_change(p, obj);
	fputs("</tbody></table></div>", p->f);
	if (all > MAX_ROWS)
		fprintf(p->f, "<p class=\"soft\">And %zu more: fleet.json has all.</p>",
			all - MAX_ROWS);
	fputs("</details>\n", p->f);
}

static void put_names(const struct fleet_page *p, const json_t *list, const char *title)
{
	const json_t *obj;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	fprintf(p->f, "<details><summary><b>%zu %s</b></summary><p>", json_array_size(list), title);
	json_array_foreach (list, i, obj) {
		if (i == MAX_NAMES) {
			fprintf(p->f, ", and %zu more", json_array_size(list) - i);
			break;
		}
		fputs(i ? ", " : "", p->f);
		if (json_is_string(obj))
			fleet_page_host(p, json_string_value(obj));
		else
			markup_text(p->f, member_text(obj, member_text(obj, "serial")[0] ? "serial"
											 : "file"));
	}
	fputs("</p></details>\n", p->f);
}

void fleet_html_since(const struct fleet_page *p)
{
	const json_t *since = json_object_get(p->fleet, "since");
	const json_t *changed = json_object_get(since, "changed");

	if (!json_is_object(since))
		return;
	fprintf(p->f,
		"<section id=\"since\"><h2>What changed</h2>\n<ul class=\"tiles\">"
		"<li class=\"f\"><b>%zu</b> worse</li><li class=\"p\"><b>%zu</b> better</li>"
		"<li class=\"o\"><b>%zu</b> changed</li><li><b>%lld</b> the same</li>"
		"<li><b>%zu</b> new</li><li><b>%zu</b> gone</li></ul>\n",
		count(changed, "worse"), count(changed, "better"), count(changed, "changed"),
		(long long)member_number(since, "same"),
		json_array_size(json_object_get(since, "hosts_new")),
		json_array_size(json_object_get(since, "hosts_gone")));
	put_changes(p, changed, "worse", "worse", true);
	put_changes(p, changed, "better", "better", false);
	put_changes(p, changed, "changed", "changed otherwise", false);
	put_names(p, json_object_get(since, "hosts_new"), "new hosts");
	put_names(p, json_object_get(since, "hosts_gone"), "hosts without a report now");
	fputs("</section>\n", p->f);
}
