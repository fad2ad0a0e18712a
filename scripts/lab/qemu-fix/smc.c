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
 * So the translations of those bytes are thrown away once more when the store has been done: when
 * the same processor stores into such a page again, and before it interrupts another one, as a
 * kernel does with all others after each change (cpu_set_interrupt()).
 */
#include "code.h"

#include <string.h>

typedef void invalidate_fn(void *cpu, uint64_t ram_addr, unsigned int len, uintptr_t caller);

static invalidate_fn *invalidate;
static uint32_t requests_at; /* CPUState.interrupt_request */

/* The store that this thread's processor was about to do. */
static _Thread_local struct {
	void *cpu;
	uint64_t ram_addr;
	unsigned int len; /* 0 if there is none */
} store;

static void invalidate_again(uintptr_t caller)
{
	const unsigned int len = store.len;

	store.len = 0;
	if (len > 0)
		invalidate(store.cpu, store.ram_addr, len, caller);
}

/*
 * Neither call comes back if the processor executes, at @caller, what was or is to be changed: it
 * then does the same instruction once more, alone, and comes here again.
 */
static void on_store(void *cpu, uint64_t ram_addr, unsigned int len, uintptr_t caller)
{
	invalidate_again(caller);
	invalidate(cpu, ram_addr, len, caller);
	store.cpu = cpu;
	store.ram_addr = ram_addr;
	store.len = len;
}

/* In place of cpu_set_interrupt(). */
static void on_interrupt(uint8_t *cpu, uint32_t mask)
{
	if (cpu != store.cpu)
		invalidate_again(0);
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
	size_t size, ignored;
	const uint8_t *set = code_find("cpu_set_interrupt", &size);
	const uint8_t *fast = code_find("tb_invalidate_phys_range_fast", &ignored);
	const void *rest;

	if (!fast || !find_requests(set, size))
		return false;
	rest = code_detour(fast, (const void *)(uintptr_t)on_store);
	if (!rest)
		return false;
	invalidate = (invalidate_fn *)(uintptr_t)rest;
	return code_replace(set, (const void *)(uintptr_t)on_interrupt);
}
