/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes, NICs and ports that stand out, on a fleet's page.
 */
#include <string.h>
#include "journal/member.h"
#include "report/fleet_page.h"
#include "report/fleet_parts.h"
#include "report/markup.h"

#define MAX_CAUSES 200
#define MAX_ON 24 /* hosts of a cause */
#define MAX_NICS 500
#define MAX_SLOW 100
#define MAX_FIGURES 8 /* of a port */
#define GOOD_PERCENT 90

static const char *state_class(const json_t *obj)
{
	static const char *const classes[FLEET_STATES] = { "", "p", "w", "o", "f" };

	return classes[fleet_state_parse(member_text(obj, "state"))];
}

/* "and N more". */
static void put_more(FILE *f, size_t all, size_t shown, const char *what)
{
	if (all > shown)
		fprintf(f, "<p class=\"soft\">And %zu more %s: fleet.json has all.</p>\n",
			all - shown, what);
}

static void put_on(const struct fleet_page *p, const json_t *cause)
{
	const json_t *on = json_object_get(cause, "on"), *name;
	size_t i;

	fprintf(p->f, "<details><summary>%lld items, on</summary>",
		(long long)member_number(cause, "items"));
	json_array_foreach (on, i, name) {
		if (i == MAX_ON)
			break;
		fputs(i ? ", " : "", p->f);
		fleet_page_host(p, json_string_value(name));
	}
	if (json_array_size(on) > MAX_ON)
		fprintf(p->f, ", and %zu more", json_array_size(on) - MAX_ON);
	fputs("</details>", p->f);
}

static void put_cause(const struct fleet_page *p, const json_t *cause, size_t number, double most)
{
	const char *label = member_text(cause, "label");
	const double hosts = (double)member_number(cause, "hosts");

	fprintf(p->f,
		"<tr id=\"c%zu\"><td class=\"n\" data-s=\"%.0f\"><a class=\"count\" "
		"href=\"#hosts\" "
		"data-cause=\"%zu\">%.0f</a><div class=\"bar\"><i class=\"%s\" "
		"style=\"width:%.1f%%\"></i></div></td><td><code>",
		number, hosts, number, hosts, state_class(cause), hosts * 100 / most);
	markup_text(p->f, label[0] ? label : member_text(cause, "case"));
	fputs("</code>", p->f);
	put_on(p, cause);
	fputs("</td><td>", p->f);
	markup_text(p->f, member_text(cause, "cause"));
	fputs("</td><td>", p->f);
	markup_text(p->f, member_text(cause, "fix"));
	fputs("</td></tr>\n", p->f);
}

void fleet_html_causes(const struct fleet_page *p)
{
	const json_t *causes = json_object_get(p->fleet, "causes"), *cause;
	double most = 1;
	size_t i;

	fputs("<section id=\"causes\"><h2>Causes, by hosts</h2>\n", p->f);
	if (json_array_size(causes) == 0) {
		fputs("<p>Nothing was found on any host.</p></section>\n", p->f);
		return;
	}
	json_array_foreach (causes, i, cause)
		if ((double)member_number(cause, "hosts") > most)
			most = (double)member_number(cause, "hosts");
	fputs("<p class=\"soft\">Those that make cases <span class=\"key f\">fail</span> come "
	      "first; "
	      "then what keeps them <span class=\"key o\">open</span>, and "
	      "<span class=\"key w\">warnings</span>.</p>\n"
	      "<div class=\"wide\"><table class=\"sort causes\"><thead><tr><th "
	      "class=\"n\">Hosts</th>"
	      "<th>Finding</th><th>Cause</th><th>Fix</th></tr></thead>\n<tbody>\n",
	      p->f);
	json_array_foreach (causes, i, cause) {
		if (i == MAX_CAUSES)
			break;
		put_cause(p, cause, i, most);
	}
	fputs("</tbody></table></div>\n", p->f);
	put_more(p->f, json_array_size(causes), i, "causes");
	fputs("</section>\n", p->f);
}

/* The pass rate of an area, rounded down: 100 means that nothing failed. */
static void put_rate(const struct fleet_page *p, const json_t *area)
{
	const double passed = (double)member_number(area, "passed"),
		     failed = (double)member_number(area, "failed");
	const double tenths =
		passed + failed > 0 ? (double)(long)(passed * 1000 / (passed + failed)) : 0;
	const char *class = failed <= 0 ? "c p" : tenths >= GOOD_PERCENT * 10 ? "c w" : "c f";

	if (!area || passed + failed <= 0) {
		fputs(area ? "<td class=\"c o\" data-s=\"-1\" title=\"not tried\">?</td>"
			   : "<td class=\"c\" data-s=\"-2\"></td>",
		      p->f);
		return;
	}
	fprintf(p->f,
		"<td class=\"%s\" data-s=\"%.0f\" title=\"%.0f passed, %.0f failed, %lld "
		"open\">%.15g"
		"</td>",
		class, tenths, passed, failed, (long long)member_number(area, "open"), tenths / 10);
}

static void put_nic(const struct fleet_page *p, const json_t *nic)
{
	const json_t *area, *areas = json_object_get(nic, "areas");
	const char *firmware = member_text(nic, "firmware_version");
	size_t i;

	fputs("<tr><td class=\"h\"><b>", p->f);
	markup_text(p->f, member_text(nic, "name")[0] ? member_text(nic, "name") : "unknown");
	fputs("</b><small>", p->f);
	markup_text(p->f, member_text(nic, "vendor"));
	fputc(':', p->f);
	markup_text(p->f, member_text(nic, "device"));
	fputs(", ", p->f);
	markup_text(p->f, member_text(nic, "subvendor"));
	fputc(':', p->f);
	markup_text(p->f, member_text(nic, "subdevice"));
	fputs("</small></td><td>", p->f);
	markup_text(p->f, firmware[0] ? firmware : "unknown");
	fputs("</td><td>", p->f);
	markup_text(p->f, member_text(nic, "driver"));
	fputs("<small>", p->f);
	markup_text(p->f, member_text(nic, "driver_version"));
	fprintf(p->f, "</small></td><td class=\"n\">%lld</td><td class=\"n\">%lld</td>",
		(long long)member_number(nic, "hosts"), (long long)member_number(nic, "ports"));
	json_array_foreach (json_object_get(p->fleet, "areas"), i, area)
		if (strcmp(json_string_value(area), "host") != 0)
			put_rate(p, json_object_get(areas, json_string_value(area)));
	fputs("</tr>\n", p->f);
}

void fleet_html_nics(const struct fleet_page *p)
{
	const json_t *nics = json_object_get(p->fleet, "nics"), *nic, *area;
	size_t i;

	if (json_array_size(nics) == 0)
		return;
	fputs("<section id=\"nics\"><h2>NICs: model, firmware and driver</h2>\n"
	      "<p class=\"soft\">How many percent of the required items passed that were tried on "
	      "ports of that kind, by area. 100 means that none failed.</p>\n"
	      "<div class=\"wide\"><table class=\"sort "
	      "nics\"><thead><tr><th>Model</th><th>Firmware</th>"
	      "<th>Driver</th><th class=\"n\">Hosts</th><th class=\"n\">Ports</th>",
	      p->f);
	json_array_foreach (json_object_get(p->fleet, "areas"), i, area)
		if (strcmp(json_string_value(area), "host") != 0)
			fleet_page_area_head(p, json_string_value(area));
	fputs("</tr></thead>\n<tbody>\n", p->f);
	json_array_foreach (nics, i, nic) {
		if (i == MAX_NICS)
			break;
		put_nic(p, nic);
	}
	fputs("</tbody></table></div>\n", p->f);
	put_more(p->f, json_array_size(nics), i, "rows");
	fputs("</section>\n", p->f);
}

static void put_value(FILE *f, const json_t *figure, const char *key)
{
	char text[64];

	fleet_format_figure(figure, key, text, sizeof(text));
	markup_text(f, text);
}

static void put_figure(const struct fleet_page *p, const json_t *figure)
{
	fputs("<li><b>", p->f);
	put_value(p->f, figure, "value");
	fputs("</b>, others ", p->f);
	put_value(p->f, figure, "median");
	fputs(" &plusmn; ", p->f);
	put_value(p->f, figure, "mad");
	fputs(" <small><code>", p->f);
	markup_text(p->f, member_text(figure, "case"));
	fputs("</code> ", p->f);
	markup_text(p->f, member_text(figure, "what"));
	fprintf(p->f, ", of %lld ports</small></li>", (long long)member_number(figure, "ports"));
}

static void put_slow(const struct fleet_page *p, const json_t *port)
{
	const json_t *figures = json_object_get(port, "figures"), *figure;
	const json_int_t worse = member_number(port, "worse");
	json_int_t n = 0;
	size_t i;

	fputs("<tr><td class=\"h\"><b>", p->f);
	fleet_page_host(p, member_text(port, "host"));
	fputs("</b><small>", p->f);
	markup_text(p->f, member_text(port, "pci_addr"));
	fputs("</small></td><td>", p->f);
	markup_text(p->f, member_text(port, "name"));
	fputs("<small>", p->f);
	markup_text(p->f, member_text(port, "firmware_version"));
	fprintf(p->f, "</small></td><td class=\"n\">%lld</td><td><ul class=\"figures\">",
		(long long)worse);
	json_array_foreach (figures, i, figure) {
		if (strcmp(member_text(figure, "change"), "worse") != 0)
			continue;
		if (n++ == 1)
			fputs("</ul><details><summary>the others</summary><ul class=\"figures\">",
			      p->f);
		put_figure(p, figure);
		if (n == MAX_FIGURES)
			break;
	}
	fputs("</ul>", p->f);
	if (worse > n)
		fprintf(p->f, "<small>and %lld more</small>", (long long)(worse - n));
	fputs(n > 1 ? "</details></td></tr>\n" : "</td></tr>\n", p->f);
}

void fleet_html_outliers(const struct fleet_page *p)
{
	const json_t *ports = json_object_get(p->fleet, "outliers"), *port;
	size_t all = 0, i;

	json_array_foreach (ports, i, port)
		all += member_number(port, "worse") > 0;
	fputs("<section id=\"outliers\"><h2>Ports slower than their like</h2>\n"
	      "<p class=\"soft\">Figures that stand out among ports with the same model and "
	      "firmware: "
	      "the median of the others, and how far from it half of them are at most (the median "
	      "absolute deviation).</p>\n",
	      p->f);
	if (all == 0) {
		fputs("<p>None stands out.</p></section>\n", p->f);
		return;
	}
	fputs("<div class=\"wide\"><table class=\"sort "
	      "slow\"><thead><tr><th>Port</th><th>Model</th>"
	      "<th class=\"n\">Figures</th><th>Furthest from the "
	      "others</th></tr></thead>\n<tbody>\n",
	      p->f);
	json_array_foreach (ports, i, port) {
		if (i == MAX_SLOW || member_number(port, "worse") == 0)
			break;
		put_slow(p, port);
	}
	fputs("</tbody></table></div>\n", p->f);
	put_more(p->f, all, i, "ports");
	fputs("</section>\n", p->f);
}
