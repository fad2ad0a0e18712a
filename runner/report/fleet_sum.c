/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hosts of a fleet come to: how many stand where, causes by number of hosts, and how each
 * model with its firmware and driver does.
 */
#include <string.h>
#include "journal/member.h"
#include "report/fleet_parts.h"
#include "report/report.h"

static void add(json_t *obj, const char *key, json_int_t n)
{
	member_set_number(obj, key, member_number(obj, key) + n);
}

/* The first that is known of it. */
static const char *plain_name(const json_t *host)
{
	static const char *const keys[] = { "serial", "board_serial", "uuid" };
	const char *mac = json_string_value(json_array_get(json_object_get(host, "macs"), 0));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (member_text(host, keys[i])[0])
			return member_text(host, keys[i]);
	return mac ? mac : member_text(host, "file");
}

/* Two hosts of a name get a number, since names are keys for whoever reads the result. */
static void name_hosts(json_t *hosts)
{
	json_t *used = json_object(), *host;
	char name[400];
	unsigned int n;
	size_t i;

	json_array_foreach (hosts, i, host) {
		util_strlcpy(name, sizeof(name), plain_name(host));
		for (n = 2; json_object_get(used, name); n++)
			util_format(name, sizeof(name), "%.340s (%u)", plain_name(host), n);
		fleet_set_text(host, "name", name, sizeof(name));
		json_object_set_new(used, name, json_true());
	}
	json_decref(used);
}

/* The worst verdict first; then by number where there are numbers: SN-9 before SN-10. */
static int worst_host_first(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	const size_t vx = fleet_verdict_place(x), vy = fleet_verdict_place(y);

	if (vx != vy)
		return vx > vy ? -1 : 1;
	return strverscmp(plain_name(x), plain_name(y));
}

static json_t *sorted(json_t *const *list, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append(array, list[i]);
	return array;
}

static json_t *make_hosts(const struct fleet_set *set)
{
	_cleanup_free_ json_t **list = calloc(set->n + 1, sizeof(*list));
	json_t *hosts;
	size_t n = 0, i;

	for (i = 0; list && i < set->n; i++) {
		if (set->runs[i].newer)
			continue;
		member_set_number(set->runs[i].host, "older", set->runs[i].older);
		list[n++] = set->runs[i].host;
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), worst_host_first);
	hosts = sorted(list, n);
	name_hosts(hosts);
	return hosts;
}

static json_t *find_standing(const json_t *standing, const char *verdict, const char *level)
{
	json_t *row;
	size_t i;

	json_array_foreach (standing, i, row)
		if (strcmp(member_text(row, "verdict"), verdict) == 0 &&
		    strcmp(member_text(row, "level"), level) == 0)
			return row;
	return NULL;
}

/* How many hosts have a verdict and a level. */
static json_t *make_standing(const json_t *hosts)
{
	json_t *standing = json_array(), *host, *row;
	size_t i;

	json_array_foreach (hosts, i, host) {
		const char *verdict = member_text(host, "verdict"),
			   *level = member_text(host, "level");

		row = find_standing(standing, verdict, level);
		if (!row) {
			row = json_pack("{s:s, s:s, s:i}", "verdict", verdict, "level", level,
					"hosts", 0);
			json_array_append_new(standing, row);
		}
		add(row, "hosts", 1);
	}
	return standing;
}

/* The areas that any host has, in their order. */
static json_t *make_areas(const json_t *hosts)
{
	json_t *areas = json_array(), *host;
	const char *area;
	size_t i, k;

	for (i = 0; (area = fleet_get_area(i)); i++)
		json_array_foreach (hosts, k, host)
			if (json_object_get(json_object_get(host, "areas"), area)) {
				json_array_append_new(areas, json_string(area));
				break;
			}
	return areas;
}

static void add_cause(json_t *causes, const char *key, json_t *host, const json_t *finding)
{
	json_t *cause = json_object_get(causes, key);
	const char *state = member_text(finding, "state");

	if (!cause) {
		cause = json_copy((json_t *)finding);
		member_set_number(cause, "items", 0);
		member_set_number(cause, "hosts", 0);
		member_set_number(cause, "failing", 0);
		json_object_set_new(cause, "on", json_array());
		json_object_set_new(causes, key, cause);
	}
	add(cause, "items", member_number(finding, "items"));
	add(cause, "hosts", 1);
	add(cause, "failing", fleet_state_parse(state) == FLEET_FAIL);
	if (fleet_state_parse(state) > fleet_state_parse(member_text(cause, "state")))
		member_set_text(cause, "state", state);
	json_array_append(json_object_get(cause, "on"), json_object_get(host, "name"));
}

/* What fails on the most hosts first, then what is found on the most. */
static int worst_cause_first(const void *a, const void *b)
{
	static const char *const keys[] = { "failing", "hosts", "items" };
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_int_t nx = member_number(x, keys[i]), ny = member_number(y, keys[i]);

		if (nx != ny)
			return nx > ny ? -1 : 1;
	}
	return strcmp(member_text(x, "label"), member_text(y, "label"));
}

static json_t *sorted_members(json_t *obj, int (*compare)(const void *a, const void *b))
{
	_cleanup_free_ json_t **list = calloc(json_object_size(obj) + 1, sizeof(*list));
	const char *key;
	json_t *value;
	size_t n = 0;

	if (!list)
		return json_array();
	json_object_foreach (obj, key, value)
		list[n++] = value;
	if (n > 0)
		qsort(list, n, sizeof(*list), compare);
	return sorted(list, n);
}

/* A host keeps what was found, and its causes are told once for all. */
static json_t *make_causes(const json_t *hosts)
{
	json_t *causes = json_object(), *host, *finding, *list;
	const char *key;
	size_t i;

	json_array_foreach (hosts, i, host) {
		json_t *kept = json_array();

		json_object_foreach (json_object_get(host, "findings"), key, finding) {
			add_cause(causes, key, host, finding);
			json_object_del(finding, "cause");
			json_object_del(finding, "fix");
			json_array_append(kept, finding);
		}
		json_object_set_new(host, "findings", kept);
	}
	list = sorted_members(causes, worst_cause_first);
	json_decref(causes);
	return list;
}

static void add_areas(json_t *to, const json_t *from)
{
	static const char *const counters[] = { "passed", "failed", "open" };
	const char *name;
	json_t *area, *sum;
	size_t i;

	json_object_foreach ((json_t *)from, name, area) {
		sum = json_object_get(to, name);
		if (!sum) {
			sum = json_object();
			json_object_set_new(to, name, sum);
		}
		for (i = 0; i < ARRAY_SIZE(counters); i++)
			add(sum, counters[i], member_number(area, counters[i]));
	}
}

/* @seen: the models that were counted for this host already. */
static void add_port(json_t *nics, const json_t *port, json_t *seen)
{
	static const char *const keys[] = { "name",	      "vendor",		 "device",
					    "subvendor",      "subdevice",	 "driver",
					    "driver_version", "firmware_version" };
	char key[1000] = "";
	json_t *nic;
	size_t i;

	for (i = 1; i < ARRAY_SIZE(keys); i++) {
		const size_t len = strlen(key);

		util_format(key + len, sizeof(key) - len, "%s\n", member_text(port, keys[i]));
	}
	util_sanitise(key);
	nic = json_object_get(nics, key);
	if (!nic) {
		nic = json_object();
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			json_object_set(nic, keys[i], json_object_get(port, keys[i]));
		json_object_set_new(nic, "areas", json_object());
		member_set_number(nic, "hosts", 0);
		json_object_set_new(nics, key, nic);
	}
	add(nic, "ports", 1);
	if (!json_object_get(seen, key))
		add(nic, "hosts", 1);
	json_object_set_new(seen, key, json_true());
	add_areas(json_object_get(nic, "areas"), json_object_get(port, "areas"));
}

static int by_model(const void *a, const void *b)
{
	static const char *const keys[] = { "name",	 "vendor",	  "device",
					    "subvendor", "subdevice",	  "firmware_version",
					    "driver",	 "driver_version" };
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = 0;
	size_t i;

	for (i = 0; order == 0 && i < ARRAY_SIZE(keys); i++)
		order = strverscmp(member_text(x, keys[i]), member_text(y, keys[i]));
	return order;
}

static json_t *make_nics(const json_t *hosts)
{
	json_t *nics = json_object(), *list, *host, *port;
	size_t i, k;

	json_array_foreach (hosts, i, host) {
		json_t *seen = json_object();

		json_array_foreach (json_object_get(host, "ports"), k, port)
			add_port(nics, port, seen);
		json_decref(seen);
	}
	list = sorted_members(nics, by_model);
	json_decref(nics);
	return list;
}

void fleet_sum(json_t *out, const struct fleet_set *set)
{
	json_t *hosts = make_hosts(set);

	json_object_set_new(out, "standing", make_standing(hosts));
	json_object_set_new(out, "areas", make_areas(hosts));
	json_object_set_new(out, "causes", make_causes(hosts));
	json_object_set_new(out, "nics", make_nics(hosts));
	json_object_set_new(out, "hosts", hosts);
}
