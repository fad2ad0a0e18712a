/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fleet on one screen. */
#include <string.h>
#include "journal/member.h"
#include "report/fleet.h"
#include "report/fleet_parts.h"
#include "report/page.h"

#define MAX_CAUSES 5
#define MAX_PORTS 3
#define MAX_LINES 60

static void put_standing(struct page *p, const json_t *fleet)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(fleet, "standing"), i, row)
		page_put_line(p, "%6lld  %s, level %s", (long long)member_number(row, "hosts"),
			      member_text(row, "verdict"), member_text(row, "level"));
}

static void put_causes(struct page *p, const json_t *fleet)
{
	const json_t *causes = json_object_get(fleet, "causes"), *cause;
	size_t i;

	if (json_array_size(causes) == 0)
		return;
	page_put_line(p, "%s", "");
	page_put_line(p, "Causes, by hosts");
	json_array_foreach (causes, i, cause) {
		const char *label = member_text(cause, "label");

		if (i == MAX_CAUSES)
			break;
		page_put_line(p, "%6lld  %s", (long long)member_number(cause, "hosts"),
			      label[0] ? label : member_text(cause, "case"));
		page_put_folded(p, 2, 8, "", member_text(cause, "fix"));
	}
	if (json_array_size(causes) > MAX_CAUSES)
		page_put_line(p, "        ... and %zu more", json_array_size(causes) - MAX_CAUSES);
}

static void put_slow(struct page *p, const json_t *fleet)
{
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(fleet, "outliers"), i, port) {
		if (i == MAX_PORTS || member_number(port, "worse") == 0)
			break;
		if (i == 0) {
			page_put_line(p, "%s", "");
			page_put_line(p, "Slower than their like");
		}
		page_put_line(p, "%6lld  figures of %s %s", (long long)member_number(port, "worse"),
			      member_text(port, "host"), member_text(port, "pci_addr"));
	}
}

static void put_since(struct page *p, const json_t *since)
{
	static const char *const words[] = { "worse", "better", "changed" };
	const json_t *change;
	size_t n[ARRAY_SIZE(words)] = { 0 }, i, k;

	if (!json_is_object(since))
		return;
	json_array_foreach (json_object_get(since, "changed"), i, change)
		for (k = 0; k < ARRAY_SIZE(words); k++)
			n[k] += strcmp(member_text(change, "change"), words[k]) == 0;
	page_put_line(p, "%s", "");
	page_put_line(p,
		      "Since then: %zu worse, %zu better, %zu changed otherwise, %lld the same, ",
		      n[0], n[1], n[2], (long long)member_number(since, "same"));
	page_put_line(p, "%zu new, %zu gone", json_array_size(json_object_get(since, "hosts_new")),
		      json_array_size(json_object_get(since, "hosts_gone")));
	json_array_foreach (json_object_get(since, "changed"), i, change)
		if (i < n[0] && i < MAX_CAUSES)
			page_put_line(p, "  WORSE %s: %s -> %s", member_text(change, "host"),
				      member_text(json_object_get(change, "verdict"), "old"),
				      member_text(json_object_get(change, "verdict"), "new"));
}

int fleet_put_text(FILE *f, const json_t *fleet)
{
	const json_t *files = json_object_get(fleet, "files");
	const size_t bad = json_array_size(json_object_get(files, "bad"));
	struct page p = { f, 0, MAX_LINES };

	page_put_line(&p, "vfproof fleet: %zu hosts, by the newest of %lld reports",
		      json_array_size(json_object_get(fleet, "hosts")),
		      (long long)member_number(files, "read"));
	if (bad)
		page_put_line(&p, "%zu files could not be read", bad);
	page_put_line(&p, "%s", "");
	put_standing(&p, fleet);
	put_causes(&p, fleet);
	put_slow(&p, fleet);
	put_since(&p, json_object_get(fleet, "since"));
	return 0;
}
