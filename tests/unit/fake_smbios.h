/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of SMBIOS that are put together structure by structure.
 */
#ifndef TESTS_UNIT_FAKE_SMBIOS_H
#define TESTS_UNIT_FAKE_SMBIOS_H

#include "base/util.h"

struct fake_smbios {
	uint8_t bytes[2048];
	size_t len;
	uint16_t handle;
};

/* A structure of type 9 (a slot) or 41 (an onboard device) with a name and a PCI address. */
void fake_smbios_place(struct fake_smbios *t, uint8_t type, const char *name, uint16_t segment,
		       uint8_t bus, uint8_t dev, uint8_t fn);
/* Any structure: @len bytes, of which the first four are set here, and its strings. */
void fake_smbios_add(struct fake_smbios *t, uint8_t type, const uint8_t *bytes, uint8_t len,
		     const char *first, const char *second);
/* The end of the table. Returns its length. */
size_t fake_smbios_end(struct fake_smbios *t);

#endif
