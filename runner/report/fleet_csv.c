/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fleet as a table for spreadsheets (RFC 4180): a line for each port that was tested, and one for
 * each host without such. A text that a spreadsheet would take for a formula gets a "'" in front.
 */
#include <string.h>
#include "journal/member.h"
#include "model/verdict.h"
#include "report/fleet.h"
#include "report/fleet_parts.h"

static const char *const host_columns[] = { "name",	"vendor",	"product",	"serial",
					    "uuid",	"board_serial", "bios_version", "kernel",
					    "revision", "plan",		"started",	"verdict",
					    "level" };
static const char *const port_columns[] = {
	"pci_addr", "name", "vendor", "device",		"subvendor",	    "subdevice", "mac",
	"ifname",   "slot", "driver", "driver_version", "firmware_version", "level"
};

static void put_text(FILE *f, const char *text, bool first)
{
	if (!first)
		fputc(',', f);
	fputc('"', f);
	if (text[0] && strchr("=+-@", text[0]))
		fputc('\'', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc((unsigned char)*text < ' ' ? ' ' : *text, f);
	}
	fputc('"', f);
}

static void put_header(FILE *f, const json_t *fleet)
{
	const json_t *area;
	enum verdict v;
	char name[40];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(host_columns); i++) {
		util_format(name, sizeof(name), "%s%s", i ? "" : "host_", host_columns[i]);
		put_text(f, name, i == 0);
	}
	for (i = 0; i < ARRAY_SIZE(port_columns); i++) {
		util_format(name, sizeof(name), "port_%s", port_columns[i]);
		put_text(f, i == 0 ? port_columns[i] : name, false);
	}
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		put_text(f, verdict_name(v), false);
	json_array_foreach (json_object_get(fleet, "areas"), i, area)
		put_text(f, json_string_value(area), false);
	put_text(f, "findings", false);
	put_text(f, "file", false);
	fputs("\r\n", f);
}

/* The labels of what was found, by spaces. */
static void put_findings(FILE *f, const json_t *host)
{
	const json_t *finding;
	char text[2000] = "";
	size_t i;

	json_array_foreach (json_object_get(host, "findings"), i, finding) {
		const char *label = member_text(finding, "label");
		const size_t len = strlen(text);

		util_format(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
			    label[0] ? label : member_text(finding, "case"));
	}
	put_text(f, text, false);
}

/* @port: NULL for a host without any. */
static void put_line(FILE *f, const json_t *fleet, const json_t *host, const json_t *port)
{
	const json_t *area, *from = port ? port : host;
	enum verdict v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(host_columns); i++)
		put_text(f, member_text(host, host_columns[i]), i == 0);
	for (i = 0; i < ARRAY_SIZE(port_columns); i++)
		put_text(f, member_text(port, port_columns[i]), false);
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		fprintf(f, ",%lld",
			(long long)member_number(json_object_get(from, "counts"), verdict_name(v)));
	json_array_foreach (json_object_get(fleet, "areas"), i, area)
		put_text(f,
			 member_text(json_object_get(json_object_get(from, "areas"),
						     json_string_value(area)),
				     "state"),
			 false);
	put_findings(f, host);
	put_text(f, member_text(host, "file"), false);
	fputs("\r\n", f);
}

int fleet_put_csv(FILE *f, const json_t *fleet)
{
	const json_t *host, *port;
	size_t i, k;

	put_header(f, fleet);
	json_array_foreach (json_object_get(fleet, "hosts"), i, host) {
		json_array_foreach (json_object_get(host, "ports"), k, port)
			put_line(f, fleet, host, port);
		if (k == 0)
			put_line(f, fleet, host, NULL);
	}
	return 0;
}
