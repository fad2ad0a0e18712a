/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded into the emulated server's QEMU (LD_PRELOAD): takes one store out of its emulation of
 * VMRUN.
 *
 * VMRUN can inject an interrupt into the guest (AMD64 manual, volume 2, 15.20). QEMU up to 11.1 at
 * least, in helper_vmrun() of target/i386/tcg/system/svm_helper.c, delivers it at once with
 * do_interrupt_x86_hardirq(), but before that notes it in CPUState.exception_index, as is right for
 * the other kinds of events only. The note stays until the next #VMEXIT. If another thread asks the
 * processor to leave its loop before then, cpu_handle_exception() finds the note and delivers the
 * interrupt once more, whatever the guest's interrupt flag says: in mid-handler, or between the
 * entry from user mode and SWAPGS. Nested guests hang or are reset by that.
 *
 * The store is found by what is around it, in the function that QEMU exports; a QEMU in which it is
 * not found is left as it is.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STORE_LEN 6
#define CALL_LEN 5
#define SEARCH_BACK 96

static const uint8_t nop[STORE_LEN] = { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 };

/* "mov reg32, disp32(base)", with a base that needs no SIB byte. */
static bool is_store(const uint8_t *p, int32_t *disp)
{
	if (p[0] != 0x89 || p[1] >> 6 != 2 || (p[1] & 7) == 4)
		return false;
	memcpy(disp, p + 2, sizeof(*disp));
	return true;
}

/*
 * The place of exception_index below the CPU's registers: the only field at a negative offset that
 * the function sets to 2, the vector of an NMI ("movl $2, disp32(base)").
 */
static bool find_field(const uint8_t *code, size_t size, int32_t *disp)
{
	const uint32_t nmi = 2;
	bool found = false;
	size_t i;

	for (i = 0; i + 10 <= size; i++) {
		int32_t d;

		if (code[i] != 0xc7 || code[i + 1] >> 3 != 0x10 || (code[i + 1] & 7) == 4 ||
		    memcmp(code + i + 6, &nmi, sizeof(nmi)) != 0)
			continue;
		memcpy(&d, code + i + 2, sizeof(d));
		if (d >= 0)
			continue;
		if (found && d != *disp)
			return false;
		*disp = d;
		found = true;
	}
	return found;
}

/* The call of @target, if there is exactly one. */
static const uint8_t *find_call(const uint8_t *code, size_t size, const uint8_t *target)
{
	const uint8_t *found = NULL;
	size_t i;

	for (i = 0; i + CALL_LEN <= size; i++) {
		int32_t rel;

		memcpy(&rel, code + i + 1, sizeof(rel));
		if (code[i] != 0xe8 || code + i + CALL_LEN + rel != target)
			continue;
		if (found)
			return NULL;
		found = code + i;
	}
	return found;
}

static const uint8_t *find_store(const uint8_t *code, size_t size, const uint8_t *deliver)
{
	const uint8_t *call = find_call(code, size, deliver), *p;
	int32_t field, disp;

	if (!call || !find_field(code, size, &field))
		return NULL;
	for (p = call - STORE_LEN; p >= code && call - p <= SEARCH_BACK; p--)
		if (is_store(p, &disp) && disp == field)
			return p;
	return NULL;
}

static bool take_out(const uint8_t *store)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t first = (uintptr_t)store & ~(page - 1);
	const size_t len = (uintptr_t)store + STORE_LEN - first;

	if (mprotect((void *)first, len, PROT_READ | PROT_WRITE) < 0)
		return false;
	memcpy((void *)(uintptr_t)store, nop, STORE_LEN);
	return mprotect((void *)first, len, PROT_READ | PROT_EXEC) == 0;
}

static void __attribute__((constructor)) fix(void)
{
	const uint8_t *code = dlsym(RTLD_DEFAULT, "helper_vmrun");
	const uint8_t *deliver = dlsym(RTLD_DEFAULT, "do_interrupt_x86_hardirq");
	const uint8_t *store = NULL;
	const ElfW(Sym) *sym = NULL;
	Dl_info info;

	if (!code)
		return; /* timeout(1), which starts QEMU */
	if (deliver && dladdr1(code, &info, (void **)&sym, RTLD_DL_SYMENT) && sym)
		store = find_store(code, sym->st_size, deliver);
	if (!store || !take_out(store))
		fprintf(stderr, "lab: this QEMU's VMRUN is not as known, and is left as it is\n");
}
