/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables come from firmware: each length in them is checked against what encloses it. */
#include "sys/firmware.h"

#include <errno.h>
#include <string.h>

#include "base/le.h"
#include "base/sysroot.h"

#define MAX_TABLE (1u << 20)
#define MADT_FIRST 44 /* header, address of the local APIC, flags */
#define MADT_IOAPIC 1
#define HPET_LENGTH 56
#define HPET_NUMBER 52

#define MEMORY_DEVICE 17
#define MEMORY_MAX 1024
#define SIZE_AT 0x0c
#define EXTENDED_SIZE_AT 0x1c
#define SIZE_UNKNOWN 0xffff
#define SIZE_EXTENDED 0x7fff
#define SIZE_IN_KB 0x8000

int firmware_parse_madt(const void *table, size_t len, struct firmware_chips *out)
{
	const uint8_t *p = table;
	size_t at = MADT_FIRST, size;

	if (len < MADT_FIRST || memcmp(p, "APIC", 4) != 0 || le_get32(p + 4) > len ||
	    le_get32(p + 4) < MADT_FIRST)
		return -EBADMSG;
	for (len = le_get32(p + 4); at < len; at += size) {
		size = at + 2 <= len ? p[at + 1] : 0;
		if (size < 2 || size > len - at)
			return -EBADMSG;
		if (p[at] != MADT_IOAPIC)
			continue;
		if (size < 12)
			return -EBADMSG;
		if (out->n_ioapics < FIRMWARE_MAX_CHIPS)
			out->ioapics[out->n_ioapics++] = p[at + 2];
	}
	return 0;
}

int firmware_read_chips(const struct sysroot *root, struct firmware_chips *out)
{
	_cleanup_free_ char *madt = NULL, *hpet = NULL;
	size_t len;
	int ret = sysroot_slurp(root, &madt, &len, MAX_TABLE, "sys/firmware/acpi/tables/APIC");

	*out = (struct firmware_chips){ 0 };
	if (ret < 0)
		return ret;
	ret = firmware_parse_madt(madt, len, out);
	if (ret == 0 &&
	    sysroot_slurp(root, &hpet, &len, MAX_TABLE, "sys/firmware/acpi/tables/HPET") == 0 &&
	    len >= HPET_LENGTH)
		out->hpets[out->n_hpets++] = (uint8_t)hpet[HPET_NUMBER];
	return ret;
}

/* MiB of a memory device; 0 of an empty slot. False: it does not say. */
static bool device_size(const uint8_t *p, size_t len, uint64_t *mib)
{
	unsigned int size = len >= SIZE_AT + 2 ? le_get16(p + SIZE_AT) : SIZE_UNKNOWN;

	if (size == SIZE_UNKNOWN || (size == SIZE_EXTENDED && len < EXTENDED_SIZE_AT + 4))
		return false;
	if (size == SIZE_EXTENDED)
		*mib = le_get32(p + EXTENDED_SIZE_AT) & 0x7fffffff;
	else
		*mib = size & SIZE_IN_KB ? (size & ~SIZE_IN_KB) / 1024 : size;
	return true;
}

int firmware_read_memory(const struct sysroot *root, uint64_t *mib, unsigned int *modules)
{
	*mib = 0;
	*modules = 0;
	for (unsigned int i = 0; i < MEMORY_MAX; i++) {
		_cleanup_free_ char *raw = NULL;
		uint64_t one;
		size_t len;

		if (sysroot_slurp(root, &raw, &len, 4096, "sys/firmware/dmi/entries/%d-%u/raw",
				  MEMORY_DEVICE, i) < 0)
			break;
		if (!device_size((const uint8_t *)raw, len, &one))
			return -ENOENT;
		*mib += one;
		*modules += one > 0;
	}
	return *mib > 0 ? 0 : -ENOENT;
}
