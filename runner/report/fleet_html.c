/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fleet as one page that needs nothing else: no network, no other file. All of it can be read
 * without script; the little that there is sorts and filters, and the page's policy lets no other
 * run, whatever a report brings along.
 */
#include <string.h>
#include "base/sha256.h"
#include "base/tables.h"
#include "journal/member.h"
#include "model/level.h"
#include "report/fleet.h"
#include "report/fleet_page.h"
#include "report/fleet_parts.h"
#include "report/markup.h"

#define MAX_BAD 200

static const struct {
	const char *area, *title;
} titles[] = {
	{ "host", "the platform: KVM, IOMMU, interrupts" },
	{ "nic", "the port itself" },
	{ "vf", "VFs on the host" },
	{ "assign", "VFs and PFs in guests" },
	{ "plug", "hot plug" },
	{ "neg", "what must be refused" },
	{ "run", "guests that restart, end and share" },
	{ "tap", "macvtap" },
	{ "cfg", "what a PF sets for its VFs" },
	{ "net", "the network stack of the guest" },
	{ "iso", "isolation" },
	{ FLEET_OTHER, "other cases" },
};

/* What an area is about, in some words; "" for one that is not known. */
static const char *area_title(const char *area)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(titles); i++)
		if (strcmp(titles[i].area, area) == 0)
			return titles[i].title;
	return "";
}

void fleet_page_area_head(const struct fleet_page *p, const char *area)
{
	fputs("<th class=\"c\"", p->f);
	markup_attribute(p->f, "title", area_title(area));
	fputc('>', p->f);
	markup_text(p->f, area);
	fputs("</th>", p->f);
}

long fleet_page_number(const json_t *numbers, const char *name)
{
	const json_t *number = json_object_get(numbers, name);

	return number ? (long)json_integer_value(number) : -1;
}

void fleet_page_host(const struct fleet_page *p, const char *name)
{
	const long n = fleet_page_number(p->host_numbers, name);

	if (n >= 0)
		fprintf(p->f, "<a href=\"#h%ld\">", n);
	markup_text(p->f, name);
	fputs(n >= 0 ? "</a>" : "", p->f);
}

void fleet_page_finding(const struct fleet_page *p, const char *name)
{
	const long n = fleet_page_number(p->cause_numbers, name);

	if (n >= 0)
		fprintf(p->f, "<a href=\"#c%ld\">", n);
	markup_text(p->f, name);
	fputs(n >= 0 ? "</a>" : "", p->f);
}

void fleet_page_open_cell(FILE *f, const char *class)
{
	fprintf(f, "<td class=\"%s\" tabindex=\"0\">", class);
}

void fleet_page_cut(FILE *f, const char *text, size_t max)
{
	json_t *obj = json_object();

	fleet_set_text(obj, "text", text, max);
	markup_text(f, member_text(obj, "text"));
	json_decref(obj);
}

static void put_head(const struct fleet_page *p)
{
	char hash[SHA256_BASE64];
	const bool hashed = sha256_base64_of_text(table_fleet_js, hash) == 0;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'",
	      p->f);
	if (hashed)
		fprintf(p->f, "; script-src 'sha256-%s'", hash);
	fprintf(p->f, "\">\n<title>%zu hosts - vfproof</title>\n<style>\n",
		json_array_size(json_object_get(p->fleet, "hosts")));
	fputs(table_fleet_css, p->f);
	fputs("</style>\n</head>\n<body>\n", p->f);
}

static long long count_hosts(const json_t *fleet, const char *verdict, const char *level)
{
	const json_t *row;
	long long n = 0;
	size_t i;

	json_array_foreach (json_object_get(fleet, "standing"), i, row)
		if ((!verdict || strcmp(member_text(row, "verdict"), verdict) == 0) &&
		    (!level || strcmp(member_text(row, "level"), level) == 0))
			n += member_number(row, "hosts");
	return n;
}

/* The times of the first and the last run. */
static void put_times(const struct fleet_page *p)
{
	const char *first = "", *last = "";
	const json_t *host;
	size_t i;

	json_array_foreach (json_object_get(p->fleet, "hosts"), i, host) {
		const char *time = member_text(host, "started");

		if (time[0] && (!first[0] || strcmp(time, first) < 0))
			first = time;
		if (strcmp(time, last) > 0)
			last = time;
	}
	if (!last[0])
		return;
	fputs(", from ", p->f);
	fleet_page_cut(p->f, first, 20);
	fputs(" to ", p->f);
	fleet_page_cut(p->f, last, 20);
}

static void put_banner(const struct fleet_page *p)
{
	const json_t *files = json_object_get(p->fleet, "files");
	const size_t n = json_array_size(json_object_get(p->fleet, "hosts"));
	const char *verdict;
	size_t i;

	fprintf(p->f, "<header><p>SR-IOV validation</p><h1>%zu host%s</h1>\n<ul class=\"tiles\">",
		n, n == 1 ? "" : "s");
	for (i = 0; (verdict = fleet_get_verdict(i)); i++) {
		const long long k = count_hosts(p->fleet, verdict, NULL);

		if (k || i == 0)
			fprintf(p->f,
				"<li><a class=\"%s\" href=\"#hosts\" "
				"data-verdict=\"%zu\"><b>%lld</b> "
				"%s</a></li>",
				fleet_verdict_class(i), i, k, verdict);
	}
	fprintf(p->f, "</ul>\n<div class=\"bar\" role=\"img\" aria-label=\"hosts by verdict\">");
	for (i = 0; n > 0 && (verdict = fleet_get_verdict(i)); i++)
		fprintf(p->f, "<i class=\"%s\" style=\"flex-grow:%lld\"></i>",
			fleet_verdict_class(i), count_hosts(p->fleet, verdict, NULL));
	fprintf(p->f,
		"</div>\n<p class=\"soft\">The newest report of each host, of %lld that were read",
		(long long)member_number(files, "read"));
	put_times(p);
	if (json_array_size(json_object_get(files, "bad")))
		fprintf(p->f, "; <a href=\"#bad\">%zu files could not be read</a>",
			json_array_size(json_object_get(files, "bad")));
	fputs(".</p></header>\n", p->f);
}

static void put_nav(const struct fleet_page *p)
{
	fputs("<nav>", p->f);
	if (json_is_object(json_object_get(p->fleet, "since")))
		fputs("<a href=\"#since\">What changed</a>", p->f);
	fputs("<a href=\"#levels\">Levels</a><a href=\"#causes\">Causes</a><a "
	      "href=\"#nics\">NICs</a>"
	      "<a href=\"#outliers\">Slow ports</a><a href=\"#hosts\">Hosts</a></nav>\n<main>\n",
	      p->f);
}

static void put_level_head(const struct fleet_page *p, const char *const *levels, size_t n)
{
	size_t i;

	fputs("<section id=\"levels\"><h2>Hosts by verdict and level</h2>\n"
	      "<p class=\"soft\">The highest level that all tested ports of a host have.</p>\n"
	      "<div class=\"wide\"><table class=\"levels\"><thead><tr><th>Verdict</th>",
	      p->f);
	for (i = 0; i < n; i++)
		if (count_hosts(p->fleet, NULL, levels[i]))
			fprintf(p->f, "<th class=\"n\">%s</th>", levels[i]);
	fputs("<th class=\"n\">all</th></tr></thead>\n<tbody>\n", p->f);
}

static void put_levels(const struct fleet_page *p)
{
	const char *levels[LEVEL_COUNT + 2], *verdict;
	size_t n = 0, i, k;
	enum level l;

	levels[n++] = "unknown";
	levels[n++] = "none";
	for (l = LEVEL_BASE; l < LEVEL_COUNT; l++)
		levels[n++] = level_name(l);
	put_level_head(p, levels, n);
	for (i = 0; (verdict = fleet_get_verdict(i)); i++) {
		if (!count_hosts(p->fleet, verdict, NULL))
			continue;
		fprintf(p->f, "<tr><td><span class=\"v %s\">%s</span></td>", fleet_verdict_class(i),
			verdict);
		for (k = 0; k < n; k++)
			if (count_hosts(p->fleet, NULL, levels[k]))
				fprintf(p->f, "<td class=\"n\">%lld</td>",
					count_hosts(p->fleet, verdict, levels[k]));
		fprintf(p->f, "<td class=\"n\"><b>%lld</b></td></tr>\n",
			count_hosts(p->fleet, verdict, NULL));
	}
	fputs("</tbody></table></div></section>\n", p->f);
}

static void put_bad(const struct fleet_page *p)
{
	const json_t *list = json_object_get(json_object_get(p->fleet, "files"), "bad"), *bad;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	fprintf(p->f, "<section id=\"bad\"><h2>Files that could not be read (%zu)</h2>\n<ul>\n",
		json_array_size(list));
	json_array_foreach (list, i, bad) {
		if (i == MAX_BAD)
			break;
		fputs("<li><code>", p->f);
		markup_text(p->f, member_text(bad, "file"));
		fputs("</code>: ", p->f);
		markup_text(p->f, member_text(bad, "why"));
		fputs("</li>\n", p->f);
	}
	if (i < json_array_size(list))
		fprintf(p->f, "<li>and %zu more: fleet.json has all</li>\n",
			json_array_size(list) - i);
	fputs("</ul></section>\n", p->f);
}

static void number_all(struct fleet_page *p)
{
	const json_t *obj;
	size_t i;

	p->host_numbers = json_object();
	p->cause_numbers = json_object();
	json_array_foreach (json_object_get(p->fleet, "hosts"), i, obj)
		json_object_set_new(p->host_numbers, member_text(obj, "name"),
				    json_integer((json_int_t)i));
	json_array_foreach (json_object_get(p->fleet, "causes"), i, obj)
		json_object_set_new(
			p->cause_numbers,
			member_text(obj, member_text(obj, "label")[0] ? "label" : "case"),
			json_integer((json_int_t)i));
}

int fleet_put_html(FILE *f, const json_t *fleet)
{
	struct fleet_page p = { .f = f, .fleet = fleet };

	number_all(&p);
	put_head(&p);
	put_banner(&p);
	put_nav(&p);
	fleet_html_since(&p);
	put_levels(&p);
	fleet_html_causes(&p);
	fleet_html_nics(&p);
	fleet_html_outliers(&p);
	fleet_html_hosts(&p);
	put_bad(&p);
	fputs("</main>\n<footer>Made by vfproof from the reports of the hosts. Times are by their "
	      "clocks, in UTC.</footer>\n<script>",
	      f);
	fputs(table_fleet_js, f);
	fputs("</script>\n</body>\n</html>\n", f);
	json_decref(p.host_numbers);
	json_decref(p.cause_numbers);
	return 0;
}
