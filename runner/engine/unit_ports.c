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

/* The devices that a message names. */
struct named {
	uint64_t nics;
	bool other;
};

static bool is_foreign(const struct unit *u, const struct named *n)
{
	unsigned int i;

	for (i = 0; i < u->inv->n_nics; i++)
		if (n->nics & 1ull << i && u->board->owner[i] == u->number)
			return false;
	return n->nics || n->other;
}

static bool is_far_end(const struct plan_item *item, const struct named *n)
{
	return item->def->ports == PORTS_PEER && item->pf->peer >= 0 &&
	       n->nics == 1ull << item->pf->peer;
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

static bool is_provoked(const struct unit *u, const struct plan_item *item, const struct named *n,
			const char *text)
{
	const struct provoked *p = item->def->provokes;

	if (!p || !item->pf)
		return false;
	/* One that names no device is the item's own if nothing runs beside it. */
	if (n->nics & ~unit_ports(item, u->inv) ||
	    (!n->nics && (n->other || item->def->ports != PORTS_ALL)))
		return false;
	for (; p->match; p++)
		if ((!p->driver || strcmp(p->driver, item->pf->driver) == 0) &&
		    util_glob(p->match, text))
			return true;
	return false;
}

unsigned int unit_whose(const struct unit *u, const struct plan_item *item,
			const struct kmsg_record *rec)
{
	char name[KMSG_ABOUT_NAME];
	struct named n = { 0 };
	unsigned int whose;

	n.nics = inventory_of_message(u->root, u->inv, rec, &n.other, name);
	whose = is_foreign(u, &n) ? KLOG_FOREIGN : 0;
	if (!item || !item->pf)
		return whose;
	if (is_far_end(item, &n))
		whose |= KLOG_FAR_END;
	if (is_due(u, rec) || is_provoked(u, item, &n, rec->text))
		whose |= KLOG_PROVOKED;
	return whose;
}
