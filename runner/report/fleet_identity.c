/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which reports are of the same host, by what a run that goes on after a crash goes by
 * (run/adopt.h): serial number, UUID and board serial number, as the firmware tells them, and the
 * MACs of the ports.
 */
#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "journal/member.h"
#include "report/fleet_parts.h"

static const char *const ids[] = { "serial", "uuid", "board_serial" };

/* Not known in one of them, as in reports of older programs, is not different. */
static bool ids_differ(const json_t *a, const json_t *b)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		const char *x = member_text(a, ids[i]), *y = member_text(b, ids[i]);

		if (x[0] && y[0] && strcmp(x, y) != 0)
			return true;
	}
	return false;
}

static bool have_common_id(const json_t *a, const json_t *b)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		const char *x = member_text(a, ids[i]);

		if (x[0] && strcmp(x, member_text(b, ids[i])) == 0)
			return true;
	}
	return false;
}

static bool have_common_mac(const json_t *a, const json_t *b)
{
	const json_t *x, *y;
	size_t i, k;

	json_array_foreach (json_object_get(a, "macs"), i, x)
		json_array_foreach (json_object_get(b, "macs"), k, y)
			if (json_equal(x, y))
				return true;
	return false;
}

static bool has_macs(const json_t *host)
{
	return json_array_size(json_object_get(host, "macs")) > 0;
}

bool fleet_is_same_host(const json_t *a, const json_t *b)
{
	if (ids_differ(a, b))
		return false;
	if (has_macs(a) && has_macs(b))
		return have_common_mac(a, b);
	return have_common_id(a, b);
}

/* By the host's clock; -1: not known, or a clock that is wrong by decades. */
static int64_t moment(const json_t *host)
{
	int64_t ms = clock_parse(member_text(host, "started"));

	return ms >= 0 && clock_is_plausible(ms) ? ms : -1;
}

static int newest_first(const void *a, const void *b)
{
	const struct fleet_run *x = a, *y = b;
	const int64_t mx = moment(x->host), my = moment(y->host);

	if (mx != my)
		return mx > my ? -1 : 1;
	return -strcmp(x->file, y->file);
}

/* Calls @visit for each name that a host may be found by. */
static void each_name(const json_t *host, void (*visit)(const char *name, void *arg), void *arg)
{
	const json_t *mac;
	char name[120];
	size_t i;

	json_array_foreach (json_object_get(host, "macs"), i, mac)
		visit(json_string_value(mac), arg);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		util_format(name, sizeof(name), "%s %s", ids[i], member_text(host, ids[i]));
		if (member_text(host, ids[i])[0])
			visit(name, arg);
	}
}

struct search {
	const struct fleet_set *set;
	json_t *index;
	const json_t *host; /* that is looked for or added */
	json_int_t number;
};

static void look_up(const char *name, void *arg)
{
	struct search *s = arg;
	const json_t *number;
	size_t i;

	json_array_foreach (json_object_get(s->index, name), i, number) {
		if (s->number >= 0)
			return;
		if (fleet_is_same_host(s->set->runs[json_integer_value(number)].host, s->host))
			s->number = json_integer_value(number);
	}
}

static void remember(const char *name, void *arg)
{
	struct search *s = arg;
	json_t *numbers = json_object_get(s->index, name);

	if (!numbers) {
		numbers = json_array();
		json_object_set_new(s->index, name, numbers);
	}
	json_array_append_new(numbers, json_integer(s->number));
}

void fleet_index_add(json_t *index, const json_t *host, size_t number)
{
	struct search s = { .index = index, .host = host, .number = (json_int_t)number };

	each_name(host, remember, &s);
}

ssize_t fleet_index_find(json_t *index, const struct fleet_set *set, const json_t *host)
{
	struct search s = { .set = set, .index = index, .host = host, .number = -1 };

	each_name(host, look_up, &s);
	return (ssize_t)s.number;
}

int fleet_identify(struct fleet_set *set)
{
	json_t *index = json_object();
	size_t i;

	if (!index)
		return -ENOMEM;
	if (set->n > 0)
		qsort(set->runs, set->n, sizeof(*set->runs), newest_first);
	for (i = 0; i < set->n; i++) {
		struct fleet_run *run = &set->runs[i];
		const ssize_t at = fleet_index_find(index, set, run->host);

		run->newer = at >= 0 ? &set->runs[at] : NULL;
		if (run->newer)
			run->newer->older++;
		else
			fleet_index_add(index, run->host, i);
	}
	json_decref(index);
	return 0;
}
