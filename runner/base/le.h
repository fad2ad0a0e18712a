/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in little-endian order at any place in memory, as PCI, ACPI and UEFI have them.
 */
#ifndef VFPROOF_BASE_LE_H
#define VFPROOF_BASE_LE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t le_get16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t le_get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t le_get64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

#endif
