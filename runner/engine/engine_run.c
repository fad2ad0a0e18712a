/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The units under way, and the journal's only writer meanwhile. */
#include "engine/engine_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include "engine/strays.h"
#include "journal/relay.h"
#include "journal/store.h"
#include "sys/kmsg.h"

#define TICK_MS 200
#define SLOT_EXIT_MS 10000

static int unit_child(void *arg)
{
	struct slot *slot = arg;

	return unit_run(&slot->unit) < 0;
}

static void set_owner(struct engine *e, uint64_t ports, uint8_t owner)
{
	unsigned int i;

	for (i = 0; i < INVENTORY_MAX_NICS; i++)
		if (ports & 1ull << i)
			e->board->owner[i] = owner;
}

static void make_unit(struct engine *e, struct slot *slot, const struct schedule *s,
		      const struct planned_unit *t)
{
	memset(slot->shared, 0, sizeof(*slot->shared));
	slot->shared->taint = e->taint;
	slot->unit = (struct unit){ .settings = e->settings,
				    .root = e->root,
				    .inv = e->inv,
				    .plan = s->plan,
				    .board = e->board,
				    .shared = slot->shared,
				    .first = t->first,
				    .n = t->n,
				    .ports = t->ports,
				    .answers = t->answers,
				    .number = (uint8_t)(slot - e->slots + 1),
				    .guest_memory_mb = e->guest_memory_mb,
				    .kmsg = e->kmsg < 0 ? -1 : kmsg_open(e->root, false),
				    .recover_ms = e->recover_ms,
				    .settle_ms = e->settle_ms };
}

int slot_start(struct engine *e, struct slot *slot, struct schedule *s, struct planned_unit *t)
{
	int fds[2], ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	make_unit(e, slot, s, t);
	slot->unit.relay = fds[1];
	slot->engine = e;
	strays_read(e->strays);
	set_owner(e, t->answers, slot->unit.number);
	ret = child_start(&slot->process, unit_child, slot);
	close(fds[1]);
	if (slot->unit.kmsg >= 0)
		close(util_take_fd(&slot->unit.kmsg));
	if (ret < 0) {
		slot->process.pid = 0;
		close(fds[0]);
		return ret;
	}
	slot->relay = fds[0];
	slot->silent_ms = 0;
	slot->seen_ms = util_now_ms();
	t->started = true;
	s->busy |= t->ports;
	s->running++;
	e->strays->running = s->running;
	return 0;
}

/*
 * The unit's process has ended, or is to be ended if it @hangs. If it did so before its time, its
 * item will be said to be CRASHED.
 */
static void slot_end(struct engine *e, struct slot *slot, struct schedule *s, bool hangs)
{
	const pid_t pid = slot->process.pid;
	const struct child_tick tick = { engine_tick, e };
	/* Its end of the relay is closed before it is dead. */
	const struct child_end end =
		child_wait(&slot->process, hangs ? 0 : util_now_ms() + SLOT_EXIT_MS, &tick);

	slot->process.pid = 0;
	close(util_take_fd(&slot->relay));
	set_owner(e, slot->unit.answers, 0);
	s->busy &= ~slot->unit.ports;
	s->running--;
	e->stuck |= slot->shared->stuck || end.state == CHILD_STUCK;
	e->taint |= slot->shared->taint;
	e->strays->running = s->running;
	strays_take_over(e->strays, slot->unit.answers, slot->shared->klog_seq);
	if (end.state == CHILD_EXITED && end.value == 0)
		return;
	store_note(e->store, true, "the process %d that carried out %u items %s", (int)pid,
		   slot->unit.n, hangs ? "did nothing any more and was ended" : "ended early");
	if (e->unit_died)
		e->unit_died(e->died_arg, slot->unit.plan, slot->unit.first, slot->unit.n);
	/* What it left behind may use its ports; the other units go on. */
	(void)!engine_clean_ports(e, s->running == 0 ? ENGINE_ALL_PORTS : slot->unit.ports);
}

/*
 * True if the unit's process has not gone on for too long: it is stopped, or hangs where it must
 * not. Only time counts in which the engine itself went on, as the unit may wait for it.
 */
static bool slot_is_silent(const struct engine *e, struct slot *slot)
{
	const uint64_t alive = __atomic_load_n(&slot->shared->alive, __ATOMIC_ACQUIRE);
	const uint64_t now = util_now_ms(), passed = now - slot->seen_ms;

	slot->seen_ms = now;
	if (alive != slot->alive)
		slot->silent_ms = 0;
	else
		slot->silent_ms += passed < 2 * TICK_MS ? (unsigned int)passed : 2 * TICK_MS;
	slot->alive = alive;
	return slot->silent_ms > e->silent_ms;
}

struct slot *engine_free_slot(struct engine *e)
{
	unsigned int i;

	for (i = 0; i < e->n_slots; i++)
		if (e->slots[i].process.pid == 0)
			return &e->slots[i];
	return NULL;
}

/* Serves the units under way once. */
static int serve_units(struct engine *e, struct schedule *s)
{
	struct pollfd p[2 * ENGINE_MAX_SLOTS];
	unsigned int i;
	int ret;

	for (i = 0; i < e->n_slots; i++) {
		const bool busy = e->slots[i].process.pid != 0;

		p[2 * i] = (struct pollfd){ busy ? e->slots[i].relay : -1, POLLIN, 0 };
		p[2 * i + 1] = (struct pollfd){ busy ? e->slots[i].process.pidfd : -1, POLLIN, 0 };
	}
	poll(p, 2 * e->n_slots, TICK_MS);
	engine_tick(e);
	if (e->each_tick)
		e->each_tick(e->tick_arg);
	strays_read(e->strays);
	for (i = 0; i < e->n_slots; i++) {
		if (p[2 * i].revents) {
			ret = relay_serve(e->slots[i].relay, e->store);
			if (ret < 0)
				return ret;
			if (ret > 0)
				continue;
		}
		if (p[2 * i].revents || p[2 * i + 1].revents)
			slot_end(e, &e->slots[i], s, false);
		else if (e->slots[i].process.pid != 0 && slot_is_silent(e, &e->slots[i]))
			slot_end(e, &e->slots[i], s, true);
	}
	return 0;
}

/* Nothing can be journalled any more, so that nothing may go on. */
static void end_units(struct engine *e)
{
	unsigned int i;

	for (i = 0; i < e->n_slots; i++)
		if (e->slots[i].process.pid != 0) {
			child_wait(&e->slots[i].process, 0, NULL);
			e->slots[i].process.pid = 0;
			close(util_take_fd(&e->slots[i].relay));
		}
}

int engine_run(struct engine *e, const struct plan *plan)
{
	struct schedule s;
	int ret = engine_make_units(e, plan, &s);

	if (ret < 0)
		return ret;
	ret = engine_start_units(e, &s);
	while (ret == 0 && (s.running > 0 || s.waits)) {
		ret = serve_units(e, &s);
		if (ret == 0)
			ret = engine_start_units(e, &s);
	}
	end_units(e);
	free(s.units);
	if (e->stuck)
		store_note(e->store, true, "the run stopped: a process hangs in the kernel");
	return ret;
}
