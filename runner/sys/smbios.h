/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firmware calls slots and onboard devices: SMBIOS (DMTF DSP0134), structures of type 9
 * (System Slots) and 41 (Onboard Devices Extended Information).
 */
#ifndef VFPROOF_SYS_SMBIOS_H
#define VFPROOF_SYS_SMBIOS_H

#include "base/util.h"
#include "sys/pci_addr.h"

#define SMBIOS_MAX_TABLE (1u << 20)
#define SMBIOS_MAX_PLACES 256

struct sysroot;

enum smbios_kind { SMBIOS_SLOT = 9, SMBIOS_ONBOARD = 41 };

struct smbios_place {
	enum smbios_kind kind;
	struct pci_addr addr; /* of a slot: of the device in it, or of the port above it */
	char name[64]; /* printable, and never a placeholder or "" */
};

struct smbios {
	unsigned int n;
	struct smbios_place places[SMBIOS_MAX_PLACES]; /* the first ones, in the table's order */
};

/*
 * Parses the structures of a table, which come from firmware: every length is checked. What has no
 * PCI address or no name is left out. Returns 0, or -EBADMSG with what was found before the damage.
 */
int smbios_parse(const void *table, size_t len, struct smbios *out) must_check;
/* The same of the running machine: /sys/firmware/dmi/tables/DMI. Returns 0 or -errno. */
int smbios_read(const struct sysroot *root, struct smbios *out) must_check;

#endif
