/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/blame_where.h"

#include <errno.h>
#include <string.h>
#include "journal/member.h"

#define HOST "host"
#define MAX_NAMED 4 /* ports, if they are not neighbours */

/* A port's place is that of its first mention: in "nics", then among the items. */
static bool add_port(struct blame_where *w, const char *address)
{
	const unsigned int n = w->n;

	if (json_object_get(w->order, address))
		return true;
	w->address[n] = address;
	w->n++;
	return json_object_set_new_nocheck(w->order, address, json_integer(n)) == 0;
}

/* The subjects of items, other than the host, as keys. */
static json_t *collect_subjects(const json_t *items)
{
	json_t *subjects = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach (items, i, item)
		if (strcmp(member_text(item, "subject"), HOST) != 0)
			json_object_set_new_nocheck(subjects, member_text(item, "subject"),
						    json_true());
	return subjects;
}

int blame_where_open(struct blame_where *w, const json_t *report)
{
	json_t *subjects, *nic, *value;
	const char *subject;
	bool whole = true;
	size_t i, max;

	*w = (struct blame_where){ .items = json_object_get(report, "items") };
	subjects = collect_subjects(w->items);
	max = json_object_size(subjects) + 1;
	w->order = json_object();
	w->address = calloc(max, sizeof(*w->address));
	w->seen = calloc(max, sizeof(*w->seen));
	w->list = calloc(max, sizeof(*w->list));
	whole = w->order && w->address && w->seen && w->list;
	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		const char *address = member_text(nic, "address");

		if (whole && json_object_get(subjects, address))
			whole = add_port(w, address);
	}
	/* A text of its own: the keys of @subjects end with it. */
	json_array_foreach (w->items, i, value) {
		subject = member_text(value, "subject");
		if (whole && json_object_get(subjects, subject))
			whole = add_port(w, subject);
	}
	json_decref(subjects);
	return whole ? 0 : -ENOMEM;
}

void blame_where_close(struct blame_where *w)
{
	json_decref(w->order);
	free(w->address);
	free(w->seen);
	free(w->list);
}

/* Adds the ports of the items at @places to the list of @n. Returns its new length. */
static unsigned int add_places(struct blame_where *w, const json_t *places, unsigned int n,
			       bool *host)
{
	const json_t *place;
	size_t i;

	json_array_foreach (places, i, place) {
		const json_t *item = json_array_get(w->items, (size_t)json_integer_value(place));
		const json_t *at = json_object_get(w->order, member_text(item, "subject"));
		const json_int_t port = json_integer_value(at);

		if (!at) {
			*host = true;
			continue;
		}
		if (w->seen[port] == w->texts)
			continue;
		w->seen[port] = w->texts;
		w->list[n++] = (unsigned int)port;
	}
	return n;
}

static int by_place(const void *a, const void *b)
{
	const unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

/* "A, B, C and 5 more" */
static void name_ports(const struct blame_where *w, unsigned int n, char *text, size_t size)
{
	const unsigned int shown = n > MAX_NAMED ? MAX_NAMED - 1 : n;
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < shown; i++) {
		const size_t len = strlen(text);

		util_format(text + len, size - len, "%s%.20s",
			    i == 0	? ""
			    : i + 1 < n ? ", "
					: " and ",
			    w->address[w->list[i]]);
	}
	if (shown < n)
		util_format(text + strlen(text), size - strlen(text), " and %u more", n - shown);
}

static void format_ports(const struct blame_where *w, unsigned int n, char *text, size_t size)
{
	char names[BLAME_WHERE - 20];

	if (n > 2 && n == w->n) {
		util_format(text, size, "all %u ports", n);
	} else if (n > 2 && w->list[n - 1] - w->list[0] == n - 1) {
		util_format(text, size, "ports %.20s to %.20s", w->address[w->list[0]],
			    w->address[w->list[n - 1]]);
	} else {
		name_ports(w, n, names, sizeof(names));
		util_format(text, size, "port%s %s", n == 1 ? "" : "s", names);
	}
}

void blame_where_format(struct blame_where *w, const json_t *some, const json_t *more,
			char text[BLAME_WHERE])
{
	bool host = false;
	unsigned int n;

	w->texts++;
	n = add_places(w, some, 0, &host);
	n = add_places(w, more, n, &host);
	if (n > 0)
		qsort(w->list, n, sizeof(*w->list), by_place);
	util_strlcpy(text, BLAME_WHERE, host ? "host" : "");
	if (host && n > 0)
		util_strlcpy(text, BLAME_WHERE, "host, ");
	if (n > 0)
		format_ports(w, n, text + strlen(text), BLAME_WHERE - strlen(text));
}
