/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel said when it died, in memory that outlives a restart: UEFI variables, ACPI's ERST
 * or a reserved piece of RAM (Documentation/ABI/testing/pstore, admin-guide/ramoops.rst).
 */
#ifndef VFPROOF_SYS_PSTORE_H
#define VFPROOF_SYS_PSTORE_H

#include <jansson.h>
#include "base/util.h"

#define PSTORE_MAX_LINES 60

struct sysroot;

/*
 * Loads what the machine's kind of store needs. RAM is used if the kernel command line reserves it
 * by "reserve_mem=SIZE:ALIGN:oops". In a child with a deadline; nothing here fails.
 */
void pstore_load(const struct sysroot *root);
/*
 * The last lines of the newest crash, at most PSTORE_MAX_LINES texts; NULL if there is none. Caller
 * owns the result. In a child with a deadline, too.
 */
json_t *pstore_read(const struct sysroot *root) must_check;
/* Makes room for the next one. To be called when the lines are in the journal. */
void pstore_clear(const struct sysroot *root);

#endif
