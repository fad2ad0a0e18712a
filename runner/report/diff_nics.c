/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network controller of one report is which of the other: the same card first, wherever it
 * is plugged in now, then the same place; on another host also the same model.
 */
#include <string.h>
#include "journal/member.h"
#include "report/diff_parts.h"
#include "report/report.h"
#include "sys/inventory.h"

struct side {
	const json_t *nics[INVENTORY_MAX_NICS];
	int mate[INVENTORY_MAX_NICS]; /* index in the other side, -1: none */
	int n;
};

static void side_fill(struct side *s, const json_t *report)
{
	json_t *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic)
		if (s->n < INVENTORY_MAX_NICS && member_text(nic, "address")[0]) {
			s->mate[s->n] = -1;
			s->nics[s->n++] = nic;
		}
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	return strcmp(member_text(a, key), member_text(b, key)) == 0;
}

static bool same_address(const json_t *a, const json_t *b)
{
	return same_text(a, b, "address");
}

static bool same_model(const json_t *a, const json_t *b)
{
	return same_text(a, b, "vendor") && same_text(a, b, "device") &&
	       same_text(a, b, "subvendor") && same_text(a, b, "subdevice");
}

/* The same card: a port's MAC address goes with it. */
static bool same_card(const json_t *a, const json_t *b)
{
	return member_text(a, "mac")[0] && same_text(a, b, "mac") && same_model(a, b);
}

static bool same_card_and_address(const json_t *a, const json_t *b)
{
	return same_card(a, b) && same_address(a, b);
}

static bool same_model_and_address(const json_t *a, const json_t *b)
{
	return same_model(a, b) && same_address(a, b);
}

static void side_match(struct side *o, struct side *n, bool (*same)(const json_t *, const json_t *))
{
	int i, j;

	for (i = 0; i < o->n; i++)
		for (j = 0; j < n->n && o->mate[i] < 0; j++)
			if (n->mate[j] < 0 && same(o->nics[i], n->nics[j])) {
				o->mate[i] = j;
				n->mate[j] = i;
			}
}

/* What there is to say of two that are taken for the same, NULL if nothing. */
static const char *pair_change(const json_t *o, const json_t *n, bool same_host)
{
	if (!same_address(o, n))
		return same_card(o, n) ? "moved" : "matched by model";
	if (!same_model(o, n))
		return "replaced";
	if (same_host && member_text(o, "mac")[0] && member_text(n, "mac")[0] &&
	    !same_text(o, n, "mac"))
		return "replaced";
	return NULL;
}

/* Either may be NULL: then it is in one report only. */
static void add_remark(json_t *array, const char *change, const json_t *o, const json_t *n)
{
	json_t *obj = json_object();

	member_set_text(obj, "change", change);
	json_object_set_new(obj, "old", diff_text(o, "address"));
	json_object_set_new(obj, "new", diff_text(n, "address"));
	json_object_set_new(obj, "old_name", diff_text(o, "name"));
	json_object_set_new(obj, "new_name", diff_text(n, "name"));
	json_object_set_new(obj, "old_slot", diff_text(o, "slot"));
	json_object_set_new(obj, "new_slot", diff_text(n, "slot"));
	json_array_append_new(array, obj);
}

void diff_nics(struct diff *d)
{
	struct side o = { .n = 0 }, n = { .n = 0 };
	json_t *remarks = json_array();
	int i;

	side_fill(&o, d->old_report);
	side_fill(&n, d->new_report);
	side_match(&o, &n, same_card_and_address);
	side_match(&o, &n, same_card);
	side_match(&o, &n, same_model_and_address);
	if (!d->same_host)
		side_match(&o, &n, same_model);
	side_match(&o, &n, same_address);
	for (i = 0; i < o.n; i++) {
		const json_t *mate = o.mate[i] < 0 ? NULL : n.nics[o.mate[i]];
		const char *change = mate ? pair_change(o.nics[i], mate, d->same_host) : "gone";

		json_object_set_new(d->addresses, member_text(o.nics[i], "address"),
				    diff_text(mate, "address"));
		if (change)
			add_remark(remarks, change, o.nics[i], mate);
	}
	for (i = 0; i < n.n; i++)
		if (n.mate[i] < 0)
			add_remark(remarks, "new", NULL, n.nics[i]);
	json_object_set_new(d->out, "nics", remarks);
}

const char *diff_new_subject(const struct diff *d, const char *old_subject)
{
	const json_t *address = json_object_get(d->addresses, old_subject);

	return address ? json_string_value(address) : old_subject;
}

const json_t *diff_find_nic(const json_t *report, const char *address)
{
	json_t *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic)
		if (strcmp(member_text(nic, "address"), address) == 0)
			return nic;
	return NULL;
}
