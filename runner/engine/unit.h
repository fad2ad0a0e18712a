/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A unit: items in a row that share a fixture, or a single item. A process of its own carries it
 * out, so that units of different ports can be worked on side by side; the cases themselves run in
 * a further process, the worker, with a deadline for each.
 */
#ifndef VFPROOF_ENGINE_UNIT_H
#define VFPROOF_ENGINE_UNIT_H

#include "engine/unit_state.h"

/* Carries it out; the whole life of the unit's process. @arg is a struct unit. */
int unit_run(void *arg);

/*
 * The ports that an item needs for itself, a bit per NIC of the inventory; all of them for an item
 * of the host.
 */
uint64_t unit_ports(const struct plan_item *item, const struct inventory *inv);
/*
 * Whose a kernel message is, by the devices that it names (see inventory_of_message()): bits of
 * enum klog_whose. KLOG_FOREIGN: none of them is a port that @u answers for; what names no device
 * is every unit's. KLOG_FAR_END: it names the port at the far end of @item's wire, or VFs of it,
 * and nothing else. KLOG_PROVOKED: the item has asked for it (see struct provoked), and it names
 * nothing but ports that the item has for itself. @item is NULL if none runs.
 */
unsigned int unit_whose(const struct unit *u, const struct plan_item *item,
			const struct kmsg_record *rec);

#endif
