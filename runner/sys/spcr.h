/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The serial port that firmware has its console on: ACPI table SPCR (Microsoft, Serial Port Console
 * Redirection Table, revisions 1 to 4).
 */
#ifndef VFPROOF_SYS_SPCR_H
#define VFPROOF_SYS_SPCR_H

#include "base/util.h"

struct sysroot;

struct spcr {
	bool is_8250; /* a 16550 or 16450, or one that looks like it */
	bool is_memory; /* else an I/O port */
	uint64_t address; /* 0: no port, console redirection is off */
	unsigned int baud; /* 0: as firmware has set it */
};

/* Returns 0, or -EBADMSG if it is no whole table SPCR. */
int spcr_parse(const void *table, size_t len, struct spcr *out) must_check;
/* The same of the machine's own. -ENOENT: firmware gives none. */
int spcr_read(const struct sysroot *root, struct spcr *out) must_check;

#endif
