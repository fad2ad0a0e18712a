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
 * True if a kernel message is not @u's to judge: it names devices (see inventory_of_message()), and
 * none of them is a port that @u answers for. What names no device is every unit's.
 */
bool unit_is_foreign(const struct unit *u, const struct kmsg_record *rec);
/*
 * True if the message names the port at the far end of @item's wire, or VFs of it, and nothing
 * else. NULL: no item runs.
 */
bool unit_is_far_end(const struct unit *u, const struct plan_item *item,
		     const struct kmsg_record *rec);
/*
 * True if the item has asked for the message (see struct provoked): it names nothing but ports that
 * the item has for itself. NULL: no item runs.
 */
bool unit_is_provoked(const struct unit *u, const struct plan_item *item,
		      const struct kmsg_record *rec);

#endif
