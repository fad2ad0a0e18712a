/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changed between the newest reports of each host in two folders: verdict, level, areas, what
 * was found, and the versions of firmware and programs, as these are what the rest is mostly due
 * to.
 */
#include <string.h>
#include "journal/member.h"
#include "model/level.h"
#include "report/fleet_parts.h"

static bool is_open(const json_t *host)
{
	return strcmp(member_text(host, "verdict"), "INCOMPLETE") == 0;
}

/* How many levels are reached; -1 if that is not known. */
static int level_rank(const json_t *host)
{
	const char *name = member_text(host, "level");
	const enum level level = level_parse(name);

	if (strcmp(name, "none") == 0)
		return 0;
	return level < LEVEL_COUNT ? (int)level + 1 : -1;
}

/* As of two reports (docs/diff.md): what was disproved and is open now is not better for it. */
static const char *change_of(const json_t *o, const json_t *n)
{
	const size_t vo = fleet_verdict_place(o), vn = fleet_verdict_place(n);
	const int lo = level_rank(o), ln = level_rank(n);

	if (vn > vo)
		return "worse";
	if (vn < vo)
		return is_open(n) ? "changed" : "better";
	if (lo < 0 || ln < 0 || lo == ln)
		return "changed";
	return ln < lo ? "worse" : "better";
}

static json_t *pair(const json_t *o, const json_t *n, const char *key)
{
	return json_pack("{s:s, s:s}", "old", member_text(o, key), "new", member_text(n, key));
}

static void add_version(json_t *list, const char *subject, const char *key, const json_t *o,
			const json_t *n)
{
	json_t *obj;

	if (strcmp(member_text(o, key), member_text(n, key)) == 0)
		return;
	obj = pair(o, n, key);
	member_set_text(obj, "subject", subject);
	member_set_text(obj, "what", key);
	json_array_append_new(list, obj);
}

/* The port with that MAC, or without one the port of that address; NULL if there is none. */
static const json_t *find_port(const json_t *host, const json_t *like)
{
	const char *key = member_text(like, "mac")[0] ? "mac" : "pci_addr";
	const json_t *port;
	size_t i;

	json_array_foreach (json_object_get(host, "ports"), i, port)
		if (strcmp(member_text(port, key), member_text(like, key)) == 0)
			return port;
	return NULL;
}

static json_t *versions(const json_t *o, const json_t *n)
{
	static const char *const of_host[] = { "bios_version", "kernel", "revision" };
	static const char *const of_port[] = { "firmware_version", "driver", "driver_version" };
	json_t *list = json_array(), *port;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(of_host); i++)
		add_version(list, "host", of_host[i], o, n);
	json_array_foreach (json_object_get(n, "ports"), i, port) {
		const json_t *before = find_port(o, port);

		for (k = 0; before && k < ARRAY_SIZE(of_port); k++)
			add_version(list, member_text(port, "pci_addr"), of_port[k], before, port);
	}
	return list;
}

static json_t *areas(const json_t *o, const json_t *n)
{
	json_t *list = json_array(), *obj;
	const char *area;
	size_t i;

	for (i = 0; (area = fleet_get_area(i)); i++) {
		const json_t *x = json_object_get(json_object_get(o, "areas"), area);
		const json_t *y = json_object_get(json_object_get(n, "areas"), area);

		if (!x || !y || strcmp(member_text(x, "state"), member_text(y, "state")) == 0)
			continue;
		obj = pair(x, y, "state");
		member_set_text(obj, "area", area);
		json_array_append_new(list, obj);
	}
	return list;
}

/* The name of a finding: its label, else its case. */
static json_t *finding_name(const json_t *finding)
{
	return json_object_get(finding, member_text(finding, "label")[0] ? "label" : "case");
}

static bool has_finding(const json_t *host, const json_t *name)
{
	const json_t *finding;
	const char *key;

	/* The older host's are not summed up: they are still by name. */
	json_object_foreach ((json_t *)json_object_get(host, "findings"), key, finding)
		if (json_equal(finding_name(finding), name))
			return true;
	return false;
}

static void findings(json_t *obj, const json_t *o, const json_t *n)
{
	json_t *added = json_array(), *gone = json_array(), *now = json_object();
	const json_t *finding;
	const char *key;
	size_t i;

	json_array_foreach (json_object_get(n, "findings"), i, finding) {
		json_object_set(now, json_string_value(finding_name(finding)),
				finding_name(finding));
		if (!has_finding(o, finding_name(finding)))
			json_array_append(added, finding_name(finding));
	}
	json_object_foreach ((json_t *)json_object_get(o, "findings"), key, finding)
		if (!json_object_get(now, json_string_value(finding_name(finding))))
			json_array_append(gone, finding_name(finding));
	json_decref(now);
	json_object_set_new(obj, "findings_new", added);
	json_object_set_new(obj, "findings_gone", gone);
}

/* NULL if nothing did. */
static json_t *compare(const json_t *o, const json_t *n)
{
	json_t *obj = json_object();
	bool same = strcmp(member_text(o, "verdict"), member_text(n, "verdict")) == 0 &&
		    strcmp(member_text(o, "level"), member_text(n, "level")) == 0;

	json_object_set(obj, "host", json_object_get(n, "name"));
	member_set_text(obj, "change", change_of(o, n));
	json_object_set(obj, "old_file", json_object_get(o, "file"));
	json_object_set(obj, "new_file", json_object_get(n, "file"));
	json_object_set_new(obj, "verdict", pair(o, n, "verdict"));
	json_object_set_new(obj, "level", pair(o, n, "level"));
	json_object_set_new(obj, "versions", versions(o, n));
	json_object_set_new(obj, "areas", areas(o, n));
	findings(obj, o, n);
	same = same && json_array_size(json_object_get(obj, "versions")) == 0 &&
	       json_array_size(json_object_get(obj, "areas")) == 0 &&
	       json_array_size(json_object_get(obj, "findings_new")) == 0 &&
	       json_array_size(json_object_get(obj, "findings_gone")) == 0;
	if (!same)
		return obj;
	json_decref(obj);
	return NULL;
}

/* The numbers of the runs in @set by each name that a host is known by. */
static json_t *index_hosts(const struct fleet_set *set)
{
	json_t *index = json_object();
	size_t i;

	for (i = 0; i < set->n; i++)
		if (!set->runs[i].newer)
			fleet_index_add(index, set->runs[i].host, i);
	return index;
}

struct lists {
	json_t *changed[3]; /* worse, better, changed */
	json_t *added, *gone;
	size_t same;
};

static void take(struct lists *l, const json_t *before, const json_t *host)
{
	static const char *const words[] = { "worse", "better", "changed" };
	json_t *obj;
	size_t i;

	if (!before) {
		json_array_append(l->added, json_object_get(host, "name"));
		return;
	}
	obj = compare(before, host);
	l->same += !obj;
	for (i = 0; obj && i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], member_text(obj, "change")) == 0)
			json_array_append(l->changed[i], obj);
	json_decref(obj);
}

static void take_gone(struct lists *l, const struct fleet_set *before, const bool *found)
{
	size_t i;

	for (i = 0; i < before->n; i++) {
		const json_t *host = before->runs[i].host;
		json_t *obj;

		if (before->runs[i].newer || found[i])
			continue;
		obj = json_object();
		json_object_set(obj, "file", json_object_get(host, "file"));
		json_object_set(obj, "serial", json_object_get(host, "serial"));
		json_object_set(obj, "product", json_object_get(host, "product"));
		json_array_append_new(l->gone, obj);
	}
}

void fleet_since(json_t *out, const struct fleet_set *before)
{
	struct lists l = {
		{ json_array(), json_array(), json_array() }, json_array(), json_array(), 0
	};
	json_t *index = index_hosts(before), *changed = json_array(), *host, *obj = json_object();
	_cleanup_free_ bool *found = calloc(before->n + 1, sizeof(*found));
	size_t i;

	json_array_foreach (json_object_get(out, "hosts"), i, host) {
		const ssize_t at = fleet_index_find(index, before, host);

		if (at >= 0 && found)
			found[at] = true;
		take(&l, at >= 0 ? before->runs[at].host : NULL, host);
	}
	if (found)
		take_gone(&l, before, found);
	for (i = 0; i < ARRAY_SIZE(l.changed); i++) {
		json_array_extend(changed, l.changed[i]);
		json_decref(l.changed[i]);
	}
	json_object_set_new(obj, "changed", changed);
	member_set_number(obj, "same", (json_int_t)l.same);
	json_object_set_new(obj, "hosts_new", l.added);
	json_object_set_new(obj, "hosts_gone", l.gone);
	json_object_set(obj, "bad", before->bad);
	json_object_set_new(out, "since", obj);
	json_decref(index);
}
