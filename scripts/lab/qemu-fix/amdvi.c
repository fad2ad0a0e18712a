/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the emulated AMD IOMMU reports of an access that it has blocked.
 *
 * amdvi_page_fault(), in hw/i386/amd_iommu.c, is given the device and function number of who did
 * it, without the bus, so that a VF at 01:10.0 is reported as 00:10.0. And the address is lost on
 * its way into the event, whose second half stays 0 (AMD I/O Virtualization Technology
 * Specification, 2.5.3, "IO_PAGE_FAULT Event": DeviceID, and Address in the upper quadword).
 *
 * The function is part of amdvi_translate(), which has the whole number on its stack, at 12(%rsp),
 * and the address in %r12. Both take the place of what is wrong.
 */
#include "code.h"

#include <string.h>

#define SEARCHED                                                                        \
	0x10000 /* bytes of code behind an exported function of the same file of QEMU's \
		 */
#define DEVICE_AT 10
#define ADDRESS_AT 31

static const uint8_t known[] = {
	0x45, 0x89, 0xf1, /* mov %r14d,%r9d */
	0x4c, 0x8b, 0xad, 0xe0, 0xfe, 0xff, 0xff, /* mov -0x120(%rbp),%r13 */
	0x0f, 0xb6, 0x85, 0xd8, 0xfe, 0xff, 0xff, /* movzbl -0x128(%rbp),%eax: device, function */
	0x48, 0x8d, 0xb4, 0x24, 0x90, 0x00, 0x00, 0x00, /* lea 0x90(%rsp),%rsi */
	0x66, 0x41, 0x81, 0xc9, 0x08, 0x20, /* or $0x2008,%r9w */
	0x48, 0xc7, 0x84, 0x24, 0x98, 0x00, 0x00, 0x00, /* movq $0,0x98(%rsp): the address */
	0x00, 0x00, 0x00, 0x00,
};
static const uint8_t device[] = {
	0x0f, 0xb7, 0x44, 0x24, 0x0c, /* movzwl 0xc(%rsp),%eax */
	0x66, 0x90, /* nop */
};
static const uint8_t address[] = {
	0x4c, 0x89, 0xa4, 0x24, 0x98, 0x00, 0x00, 0x00, /* mov %r12,0x98(%rsp) */
	0x0f, 0x1f, 0x40, 0x00, /* nop */
};

bool amdvi_fix_fault(void)
{
	size_t size, i;
	const uint8_t *code = code_find("x86_iommu_ir_supported", &size), *at = NULL;

	for (i = 0; code && i < SEARCHED - sizeof(known); i++) {
		if (memcmp(code + i, known, sizeof(known)) != 0)
			continue;
		if (at)
			return false;
		at = code + i;
	}
	return at && code_overwrite(at + DEVICE_AT, device, sizeof(device)) &&
	       code_overwrite(at + ADDRESS_AT, address, sizeof(address));
}
