/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: which unit is started when, and the journal's only writer while they run.
 */
#include "engine/engine.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "engine/clean_slate.h"
#include "engine/judge.h"
#include "engine/strays.h"
#include "engine/presence.h"
#include "base/log.h"
#include "journal/relay.h"
#include "engine/unit.h"
#include "sys/kmsg.h"
#include "base/sysroot.h"
#include "vm/vm_size.h"

#define RECOVER_MS 180000
#define SETTLE_MS 10000
#define PRESENCE_MS 30000
#define TICK_MS 200
#define SLOT_EXIT_MS 10000
#define ALL_PORTS UINT64_MAX

/* What a unit runs in: as many of them as units may be under way at a time. */
struct slot {
	struct engine *engine;
	struct child process; /* pid 0: free */
	int relay;
	struct unit unit;
	struct unit_shared *shared; /* memory that the unit's processes write to */
};

/* A kernel that has had an oops proves nothing any more; other errors are for the reader. */
static void note_boot_error(const struct symptom *s, const char *line, void *arg)
{
	struct engine *e = arg;

	store_note(e->store, strcmp(s->label, "kernel_oops") == 0,
		   "before the run the kernel said: %s", line);
}

static void *map_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void free_memory(struct engine *e)
{
	unsigned int i;

	for (i = 0; e->slots && i < e->n_slots; i++)
		if (e->slots[i].shared)
			munmap(e->slots[i].shared, sizeof(*e->slots[i].shared));
	if (e->board)
		munmap(util_take_ptr(e->board), sizeof(*e->board));
	free(util_take_ptr(e->slots));
	free(util_take_ptr(e->strays));
}

/* What the guests of one slot may have, so that slots side by side never take it all; 0: unknown.
 */
static unsigned int share_memory(const struct engine *e)
{
	uint64_t mb = inventory_memory_available_kb(e->root) / 1024;

	return mb == 0			? 0
	       : mb <= VM_SIZE_SPARE_MB ? 1
					: (unsigned int)((mb - VM_SIZE_SPARE_MB) / e->n_slots);
}

static int get_memory(struct engine *e)
{
	unsigned int i;

	e->n_slots = engine_count_slots(e->settings, e->root, e->inv);
	e->guest_memory_mb = share_memory(e);
	e->strays = calloc(1, sizeof(*e->strays));
	e->slots = calloc(e->n_slots, sizeof(*e->slots));
	e->board = map_shared(sizeof(*e->board));
	if (!e->strays || !e->slots || !e->board)
		return -ENOMEM;
	for (i = 0; i < e->n_slots; i++) {
		e->slots[i].relay = -1;
		e->slots[i].shared = map_shared(sizeof(*e->slots[i].shared));
		if (!e->slots[i].shared)
			return -ENOMEM;
	}
	return 0;
}

static int presence_child(void *arg)
{
	struct engine *e = arg;

	e->board->present = presence_take(e->root, e->inv, ALL_PORTS);
	return 0;
}

int engine_open(struct engine *e)
{
	struct child_end end = { .state = CHILD_TIMED_OUT };
	int ret = child_adopt_orphans();

	if (ret < 0)
		return ret;
	e->stuck = false;
	judge_taint(NULL, e->root, &e->taint);
	e->recover_ms = (unsigned int)sysroot_recovery_ms(e->root, RECOVER_MS);
	e->settle_ms = SETTLE_MS;
	ret = get_memory(e);
	if (ret < 0) {
		free_memory(e);
		return ret;
	}
	if (child_call(presence_child, e, (unsigned int)sysroot_ms(e->root, PRESENCE_MS), NULL,
		       &end) < 0 ||
	    end.state != CHILD_EXITED)
		log_error("whether all ports are on the bus was not found out in time");
	klog_scan_boot(e->root, note_boot_error, e);
	e->kmsg = kmsg_open(e->root, false);
	if (e->kmsg < 0)
		store_note(e->store, true, "kernel messages cannot be watched: %s",
			   strerror(-e->kmsg));
	*e->strays = (struct strays){ .root = e->root,
				      .inv = e->inv,
				      .board = e->board,
				      .store = e->store,
				      .kmsg = e->kmsg };
	strays_begin(e->strays);
	watchdog_open(&e->watchdog, e->root);
	return 0;
}

void engine_close(struct engine *e, bool reboot)
{
	strays_read(e->strays); /* what came after the last item */
	strays_note_devices(e->strays);
	if (e->kmsg >= 0)
		close(util_take_fd(&e->kmsg));
	if (reboot)
		watchdog_leave(&e->watchdog);
	else
		watchdog_close(&e->watchdog);
	free_memory(e);
}

static void engine_tick(void *arg)
{
	struct engine *e = arg;

	watchdog_pet(&e->watchdog);
}

int engine_clean_slate(struct engine *e)
{
	const struct child_tick tick = { engine_tick, e };
	struct clean_slate slate = {
		.root = e->root, .inv = e->inv, .ports = ALL_PORTS, .watchdog = &e->watchdog
	};

	return clean_slate_make(&slate, &tick, &e->stuck);
}

unsigned int engine_count_slots(const struct settings *settings, const struct sysroot *root,
				const struct inventory *inv)
{
	/*
	 * Two guests of two VFs; a processor for a guest and one for the rest, but two slots where
	 * there are two processors: making and removing VFs is sleep.
	 */
	const uint64_t spare_mb = VM_SIZE_SPARE_MB;
	unsigned int n = settings->parallel, pfs = 0, slot_mb = 1;
	const struct nic *pf;
	uint64_t mb = inventory_memory_available_kb(root) / 1024;

	inventory_for_each_pf (inv, pf) {
		struct vm_size size = { 0 };
		unsigned int need;

		vm_size_add(&size, pf->profile, false);
		vm_size_add(&size, pf->profile, false);
		need = 2 * vm_size_host(&size, settings->guest_memory_mb);
		slot_mb = need > slot_mb ? need : slot_mb;
		pfs++;
	}
	if (n == 0) {
		n = inv->host.cpus / 2;
		if (n < 2)
			n = inv->host.cpus < 2 ? 1 : 2;
		if (mb > 0 && n * slot_mb + spare_mb > mb)
			n = mb > spare_mb ? (unsigned int)((mb - spare_mb) / slot_mb) : 1;
	}
	if (n > pfs)
		n = pfs;
	if (n > ENGINE_MAX_SLOTS)
		n = ENGINE_MAX_SLOTS;
	if (n == 0)
		n = 1;
	log_info("ports worked on at a time: %u of %u (%u processors, %u MB of memory available)",
		 n, pfs, inv->host.cpus, (unsigned int)mb);
	return n;
}

/* A unit of the plan, and how far it is. */
struct planned_unit {
	unsigned int first, n;
	uint64_t own; /* the port that its items are about; all ports for those of the host */
	uint64_t ports; /* all that it needs, once they are known */
	uint64_t answers; /* those whose kernel messages it judges */
	bool others; /* it needs others than its own */
	bool after_all; /* the port that the host booted from */
	bool started;
};

struct schedule {
	const struct plan *plan;
	unsigned int n;
	struct planned_unit *units;
	uint64_t busy; /* ports of units under way */
	unsigned int running;
	bool waits; /* for what another port is to be known */
};

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
	t->answers = t->ports;
	if (e->n_slots == 1)
		t->ports = ALL_PORTS; /* nothing runs beside it: all has to stay as it is */
}

/* Cuts what is not done of the plan into units. */
static int make_units(const struct engine *e, const struct plan *plan, struct schedule *s)
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
		t->own = item->pf ? 1ull << (item->pf - e->inv->nics) : ALL_PORTS;
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

static int unit_child(void *arg)
{
	struct slot *slot = arg;

	watchdog_leave(&slot->engine->watchdog); /* so that the engine can stop it */
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

static int slot_start(struct engine *e, struct slot *slot, struct schedule *s,
		      struct planned_unit *t)
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
	t->started = true;
	s->busy |= t->ports;
	s->running++;
	e->strays->running = s->running;
	return 0;
}

/* The unit's process has ended. If it did so before its time, its item will be said to be CRASHED.
 */
static void slot_end(struct engine *e, struct slot *slot, struct schedule *s)
{
	const pid_t pid = slot->process.pid;
	const struct child_tick tick = { engine_tick, e };
	/* Its end of the relay is closed before it is dead. */
	const struct child_end end =
		child_wait(&slot->process, util_now_ms() + SLOT_EXIT_MS, &tick);

	slot->process.pid = 0;
	close(util_take_fd(&slot->relay));
	set_owner(e, slot->unit.answers, 0);
	s->busy &= ~slot->unit.ports;
	s->running--;
	e->stuck |= slot->shared->stuck;
	e->taint |= slot->shared->taint;
	e->strays->running = s->running;
	strays_take_over(e->strays, slot->unit.answers, slot->shared->klog_seq);
	if (end.state == CHILD_EXITED && end.value == 0)
		return;
	store_note(e->store, true, "the process %d that carried out %u items ended early", (int)pid,
		   slot->unit.n);
	/* What it left behind may use the ports; the other units go on. */
	if (s->running == 0)
		(void)!engine_clean_slate(e);
}

static struct slot *free_slot(struct engine *e)
{
	unsigned int i;

	for (i = 0; i < e->n_slots; i++)
		if (e->slots[i].process.pid == 0)
			return &e->slots[i];
	return NULL;
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

/*
 * Starts what can be started. A port's own work comes before what needs other ports, and its next
 * unit that waits for another port keeps that port's next one from going first.
 */
static int start_units(struct engine *e, struct schedule *s)
{
	uint64_t claimed = s->busy, waiting = 0;
	unsigned int i;

	s->waits = false;
	for (i = 0; i < s->n; i++) {
		struct planned_unit *t = &s->units[i];
		struct slot *slot = free_slot(e);
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
			slot_end(e, &e->slots[i], s);
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
	int ret = make_units(e, plan, &s);

	if (ret < 0)
		return ret;
	ret = start_units(e, &s);
	while (ret == 0 && (s.running > 0 || s.waits)) {
		ret = serve_units(e, &s);
		if (ret == 0)
			ret = start_units(e, &s);
	}
	end_units(e);
	free(s.units);
	if (e->stuck)
		store_note(e->store, true, "the run stopped: a process hangs in the kernel");
	return ret;
}
