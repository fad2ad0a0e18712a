/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What firmware says of the IOMMUs: the DMAR table (Intel Virtualization Technology for Directed
 * I/O, Architecture Specification, chapter 8) and the IVRS table (AMD I/O Virtualization Technology
 * Specification, section 5.2).
 */
#ifndef VFPROOF_SYS_ACPI_H
#define VFPROOF_SYS_ACPI_H

#include "base/util.h"

#define ACPI_MAX_TABLE (1u << 20)
#define ACPI_MAX_REGIONS 128
#define ACPI_MAX_DEVICES 16384 /* bytes of all regions' devices */

struct sysroot;

/* Memory that devices must go on reaching: RMRR of DMAR, IVMD of IVRS. */
struct acpi_region {
	uint64_t start, end; /* end included */
	uint16_t segment;
	/*
	 * "00:1d.0 00:1c.4:00.0", "all", "00:00.0-00:1f.7", in the table's devices[]. A device
	 * behind bridges is a path: the first bus, then device and function of each step; "*" is
	 * all that is behind a bridge.
	 */
	const char *devices;
	unsigned int n_devices, n_left_out; /* paths, and those for which there was no room */
};

struct acpi_iommu {
	bool amd; /* IVRS, else DMAR */
	unsigned int length;
	unsigned int address_width; /* bits; DMAR: host address width, IVRS: physical */
	bool intr_remap, x2apic_opt_out, platform_opt_in; /* flags of DMAR */
	unsigned int units; /* DRHD; IVHD of the type that lists most */
	unsigned int ioapics; /* device scopes or special devices that are I/O APICs */
	uint64_t ioapic_ids[4], hpet_ids[4]; /* a bit for each number that has a scope */
	unsigned int root_port_ats, numa, others; /* ATSR, RHSA, further structures */
	unsigned int n_regions; /* may be more than are kept in regions[] */
	struct acpi_region regions[ACPI_MAX_REGIONS];
	char devices[ACPI_MAX_DEVICES]; /* texts, each ended by 0 */
	size_t devices_used;
	char error[120]; /* what is malformed, "" if nothing is */
};

/*
 * What in a well formed table keeps the kernel from remapping interrupts, in words; NULL if
 * nothing does. (Linux, drivers/iommu: dmar_ir_support(), parse_ioapics_under_ir(),
 * check_ioapic_information().)
 */
const char *acpi_why_no_irq_remap(const struct acpi_iommu *table);

/* Whether the set, ioapic_ids or hpet_ids, has the number in it. */
static inline bool acpi_has_id(const uint64_t ids[4], uint8_t id)
{
	return ids[id / 64] >> id % 64 & 1;
}

/*
 * Parses a table of either kind. Returns 0, or -EBADMSG with the reason in out->error and what was
 * found before it in the rest.
 */
int acpi_parse_iommu(const void *table, size_t len, struct acpi_iommu *out) must_check;

/* Reads the firmware's table "DMAR" or "IVRS". -ENOENT if there is none, else as above. */
int acpi_read_iommu(const struct sysroot *root, const char *signature,
		    struct acpi_iommu *out) must_check;

#endif
