/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which unit is started when. */
#include "engine/engine_state.h"

#include <errno.h>

static bool same_unit(const struct plan_item *a, const struct plan_item *b)
{
	return a->pf == b->pf && a->def->fixture && a->def->fixture == b->def->fixture && !b->done;
}

static void set_ports(const struct engine *e, const struct plan *plan, struct planned_unit *t)
{
	unsigned int i;

	t->ports = 0;
	for (i = t->first; i < t->first + t->n; i++)
		t->ports |= unit_ports(&plan->items[i], e->inv);
	/* An item of the host works with no port, but for the last one, which listens to all. */
	t->answers = plan->items[t->first].pf || plan->items[t->first].def->last ? t->ports : 0;
	if (e->n_slots == 1)
		t->ports = ENGINE_ALL_PORTS; /* nothing runs beside it: all has to stay as it is */
}

int engine_make_units(const struct engine *e, const struct plan *plan, struct schedule *s)
{
	unsigned int i, k;

	*s = (struct schedule){ .plan = plan };
	s->units = calloc(plan->n + 1, sizeof(*s->units));
	if (!s->units)
		return -ENOMEM;
	for (i = 0; i < plan->n; i = k) {
		const struct plan_item *item = &plan->items[i];
		struct planned_unit *t = &s->units[s->n];

		k = i + 1;
		if (item->done)
			continue;
		*t = (struct planned_unit){ .first = i };
		t->own = item->pf ? 1ull << (item->pf - e->inv->nics) : ENGINE_ALL_PORTS;
		t->after_all = item->pf && inventory_is_boot_port(e->inv, item->pf);
		t->others = item->pf && item->def->ports != PORTS_OWN;
		for (; k < plan->n && same_unit(item, &plan->items[k]); k++)
			t->others |= item->pf && plan->items[k].def->ports != PORTS_OWN;
		t->n = k - i;
		set_ports(e, plan, t);
		s->n++;
	}
	return 0;
}

/* What works without guests makes and removes VFs: mostly sleep, and the kernel does one at a time.
 */
static bool is_without_guests(const struct plan_item *item)
{
	return item->pf && !item->def->fixture;
}

static bool is_without_guests_under_way(const struct engine *e, const struct plan *plan)
{
	unsigned int i;

	for (i = 0; i < e->n_slots; i++)
		if (e->slots[i].process.pid != 0 &&
		    is_without_guests(&plan->items[e->slots[i].unit.first]))
			return true;
	return false;
}

/*
 * The unit that @t's port is to begin next: @t, its first one; but beside another port's work
 * without guests the first of its own with guests, so that the two fill each other's gaps.
 */
static struct planned_unit *choose_unit(const struct engine *e, struct schedule *s,
					struct planned_unit *t)
{
	struct planned_unit *u;

	if (t->ports != t->own || !is_without_guests(&s->plan->items[t->first]) ||
	    !is_without_guests_under_way(e, s->plan))
		return t;
	for (u = t + 1; u < s->units + s->n; u++)
		if (!u->started && u->own == t->own && u->ports == u->own && !u->others &&
		    !is_without_guests(&s->plan->items[u->first]))
			return u;
	return t;
}

/* Whether the ports that the unit needs are known. They are set anew, as they may just have been.
 */
static bool ports_are_known(const struct engine *e, struct schedule *s, struct planned_unit *t)
{
	if (!t->others || !e->peer_is_known)
		return true;
	if (!e->peer_is_known(e->peer_arg, s->plan->items[t->first].pf, s->running == 0))
		return false;
	set_ports(e, s->plan, t);
	return true;
}

int engine_start_units(struct engine *e, struct schedule *s)
{
	uint64_t claimed = s->busy, waiting = 0;
	unsigned int i;

	s->waits = false;
	for (i = 0; i < s->n; i++) {
		struct planned_unit *t = &s->units[i];
		struct slot *slot = engine_free_slot(e);
		int ret;

		if (t->started || waiting & t->own)
			continue;
		if (!slot || e->stuck)
			return 0;
		waiting |= t->own;
		if (!ports_are_known(e, s, t)) {
			claimed |= t->own;
			s->waits = true;
			continue;
		}
		t = choose_unit(e, s, t);
		if (!(t->ports & claimed) && !(t->after_all && (s->running > 0 || claimed))) {
			ret = slot_start(e, slot, s, t);
			if (ret < 0)
				return ret;
		}
		claimed |= t->ports;
	}
	return 0;
}
