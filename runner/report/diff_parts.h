/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a comparison of two reports, one file each. They are called in the order in which
 * they stand here; each adds its own members to the result.
 */
#ifndef VFPROOF_REPORT_DIFF_PARTS_H
#define VFPROOF_REPORT_DIFF_PARTS_H

#include <jansson.h>
#include "base/util.h"

struct diff_options;

/* An item that is in both reports. */
struct diff_pair {
	const json_t *old_item, *new_item;
	const char *subject; /* in the new report */
};

struct diff {
	const json_t *old_report, *new_report;
	const struct diff_options *options;
	bool same_host;
	json_t *addresses; /* old address -> new one, null: the controller is gone */
	struct diff_pair *pairs;
	size_t n_pairs;
	json_t *out; /* the result */
	json_t *regressions; /* why it is worse, in words; a member of out */
};

/* "nics": which controller of one report is which of the other. Fills d->addresses. */
void diff_nics(struct diff *d);
/*
 * Where a subject of the old report is in the new one; itself if no controller is known by it, NULL
 * if that controller is gone.
 */
const char *diff_new_subject(const struct diff *d, const char *old_subject);
/* "versions" and "setup": firmware, drivers and programs; machine and settings. */
void diff_facts(struct diff *d);
/* "verdict", "items" and "items_compared". Fills d->pairs. Returns 0 or -ENOMEM. */
int diff_items(struct diff *d) must_check;
/* "figures" and "figures_compared": durations and measured values of d->pairs. */
void diff_figures(struct diff *d);

/* The controller of that address, NULL if there is none. */
const json_t *diff_find_nic(const json_t *report, const char *address);
/* The member as a text, or null where there is no object: @obj is NULL. Caller owns the result. */
json_t *diff_text(const json_t *obj, const char *key) must_check;
/* A remark that makes the comparison "regressed". */
void diff_add_regression(struct diff *d, const char *fmt, ...) printf_like(2, 3);

#endif
