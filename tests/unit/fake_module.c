/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A relocatable ELF file of a few sections. */
#include "fake_module.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* As in the kernel's struct modversion_info. */
struct fake_crc {
	uint64_t crc;
	char name[56];
};

static void fake_section(Elf64_Shdr *sh, uint32_t name, size_t at, size_t size)
{
	*sh = (Elf64_Shdr){ .sh_name = name,
			    .sh_type = SHT_PROGBITS,
			    .sh_offset = at,
			    .sh_size = size,
			    .sh_addralign = 1 };
}

size_t fake_module(uint8_t buf[FAKE_MODULE_SIZE], const char *const *info, int crcs)
{
	static const char names[] = "\0.modinfo\0.shstrtab\0__versions";
	const struct fake_crc crc = { 0x12345678, "module_layout" };
	Elf64_Shdr sections[4] = { 0 };
	Elf64_Ehdr head = { .e_type = ET_REL,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_ehsize = sizeof(head),
			    .e_shoff = sizeof(head),
			    .e_shentsize = sizeof(sections[0]),
			    .e_shnum = crcs ? 4 : 3,
			    .e_shstrndx = 2 };
	size_t at = sizeof(head) + sizeof(sections), begin = at;

	memcpy(head.e_ident, ELFMAG, SELFMAG);
	head.e_ident[EI_CLASS] = ELFCLASS64;
	head.e_ident[EI_DATA] = ELFDATA2LSB;
	head.e_ident[EI_VERSION] = EV_CURRENT;
	for (; *info; info++) {
		assert_true(at + strlen(*info) + 1 + sizeof(names) + sizeof(crc) <
			    FAKE_MODULE_SIZE);
		memcpy(buf + at, *info, strlen(*info) + 1);
		at += strlen(*info) + 1;
	}
	fake_section(&sections[1], 1, begin, at - begin);
	memcpy(buf + at, names, sizeof(names));
	fake_section(&sections[2], 10, at, sizeof(names));
	sections[2].sh_type = SHT_STRTAB;
	at += sizeof(names);
	memcpy(buf + at, &crc, sizeof(crc));
	fake_section(&sections[3], 20, at, sizeof(crc));
	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), sections, sizeof(sections));
	return at + sizeof(crc);
}
