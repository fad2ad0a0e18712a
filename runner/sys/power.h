/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Switching the machine off and restarting it: by the kernel's usual way, by SysRq, and at the
 * registers of the chip set, when the kernel waits for a driver that hangs.
 */
#ifndef VFPROOF_SYS_POWER_H
#define VFPROOF_SYS_POWER_H

#include "base/util.h"

struct sysroot;

#define POWER_MAX_WRITES 6

/* A write to an I/O port. */
struct power_write {
	uint16_t port;
	uint8_t bits; /* 8 or 16 */
	uint16_t keep; /* of what is read there first; 0: it is not read */
	uint16_t value;
};

/*
 * What has the machine go to S5, from the ACPI tables FACP and DSDT (ACPI 6.5, 4.8.3.2.1). Returns
 * the number of writes, at most POWER_MAX_WRITES, or -errno: -ENOENT if the tables do not say.
 */
int power_plan_off(const struct sysroot *root, struct power_write *writes) must_check;
/*
 * What resets it: the register that FACP names (ACPI 6.5, 4.8.3.6), port CF9h of the chip set, the
 * keyboard controller. Returns the number of writes.
 */
int power_plan_reset(const struct sysroot *root, struct power_write *writes) must_check;
/*
 * SLP_TYP of both control registers for S5, from a definition block. Returns 0 or -ENOENT.
 */
int power_find_s5(const uint8_t *aml, size_t len, uint8_t *a, uint8_t *b) must_check;

/*
 * These do not come back if they work. 0: the request was made. On a fake tree the writes to /proc
 * are made and nothing else.
 */
int power_by_kernel(const struct sysroot *root, bool off) must_check;
int power_by_sysrq(const struct sysroot *root, bool off) must_check;
int power_by_ports(const struct sysroot *root, bool off) must_check;

#endif
