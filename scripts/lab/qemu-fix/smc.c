/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Code that one processor changes while another one executes it, as the Linux kernel does for each
 * change of a static key.
 *
 * Before a processor stores into a page with translated code, notdirty_write(), in
 * accel/tcg/cputlb.c, has what was translated from those bytes thrown away
 * (tb_invalidate_phys_range_fast()). The store itself comes after that, without a lock. A processor
 * that comes there in between translates the old bytes once more, and keeps that translation for
 * good. A kernel that changes code puts a breakpoint there meanwhile: if that is what stays, it
 * dies of an "int3" Oops long after, or boots again.
 *
 * So the translations of those bytes are thrown away once more when the store has been done: before
 * the same processor interrupts another one (cpu_set_interrupt()), as a kernel does with all others
 * after each change. Firmware, whose only processor changes the very code that it executes, is left
 * alone.
 */
#include "code.h"

#include <dlfcn.h>
#include <string.h>

#define MAX_STORES 1024 /* between two such interrupts: more than a kernel changes at a time */

typedef void invalidate_fn(void *cpu, uint64_t ram_addr, unsigned int len, uintptr_t caller);

static invalidate_fn *invalidate;
static uint32_t requests_at; /* CPUState.interrupt_request */

/* The last stores of this thread's processor, in a ring. */
struct store {
	uint64_t ram_addr;
	unsigned int len;
};
static _Thread_local struct store stores[MAX_STORES];
static _Thread_local unsigned int n_stores;
static _Thread_local void *storing_cpu;

static void on_store(void *cpu, uint64_t ram_addr, unsigned int len, uintptr_t caller)
{
	/* Does not come back if the processor executes what it changes: it then comes here once
	 * more. */
	invalidate(cpu, ram_addr, len, caller);
	storing_cpu = cpu;
	stores[n_stores++ % MAX_STORES] = (struct store){ ram_addr, len };
}

static void invalidate_again(void)
{
	unsigned int n = n_stores < MAX_STORES ? n_stores : MAX_STORES;

	n_stores = 0;
	while (n-- > 0)
		invalidate(storing_cpu, stores[n].ram_addr, stores[n].len, 0);
}

/* In place of cpu_set_interrupt(). */
static void on_interrupt(uint8_t *cpu, uint32_t mask)
{
	if (n_stores > 0 && cpu != storing_cpu)
		invalidate_again();
	__atomic_fetch_or((uint32_t *)(void *)(cpu + requests_at), mask, __ATOMIC_SEQ_CST);
}

/* "endbr64; lock or %esi, disp32(%rdi)": that, and nothing else, is what cpu_set_interrupt() does.
 */
static bool find_requests(const uint8_t *code, size_t size)
{
	static const uint8_t begin[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xf0, 0x09, 0xb7 };

	if (!code || size < 16 || memcmp(code, begin, sizeof(begin)) != 0)
		return false;
	memcpy(&requests_at, code + sizeof(begin), sizeof(requests_at));
	return true;
}

bool smc_fix(void)
{
	size_t size;
	const uint8_t *set = code_find("cpu_set_interrupt", &size);
	const uint8_t *fast = dlsym(RTLD_DEFAULT, "tb_invalidate_phys_range_fast");
	const void *rest;

	if (!fast || !find_requests(set, size))
		return false;
	rest = code_detour(fast, (const void *)(uintptr_t)on_store);
	if (!rest)
		return false;
	invalidate = (invalidate_fn *)(uintptr_t)rest;
	return code_replace(set, (const void *)(uintptr_t)on_interrupt);
}
