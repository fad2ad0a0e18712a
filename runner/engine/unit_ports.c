/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports a unit has for itself, and whose a kernel message is.
 */
#include "engine/unit.h"

#include <string.h>
#include "sys/kmsg.h"
#include "sys/kmsg_fault.h"

static uint64_t ports_of_driver(const struct nic *pf, const struct inventory *inv)
{
	uint64_t ports = 0;
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++)
		if (strcmp(inv->nics[i].driver, pf->driver) == 0)
			ports |= 1ull << i;
	return ports;
}

uint64_t unit_ports(const struct plan_item *item, const struct inventory *inv)
{
	uint64_t own;

	if (!item->pf)
		return UINT64_MAX;
	own = 1ull << (item->pf - inv->nics);
	switch (item->def->ports) {
	case PORTS_OWN:
		return own;
	case PORTS_PEER:
		return item->pf->peer >= 0 ? own | 1ull << item->pf->peer : own;
	case PORTS_DRIVER:
		return own | ports_of_driver(item->pf, inv);
	case PORTS_ALL:
		break;
	}
	return UINT64_MAX;
}

bool unit_is_foreign(const struct unit *u, const struct kmsg_record *rec)
{
	char name[KMSG_ABOUT_NAME];
	bool other;
	uint64_t nics = inventory_of_message(u->root, u->inv, rec, &other, name);
	unsigned int i;

	for (i = 0; i < u->inv->n_nics; i++)
		if (nics & 1ull << i && u->board->owner[i] == u->number)
			return false;
	return nics || other;
}

bool unit_is_far_end(const struct unit *u, const struct plan_item *item,
		     const struct kmsg_record *rec)
{
	char name[KMSG_ABOUT_NAME];
	bool other;

	return item && item->pf && item->def->ports == PORTS_PEER && item->pf->peer >= 0 &&
	       inventory_of_message(u->root, u->inv, rec, &other, name) == 1ull << item->pf->peer;
}

#define FAULT_PAGE 4096

/* The item has said that this very fault is to come. */
static bool is_due(const struct unit *u, const struct kmsg_record *rec)
{
	const struct item_result *res = &u->shared->res;
	const unsigned int n = __atomic_load_n(&res->n_due, __ATOMIC_ACQUIRE);
	struct kmsg_fault fault;

	if (n == 0 || !kmsg_read_fault(rec, &fault))
		return false;
	for (unsigned int i = 0; i < n && i < RESULT_MAX_DUE; i++) {
		const struct due_fault *due = &res->due[i];
		const uint64_t unit = due->interrupt ? 1 : FAULT_PAGE;

		if (due->interrupt == (fault.kind == KMSG_FAULT_INTERRUPT) &&
		    kmsg_address_is(&fault.from, &due->from) &&
		    fault.address / unit == due->address / unit)
			return true;
	}
	return false;
}

bool unit_is_provoked(const struct unit *u, const struct plan_item *item,
		      const struct kmsg_record *rec)
{
	const struct provoked *p = item ? item->def->provokes : NULL;
	char name[KMSG_ABOUT_NAME];
	bool other;
	uint64_t nics;

	if (item && is_due(u, rec))
		return true;
	if (!p || !item->pf)
		return false;
	nics = inventory_of_message(u->root, u->inv, rec, &other, name);
	if (!nics || nics & ~unit_ports(item, u->inv))
		return false;
	for (; p->match; p++)
		if ((!p->driver || strcmp(p->driver, item->pf->driver) == 0) &&
		    util_glob(p->match, rec->text))
			return true;
	return false;
}
