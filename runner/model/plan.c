/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which cases run on what, and in which order.
 */
#include "model/plan.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include "sys/inventory.h"
#include "sys/sriov.h"
#include "model/settings.h"

const struct case_def *case_table_get(const struct case_table *table, size_t index)
{
	size_t i;

	for (i = 0; i < table->n_areas; i++) {
		const struct case_def *def;

		for (def = table->areas[i]; def->id; def++)
			if (index-- == 0)
				return def;
	}
	return NULL;
}

const struct case_def *case_table_find(const struct case_table *table, const char *id)
{
	size_t i;

	for (i = 0; i < table->n_areas; i++) {
		const struct case_def *def;

		for (def = table->areas[i]; def->id; def++)
			if (strcmp(def->id, id) == 0)
				return def;
	}
	return NULL;
}

char *plan_item_subject(const struct plan_item *item, char *buf)
{
	if (item->pf)
		return pci_addr_format(&item->pf->addr, buf);
	util_strlcpy(buf, PCI_ADDR_STRLEN, PLAN_SUBJECT_HOST);
	return buf;
}

unsigned int plan_item_timeout_s(const struct plan_item *item)
{
	unsigned int n = item->pf && item->def->more_vf_s > 0 ? inventory_max_vfs(item->pf) : 0;

	if (n > SRIOV_MAX_VFS)
		n = SRIOV_MAX_VFS;
	return item->def->timeout_s +
	       (n > CASE_FEW_VFS ? (n - CASE_FEW_VFS) * item->def->more_vf_s : 0);
}

static enum plan_kind plan_of(enum case_set set)
{
	static const enum plan_kind smallest[] = {
		[SET_QUICK] = PLAN_QUICK,
		[SET_CORE] = PLAN_CORE,
		[SET_FULL] = PLAN_FULL,
		[SET_SOAK] = PLAN_FULL + 1, /* no plan yet */
	};

	return smallest[set];
}

static void plan_add(struct plan *plan, const struct settings *settings, const struct case_def *def,
		     const struct nic *pf)
{
	if (settings->plan < plan_of(def->set))
		return;
	if (util_globs(settings->cases, def->id))
		plan->items[plan->n++] = (struct plan_item){ .def = def, .pf = pf };
	else
		plan->left_out++;
}

/* Brings the items from number @from on that share a fixture together, each where its first is. */
static void plan_group(struct plan *plan, unsigned int from)
{
	unsigned int i, k;

	for (i = from; i < plan->n; i++) {
		const struct fixture *f = plan->items[i].def->fixture;

		for (k = i + 1; f && k < plan->n; k++) {
			struct plan_item item = plan->items[k];

			if (item.def->fixture != f)
				continue;
			i++;
			memmove(&plan->items[i + 1], &plan->items[i], (k - i) * sizeof(item));
			plan->items[i] = item;
		}
	}
}

/* What a port needs no other for comes first: that is what ports can do side by side. */
static void plan_add_all(struct plan *plan, const struct case_table *table,
			 const struct settings *settings, enum subject_kind kind,
			 const struct nic *pf)
{
	const struct case_def *def;
	bool others;

	for (others = false;; others = true) {
		unsigned int from = plan->n;
		size_t i;

		for (i = 0; (def = case_table_get(table, i)); i++)
			if (def->subject == kind && !def->last &&
			    (def->ports != PORTS_OWN) == others)
				plan_add(plan, settings, def, pf);
		plan_group(plan, from);
		if (others)
			return;
	}
}

static void plan_add_last(struct plan *plan, const struct case_table *table,
			  const struct settings *settings)
{
	const struct case_def *def;
	size_t i;

	for (i = 0; (def = case_table_get(table, i)); i++)
		if (def->last)
			plan_add(plan, settings, def, NULL);
}

int plan_make(struct plan *plan, const struct case_table *table, const struct settings *settings,
	      const struct inventory *inv)
{
	const struct nic *pf;
	size_t n_cases = 0;
	int last;

	while (case_table_get(table, n_cases))
		n_cases++;
	*plan = (struct plan){ 0 };
	plan->items = calloc(n_cases * (1 + inv->n_nics) + 1, sizeof(*plan->items));
	if (!plan->items)
		return -ENOMEM;
	plan_add_all(plan, table, settings, SUBJECT_HOST, NULL);
	for (last = 0; last <= 1; last++)
		inventory_for_each_pf (inv, pf)
			if (inventory_is_boot_port(inv, pf) == last)
				plan_add_all(plan, table, settings, SUBJECT_PF, pf);
	plan_add_last(plan, table, settings);
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->items);
	*plan = (struct plan){ 0 };
}

static json_t *item_to_json(const struct plan_item *item)
{
	json_t *obj = json_object();
	char subject[PCI_ADDR_STRLEN];

	plan_item_subject(item, subject);
	json_object_set_new(obj, "case", json_string(item->def->id));
	json_object_set_new(obj, "subject", json_string(subject));
	json_object_set_new(obj, "title", json_string(item->def->title));
	json_object_set_new(obj, "required", json_boolean(!item->def->informative));
	json_object_set_new(obj, "timeout_s", json_integer(plan_item_timeout_s(item)));
	return obj;
}

json_t *plan_to_json(const struct plan *plan)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < plan->n; i++)
		json_array_append_new(array, item_to_json(&plan->items[i]));
	return array;
}

static const struct nic *find_pf(const struct inventory *inv, const char *subject)
{
	struct pci_addr addr;
	const struct nic *pf;

	if (pci_addr_parse(subject, &addr) < 0)
		return NULL;
	inventory_for_each_pf (inv, pf)
		if (pci_addr_cmp(&pf->addr, &addr) == 0)
			return pf;
	return NULL;
}

int plan_from_json(struct plan *plan, const struct case_table *table, const json_t *array,
		   const struct inventory *inv)
{
	size_t i, n = json_array_size(array);

	*plan = (struct plan){ 0 };
	if (n > PLAN_MAX_ITEMS)
		return -E2BIG;
	plan->items = calloc(n + 1, sizeof(*plan->items));
	if (!plan->items)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const char *id = NULL, *subject = NULL;
		struct plan_item item = { 0 };

		if (json_unpack(json_array_get(array, i), "{s:s, s:s}", "case", &id, "subject",
				&subject) < 0)
			continue;
		item.def = case_table_find(table, id);
		if (!item.def)
			continue;
		if (item.def->subject == SUBJECT_PF) {
			item.pf = find_pf(inv, subject);
			if (!item.pf)
				continue;
		}
		plan->items[plan->n++] = item;
	}
	return 0;
}
