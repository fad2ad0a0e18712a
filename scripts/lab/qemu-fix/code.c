/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "code.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define JUMP_LEN 14
#define MOVED_MAX 32

const uint8_t *code_find(const char *name, size_t *size)
{
	const uint8_t *code = dlsym(RTLD_DEFAULT, name);
	const ElfW(Sym) *sym = NULL;
	Dl_info info;

	if (!code || !dladdr1(code, &info, (void **)&sym, RTLD_DL_SYMENT) || !sym)
		return NULL;
	*size = sym->st_size;
	return code;
}

bool code_overwrite(const uint8_t *at, const uint8_t *with, size_t len)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t first = (uintptr_t)at & ~(page - 1);
	const size_t span = (uintptr_t)at + len - first;

	if (mprotect((void *)first, span, PROT_READ | PROT_WRITE) < 0)
		return false;
	memcpy((void *)(uintptr_t)at, with, len);
	return mprotect((void *)first, span, PROT_READ | PROT_EXEC) == 0;
}

/* "jmp *0(%rip)", and where to. */
static void put_jump(uint8_t *at, const void *to)
{
	static const uint8_t jmp[] = { 0xff, 0x25, 0, 0, 0, 0 };
	const uintptr_t target = (uintptr_t)to;

	memcpy(at, jmp, sizeof(jmp));
	memcpy(at + sizeof(jmp), &target, sizeof(target));
}

/* Bytes of an instruction that does the same anywhere (ENDBR64, PUSH, MOV and XOR of registers); 0
 * for others. */
static size_t movable_length(const uint8_t *p)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t rex = (p[0] & 0xf0) == 0x40;

	if (memcmp(p, endbr64, sizeof(endbr64)) == 0)
		return sizeof(endbr64);
	if ((p[rex] & 0xf8) == 0x50)
		return rex + 1;
	if ((p[rex] == 0x89 || p[rex] == 0x31) && p[rex + 1] >> 6 == 3)
		return rex + 2;
	return 0;
}

bool code_replace(const uint8_t *function, const void *hook)
{
	uint8_t jump[JUMP_LEN];

	put_jump(jump, hook);
	return code_overwrite(function, jump, sizeof(jump));
}

const void *code_detour(const uint8_t *function, const void *hook)
{
	uint8_t *moved;
	size_t len = 0, n;

	while (len < JUMP_LEN) {
		n = movable_length(function + len);
		if (n == 0 || len + n > MOVED_MAX)
			return NULL;
		len += n;
	}
	moved = mmap(NULL, MOVED_MAX + JUMP_LEN, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (moved == MAP_FAILED)
		return NULL;
	memcpy(moved, function, len);
	put_jump(moved + len, function + len);
	if (mprotect(moved, MOVED_MAX + JUMP_LEN, PROT_READ | PROT_EXEC) < 0 ||
	    !code_replace(function, hook))
		return NULL;
	return moved;
}
