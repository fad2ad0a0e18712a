/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware's tables beside those of the IOMMU: interrupt controllers (ACPI Specification 6.5,
 * section 5.2.12, MADT; IA-PC HPET Specification 1.0a, section 3.2.4) and memory devices (SMBIOS
 * Reference Specification 3.7, type 17).
 */
#ifndef VFPROOF_SYS_FIRMWARE_H
#define VFPROOF_SYS_FIRMWARE_H

#include "base/util.h"

#define FIRMWARE_MAX_CHIPS 64

struct sysroot;

/* By its number: an I/O APIC's id, an HPET's sequence number. */
struct firmware_chips {
	unsigned int n_ioapics, n_hpets; /* at most FIRMWARE_MAX_CHIPS */
	uint8_t ioapics[FIRMWARE_MAX_CHIPS], hpets[FIRMWARE_MAX_CHIPS];
};

/*
 * The I/O APICs of MADT and the HPET of its own table. Returns 0, -ENOENT if there is no MADT, or
 * -EBADMSG if it is malformed.
 */
int firmware_read_chips(const struct sysroot *root, struct firmware_chips *out) must_check;
/* The same from MADT alone: adds its I/O APICs to @out. */
int firmware_parse_madt(const void *table, size_t len, struct firmware_chips *out) must_check;
/*
 * Memory that the firmware says is built in, in MiB, and the number of modules. -ENOENT if it says
 * nothing, or not how large each is.
 */
int firmware_read_memory(const struct sysroot *root, uint64_t *mib,
			 unsigned int *modules) must_check;

#endif
