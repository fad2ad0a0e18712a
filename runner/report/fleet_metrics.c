/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fleet in Prometheus' text format 0.0.4, as the textfile collector of node_exporter reads it:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. All samples of a metric stand
 * together, behind its HELP and TYPE. The label "pf" is the port's interface, as in
 * sriov-network-metrics-exporter.
 */
#include <math.h>
#include <string.h>
#include "base/clock.h"
#include "journal/member.h"
#include "model/level.h"
#include "model/verdict.h"
#include "report/fleet.h"
#include "report/fleet_parts.h"

/* @text as the value of a label: within quotes, with three characters escaped. */
static void put_label(FILE *f, const char *name, const char *text, bool first)
{
	fprintf(f, "%s%s=\"", first ? "{" : ",", name);
	for (; *text; text++)
		if (*text == '\\' || *text == '"')
			fprintf(f, "\\%c", *text);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, f);
	fputc('"', f);
}

static void begin(FILE *f, const char *name, const json_t *host)
{
	fprintf(f, "vfproof_%s", name);
	put_label(f, "host", member_text(host, "name"), true);
}

static void begin_port(FILE *f, const char *name, const json_t *host, const json_t *port)
{
	begin(f, name, host);
	put_label(f, "pci_addr", member_text(port, "pci_addr"), false);
	put_label(f, "pf", member_text(port, "ifname"), false);
}

static void end(FILE *f, double value)
{
	fprintf(f, "} %.15g\n", value);
}

static void put_host_info(FILE *f, const json_t *host)
{
	static const char *const keys[] = { "vendor",	    "product", "serial",
					    "bios_version", "kernel",  "revision" };
	size_t i;

	begin(f, "host_info", host);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		put_label(f, keys[i], member_text(host, keys[i]), false);
	end(f, 1);
}

static void put_host_verdict(FILE *f, const json_t *host)
{
	const char *name;
	size_t i;

	for (i = 0; (name = fleet_get_verdict(i)); i++) {
		begin(f, "host_verdict", host);
		put_label(f, "verdict", name, false);
		end(f, i == fleet_verdict_place(host));
	}
}

/* How many levels are reached; NaN if that is not known. */
static double level_number(const json_t *obj)
{
	const enum level level = level_parse(member_text(obj, "level"));

	if (level < LEVEL_COUNT)
		return (double)level + 1;
	return strcmp(member_text(obj, "level"), "none") == 0 ? 0 : (double)NAN;
}

static void put_host_levels(FILE *f, const json_t *host)
{
	begin(f, "host_levels", host);
	end(f, level_number(host));
}

static void put_host_time(FILE *f, const json_t *host)
{
	const int64_t ms = clock_parse(member_text(host, "started"));

	if (ms < 0)
		return;
	begin(f, "host_started_timestamp_seconds", host);
	end(f, (double)(ms / 1000));
}

static void put_host_items(FILE *f, const json_t *host)
{
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		begin(f, "host_items", host);
		put_label(f, "verdict", verdict_name(v), false);
		end(f, (double)member_number(json_object_get(host, "counts"), verdict_name(v)));
	}
}

static void put_host_findings(FILE *f, const json_t *host)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (json_object_get(host, "findings"), i, finding) {
		begin(f, "host_finding_items", host);
		put_label(f, "label", member_text(finding, "label"), false);
		put_label(f, "case", member_text(finding, "case"), false);
		put_label(f, "state", member_text(finding, "state"), false);
		end(f, (double)member_number(finding, "items"));
	}
}

static void put_port_info(FILE *f, const json_t *host, const json_t *port)
{
	static const char *const keys[] = {
		"mac",	  "name",	    "vendor", "device",
		"driver", "driver_version", "slot",   "firmware_version"
	};
	size_t i;

	begin_port(f, "port_info", host, port);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		put_label(f, keys[i], member_text(port, keys[i]), false);
	end(f, 1);
}

static void put_port_levels(FILE *f, const json_t *host, const json_t *port)
{
	begin_port(f, "port_levels", host, port);
	end(f, level_number(port));
}

static void put_port_vfs(FILE *f, const json_t *host, const json_t *port)
{
	begin_port(f, "port_vfs", host, port);
	end(f, (double)member_number(port, "total_vfs"));
}

static void put_port_items(FILE *f, const json_t *host, const json_t *port)
{
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		begin_port(f, "port_items", host, port);
		put_label(f, "verdict", verdict_name(v), false);
		end(f, (double)member_number(json_object_get(port, "counts"), verdict_name(v)));
	}
}

static void put_port_areas(FILE *f, const json_t *host, const json_t *port)
{
	const char *name;
	json_t *area;

	json_object_foreach (json_object_get(port, "areas"), name, area) {
		begin_port(f, "port_area_failed_items", host, port);
		put_label(f, "area", name, false);
		end(f, (double)member_number(area, "failed"));
	}
}

static const struct metric {
	const char *name, *help;
	void (*put_host)(FILE *f, const json_t *host);
	void (*put_port)(FILE *f, const json_t *host, const json_t *port);
} metrics[] = {
	{ "host_info", "The host of the newest report.", put_host_info, NULL },
	{ "host_verdict", "1 for the verdict that the run has, 0 for the others.", put_host_verdict,
	  NULL },
	{ "host_levels", "How many levels the host has reached; NaN: the report does not say.",
	  put_host_levels, NULL },
	{ "host_started_timestamp_seconds", "When the run began, by the clock of the host.",
	  put_host_time, NULL },
	{ "host_items", "Items of the run by verdict.", put_host_items, NULL },
	{ "host_finding_items", "Items with that finding.", put_host_findings, NULL },
	{ "port_info", "A port that was tested.", NULL, put_port_info },
	{ "port_levels", "How many levels the port has reached; NaN: the report does not say.",
	  NULL, put_port_levels },
	{ "port_vfs", "VFs that the port offers (TotalVFs).", NULL, put_port_vfs },
	{ "port_items", "Items of the port by verdict.", NULL, put_port_items },
	{ "port_area_failed_items", "Items of the port that failed, by area of cases.", NULL,
	  put_port_areas },
};

static void put_head(FILE *f, const char *name, const char *help)
{
	fprintf(f, "# HELP vfproof_%s %s\n# TYPE vfproof_%s gauge\n", name, help, name);
}

static void put_metric(FILE *f, const json_t *fleet, const struct metric *m)
{
	const json_t *host, *port;
	size_t i, k;

	put_head(f, m->name, m->help);
	json_array_foreach (json_object_get(fleet, "hosts"), i, host) {
		if (m->put_host)
			m->put_host(f, host);
		else
			json_array_foreach (json_object_get(host, "ports"), k, port)
				m->put_port(f, host, port);
	}
}

static void put_outliers(FILE *f, const json_t *fleet)
{
	const json_t *port;
	size_t i;

	put_head(f, "port_slow_figures",
		 "Figures of the port that are worse than those of its like; only ports that have "
		 "any.");
	json_array_foreach (json_object_get(fleet, "outliers"), i, port) {
		if (member_number(port, "worse") == 0)
			continue;
		fputs("vfproof_port_slow_figures", f);
		put_label(f, "host", member_text(port, "host"), true);
		put_label(f, "pci_addr", member_text(port, "pci_addr"), false);
		end(f, (double)member_number(port, "worse"));
	}
}

static void put_files(FILE *f, const json_t *fleet)
{
	const json_t *files = json_object_get(fleet, "files");

	put_head(f, "reports", "Reports that were read, of all runs.");
	fprintf(f, "vfproof_reports %lld\n", (long long)member_number(files, "read"));
	put_head(f, "reports_bad", "Files that could not be read as reports.");
	fprintf(f, "vfproof_reports_bad %zu\n", json_array_size(json_object_get(files, "bad")));
}

int fleet_put_metrics(FILE *f, const json_t *fleet)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(metrics); i++)
		put_metric(f, fleet, &metrics[i]);
	put_outliers(f, fleet);
	put_files(f, fleet);
	return 0;
}
