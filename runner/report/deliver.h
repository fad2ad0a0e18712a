/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings the report of a run that has ended to where it is wanted.
 */
#ifndef VFPROOF_REPORT_DELIVER_H
#define VFPROOF_REPORT_DELIVER_H

#include <jansson.h>
#include "base/util.h"

struct inventory;
struct settings;
struct stick;
struct store;
struct sysroot;

/* All pointers are borrowed. */
struct delivery {
	const struct sysroot *root;
	const struct settings *settings;
	const struct inventory *inv;
	struct store *store;
	const struct stick *stick;
	bool send; /* to the sinks of the settings, too */
};

/*
 * Makes the report, writes it to the store, and sends it. Caller owns the result, the report with
 * the notes of what could be sent; NULL without memory.
 */
json_t *deliver_report(const struct delivery *d) must_check;

#endif
