/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts in compatibility format, which the emulated Intel IOMMU lets through although it
 * remaps interrupts.
 *
 * With the status bit CFIS clear, as Linux leaves it, a unit blocks them and reports reason 25h
 * (VT-d specification, 5.1.4 and 7.2 "Interrupt Remapping Fault Conditions").
 * vtd_interrupt_remap_msi(), in hw/i386/intel_iommu.c, copies them as they are instead.
 *
 * The function has tested bit 4 of the address there ("test $0x10,%bl; je"). Instead of these and
 * the two instructions behind them it now goes to a piece of code that reports the fault, as the
 * function does for an address out of range a few instructions before: with the IOMMU in %rbp, the
 * requester ID at 8(%rsp), and whether to report at all in %r14b.
 */
#include "code.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEARCHED \
	0x20000 /* bytes of code behind an exported function of the same folder of QEMU's */
#define ANY 0x100

static const uint16_t known[] = {
	0x0f, 0x85, ANY,  ANY,	ANY, ANY, /* jne: not the addresses of interrupts */
	0xf6, 0xc3, 0x10, /* test $0x10,%bl */
	0x0f, 0x84, ANY,  ANY,	ANY, ANY, /* je: compatibility format */
	0x41, 0x89, 0xdf, /* mov %ebx,%r15d */
	0x89, 0xd8, /* mov %ebx,%eax */
	0x41, 0xc1, 0xef, 0x02, /* shr $2,%r15d */
};
#define REFUSED_AT 2
#define TEST_AT 6
#define RESUME_AT 20

/* What an address out of range comes to, after the words for QEMU's log. */
static const uint16_t refusal[] = {
	0x31, 0xc0, /* xor %eax,%eax */
	0x48, 0x8d, 0x15, ANY,	ANY,  ANY, ANY, /* lea: three parameters of the call */
	0x48, 0x8d, 0x35, ANY,	ANY,  ANY, ANY, 0x48, 0x8d, 0x3d,
	ANY,  ANY,  ANY,  ANY,	0xe8, ANY, ANY, ANY,  ANY, /* call error_report_once_cond */
	0x45, 0x84, 0xf6, /* test %r14b,%r14b */
	0x0f, 0x84, ANY,  ANY,	ANY,  ANY, /* je: the end */
	0x0f, 0xb7, 0x74, 0x24, 0x08, /* movzwl 8(%rsp),%esi */
	0x31, 0xc9, /* xor %ecx,%ecx */
	0x48, 0x89, 0xef, /* mov %rbp,%rdi */
	0x48, 0x89, 0xf2, /* mov %rsi,%rdx */
	0x48, 0x0f, 0xba, 0xea, 0x25, /* bts $37,%rdx: reason 20h */
	0xe8, ANY,  ANY,  ANY,	ANY, /* call: reports it */
	0xe9, ANY,  ANY,  ANY,	ANY, /* jmp: the end */
};
#define END_AT 33
#define REPORT_AT 56
#define END_AGAIN_AT 61

/* In its place. Zeros at the places below are addresses to be filled in. */
static const uint8_t piece[] = {
	0xf6,
	0xc3,
	0x10, /* test $0x10,%bl */
	0x74,
	0x13, /* je compatibility */
	0x41,
	0x89,
	0xdf, /* mov %ebx,%r15d */
	0x89,
	0xd8, /* mov %ebx,%eax */
	0xff,
	0x25,
	0x00,
	0x00,
	0x00,
	0x00, /* jmp resume */
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	/* compatibility: */
	0x45,
	0x84,
	0xf6, /* test %r14b,%r14b */
	0x74,
	0x23, /* je end */
	0x0f,
	0xb7,
	0x74,
	0x24,
	0x08, /* movzwl 8(%rsp),%esi */
	0x31,
	0xc9, /* xor %ecx,%ecx */
	0x48,
	0x89,
	0xef, /* mov %rbp,%rdi */
	0x48,
	0xba,
	0x00,
	0x00,
	0x00,
	0x00,
	0x25,
	0x00,
	0x00,
	0x00, /* movabs: reason 25h */
	0x48,
	0x09,
	0xf2, /* or %rsi,%rdx */
	0x48,
	0xb8,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00, /* movabs report,%rax */
	0xff,
	0xd0, /* call *%rax */
	/* end: */
	0xff,
	0x25,
	0x00,
	0x00,
	0x00,
	0x00, /* jmp end */
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
};
#define PIECE_RESUME_AT 16
#define PIECE_REPORT_AT 54
#define PIECE_END_AT 70

static bool is_like(const uint8_t *code, const uint16_t *like, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (like[i] != ANY && code[i] != like[i])
			return false;
	return true;
}

static const uint8_t *find_test(void)
{
	const size_t n = sizeof(known) / sizeof(known[0]);
	size_t size, i;
	const uint8_t *code = code_find("x86_iommu_irq_to_msi_message", &size), *at = NULL;

	for (i = 0; code && i < SEARCHED - n; i++) {
		if (!is_like(code + i, known, n))
			continue;
		if (at)
			return NULL;
		at = code + i;
	}
	return at;
}

/* Where a jump or call with 32 bits at @at goes to. */
static const uint8_t *target_of(const uint8_t *at)
{
	int32_t rel;

	memcpy(&rel, at, sizeof(rel));
	return at + sizeof(rel) + rel;
}

static void put_address(uint8_t *at, const uint8_t *to)
{
	memcpy(at, &to, sizeof(to));
}

static bool put_piece(const uint8_t *site, const uint8_t *report, const uint8_t *end)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *to = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (to == MAP_FAILED)
		return false;
	memcpy(to, piece, sizeof(piece));
	put_address(to + PIECE_RESUME_AT, site + RESUME_AT);
	put_address(to + PIECE_REPORT_AT, report);
	put_address(to + PIECE_END_AT, end);
	/* The jump takes the room of four instructions, up to the one at RESUME_AT. */
	return mprotect(to, page, PROT_READ | PROT_EXEC) == 0 && code_replace(site + TEST_AT, to);
}

bool vtd_fix_compatibility(void)
{
	const uint8_t *site = find_test(), *refused, *end;

	if (!site)
		return false;
	refused = target_of(site + REFUSED_AT);
	if (!is_like(refused, refusal, sizeof(refusal) / sizeof(refusal[0])))
		return false;
	end = target_of(refused + END_AT);
	if (target_of(refused + END_AGAIN_AT) != end)
		return false;
	return put_piece(site, target_of(refused + REPORT_AT), end);
}
