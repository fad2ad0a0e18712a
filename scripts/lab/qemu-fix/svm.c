/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two faults of QEMU's emulation of SVM, which make nested guests, and the server itself, hang or
 * reset now and then.
 *
 * 1. VMRUN can inject an interrupt into the guest (AMD64 manual, volume 2, 15.20). helper_vmrun(),
 * in target/i386/tcg/system/svm_helper.c, delivers it at once with do_interrupt_x86_hardirq(), but
 * before that notes it in CPUState.exception_index, as is right for the other kinds of events only.
 * The note stays until the next #VMEXIT. If another thread asks the processor to leave its loop
 * before then, cpu_handle_exception() finds the note and delivers the interrupt once more, whatever
 * the guest's interrupt flag says: in mid-handler, or between the entry from user mode and SWAPGS.
 * The store is found by what is around it, and taken out.
 *
 * 2. cpu_clear_ignne(), in target/i386/tcg/system/fpu_helper.c, is called for every FNINIT, FXRSTOR
 * or XRSTOR on any processor, and clears a bit of CPUX86State.hflags2 of the first processor, by a
 * read and a write without a lock. The first processor's own thread changes other bits of that word
 * at the same time: global interrupt flag, and "nested paging is on" at VMRUN and #VMEXIT. One of
 * its changes is lost, and the guest runs without nested paging, or the host with it: a triple
 * fault at once. The bit that is cleared (IGNNE#, for MS-DOS' way of FPU errors) is set by no
 * system of today, so that the function is made to do nothing.
 */
#include "code.h"

#include <dlfcn.h>
#include <string.h>

#define STORE_LEN 6
#define CALL_LEN 5
#define SEARCH_BACK 96

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

bool svm_fix_vmrun(void)
{
	static const uint8_t nop[STORE_LEN] = { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	const uint8_t *deliver = dlsym(RTLD_DEFAULT, "do_interrupt_x86_hardirq");
	const uint8_t *code, *store;
	size_t size;

	code = code_find("helper_vmrun", &size);
	if (!code || !deliver)
		return false;
	store = find_store(code, size, deliver);
	return store && code_overwrite(store, nop, sizeof(nop));
}

/* The function is as known if it clears bit 7 of a word ("andl $~0x80, disp32(base)"). */
bool svm_fix_ignne(void)
{
	static const uint8_t ret[] = { 0xc3 };
	const uint32_t mask = ~0x80u;
	const uint8_t *code;
	size_t size, i;

	code = code_find("cpu_clear_ignne", &size);
	for (i = 0; code && i + 10 <= size; i++)
		if (code[i] == 0x81 && code[i + 1] >> 3 == 0x14 &&
		    memcmp(code + i + 6, &mask, sizeof(mask)) == 0)
			return code_overwrite(code, ret, sizeof(ret));
	return false;
}
