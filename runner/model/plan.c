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
#include "model/level.h"
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
	return item->def->timeout_s + item->more_s +
	       (n > CASE_FEW_VFS ? (n - CASE_FEW_VFS) * item->def->more_vf_s : 0);
}

static enum plan_kind plan_of(enum case_set set)
{
	static const enum plan_kind smallest[] = {
		[SET_QUICK] = PLAN_QUICK,
		[SET_CORE] = PLAN_CORE,
		[SET_FULL] = PLAN_FULL,
		[SET_SOAK] = PLAN_SOAK,
	};

	return smallest[set];
}

static void plan_add(struct plan *plan, const struct settings *settings, const struct case_def *def,
		     const struct nic *pf)
{
	if (settings->plan < plan_of(def->set))
		return;
	if (util_globs(settings->cases, def->id))
		plan->items[plan->n++] = (struct plan_item){
			.def = def, .pf = pf, .more_s = def->soaks ? settings->soak_s : 0
		};
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

/* The host's last ones come behind all ports' items. */
enum turn { TURN_OWN, TURN_OTHERS, TURN_LAST, TURN_BEHIND_ALL };

static enum turn turn_of(const struct case_def *def)
{
	if (def->last)
		return def->subject == SUBJECT_HOST ? TURN_BEHIND_ALL : TURN_LAST;
	return def->ports == PORTS_OWN ? TURN_OWN : TURN_OTHERS;
}

/* What a port needs no other for comes first: that is what ports can do side by side. */
static void plan_add_all(struct plan *plan, const struct case_table *table,
			 const struct settings *settings, enum subject_kind kind,
			 const struct nic *pf)
{
	const struct case_def *def;
	enum turn turn;

	for (turn = TURN_OWN; turn <= TURN_LAST; turn++) {
		unsigned int from = plan->n;
		size_t i;

		for (i = 0; (def = case_table_get(table, i)); i++)
			if (def->subject == kind && turn_of(def) == turn)
				plan_add(plan, settings, def, pf);
		plan_group(plan, from);
	}
}

static void plan_add_last(struct plan *plan, const struct case_table *table,
			  const struct settings *settings)
{
	const struct case_def *def;
	size_t i;

	for (i = 0; (def = case_table_get(table, i)); i++)
		if (turn_of(def) == TURN_BEHIND_ALL)
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

void plan_narrow(struct plan *plan, const json_t *items)
{
	json_t *wanted = json_object();
	const json_t *text;
	unsigned int i, n = 0;
	size_t k;

	json_array_foreach (items, k, text)
		if (json_is_string(text))
			json_object_set_new(wanted, json_string_value(text), json_true());
	for (i = 0; i < plan->n; i++) {
		char subject[PCI_ADDR_STRLEN], key[128];

		util_format(key, sizeof(key), "%s %s", plan->items[i].def->id,
			    plan_item_subject(&plan->items[i], subject));
		if (json_object_get(wanted, key))
			plan->items[n++] = plan->items[i];
	}
	plan->left_out += plan->n - n;
	plan->n = n;
	json_decref(wanted);
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
	json_object_set_new(obj, "level", json_string(level_name(level_of_case(item->def))));
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

static bool has_case(const struct plan *plan, const struct case_def *def)
{
	unsigned int i;

	for (i = 0; i < plan->n; i++)
		if (plan->items[i].def == def)
			return true;
	return false;
}

json_t *plan_beyond_to_json(const struct plan *plan, const struct case_table *table)
{
	const struct case_def *def;
	json_t *array = json_array();
	size_t i;

	for (i = 0; (def = case_table_get(table, i)); i++)
		if (!has_case(plan, def))
			json_array_append_new(array,
					      json_pack("{s:s, s:s}", "case", def->id, "level",
							level_name(level_of_case(def))));
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

/* For how long the item was told to work, as the deadline of its entry says. */
static unsigned int soak_of(const json_t *entry, const struct case_def *def)
{
	const json_int_t s = json_integer_value(json_object_get(entry, "timeout_s"));

	return s > def->timeout_s && s <= SETTINGS_MAX_SOAK_S + def->timeout_s
		       ? (unsigned int)s - def->timeout_s
		       : 0;
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
		item.more_s = item.def->soaks ? soak_of(json_array_get(array, i), item.def) : 0;
		plan->items[plan->n++] = item;
	}
	return 0;
}
