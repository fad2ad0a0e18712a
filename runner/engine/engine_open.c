/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine has as long as it is open: memory, slots, the kernel log. */
#include "engine/engine_state.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include "engine/clean_slate.h"
#include "engine/judge.h"
#include "engine/pcie_errors.h"
#include "engine/presence.h"
#include "engine/strays.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/store.h"
#include "sys/kmsg.h"
#include "sys/watchdog.h"
#include "vm/vm_size.h"

#define RECOVER_MS 180000
#define SETTLE_MS 10000
#define SILENT_MS 60000 /* its loop comes round five times a second */
#define PRESENCE_MS 30000

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

	e->board->present = presence_take(e->root, e->inv, ENGINE_ALL_PORTS);
	pcie_errors_begin(e->board, e->root, e->inv);
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
	e->silent_ms = (unsigned int)sysroot_recovery_ms(e->root, SILENT_MS);
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
	return 0;
}

void engine_close(struct engine *e)
{
	strays_read(e->strays); /* what came after the last item */
	strays_note_devices(e->strays);
	if (e->kmsg >= 0)
		close(util_take_fd(&e->kmsg));
	free_memory(e);
}

void engine_tick(void *arg)
{
	struct engine *e = arg;

	if (e->watchdog)
		watchdog_pet(e->watchdog);
}

int engine_clean_ports(struct engine *e, uint64_t ports)
{
	const struct child_tick tick = { engine_tick, e };
	const struct clean_slate slate = { .root = e->root, .inv = e->inv, .ports = ports };

	return clean_slate_make(&slate, &tick, &e->stuck);
}

int engine_clean_slate(struct engine *e)
{
	return engine_clean_ports(e, ENGINE_ALL_PORTS);
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
