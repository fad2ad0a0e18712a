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
 * So the bytes' translations are thrown away once more, after the store: as work for the processor
 * that stores, which it does before its next block of instructions but one.
 */
#include "code.h"

typedef void work_fn(void *cpu, uint64_t data);
typedef void invalidate_fast_fn(void *cpu, uint64_t ram_addr, unsigned int len, uintptr_t caller);

static void (*async_run_on_cpu)(void *cpu, work_fn *fn, uint64_t data);
static void (*tb_invalidate_phys_range)(void *cpu, uint64_t start, uint64_t last);
static invalidate_fast_fn *tb_invalidate_phys_range_fast;

/* Address in RAM and length of a store in one word. */
#define LEN_BITS 8

static void invalidate_again(void *cpu, uint64_t data)
{
	const uint64_t start = data >> LEN_BITS, len = data & ((1 << LEN_BITS) - 1);

	tb_invalidate_phys_range(cpu, start, start + len - 1);
}

/* Does not come back from the first line if the processor stores into what it executes: it comes
 * here again then. */
static void invalidate_fast(void *cpu, uint64_t ram_addr, unsigned int len, uintptr_t caller)
{
	tb_invalidate_phys_range_fast(cpu, ram_addr, len, caller);
	if (len > 0 && len < 1 << LEN_BITS)
		async_run_on_cpu(cpu, invalidate_again, ram_addr << LEN_BITS | len);
}

/* Sets the pointer to a function @at; false if QEMU has no such function. */
static bool look_up(const char *name, void *at)
{
	size_t size;

	return (*(const void **)at = code_find(name, &size)) != NULL;
}

bool smc_fix(void)
{
	size_t size;
	const uint8_t *fast = code_find("tb_invalidate_phys_range_fast", &size);
	const void *original;

	if (!fast || !look_up("async_run_on_cpu", &async_run_on_cpu) ||
	    !look_up("tb_invalidate_phys_range", &tb_invalidate_phys_range))
		return false;
	original = code_detour(fast, (const void *)(uintptr_t)invalidate_fast);
	if (!original)
		return false;
	*(const void **)&tb_invalidate_phys_range_fast = original;
	return true;
}
