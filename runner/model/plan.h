/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: the ordered list of (case, subject) that a run carries out.
 */
#ifndef VFPROOF_MODEL_PLAN_H
#define VFPROOF_MODEL_PLAN_H

#include <jansson.h>
#include "model/case.h"
#include "sys/pci_addr.h"

#define PLAN_SUBJECT_HOST "host"
#define PLAN_MAX_ITEMS 8192

struct inventory;
struct nic;
struct settings;

/* The cases that there are, in the order in which they run. */
struct case_table {
	const struct case_def *const *areas; /* each ended by a row without an id */
	size_t n_areas;
};

/* The case at @index, NULL past the last one. */
const struct case_def *case_table_get(const struct case_table *table, size_t index);
/* NULL if there is no case with that id. */
const struct case_def *case_table_find(const struct case_table *table, const char *id);

struct plan_item {
	const struct case_def *def;
	const struct nic *pf; /* NULL for the host */
	unsigned int more_s; /* of its deadline: for as long as it was told to work */
	bool done; /* a run that goes on: ended or crashed before */
};

struct plan {
	unsigned int n;
	unsigned int left_out; /* items that the "cases" setting keeps out */
	struct plan_item *items;
};

/* "host" or the PF's address, in @buf of at least PCI_ADDR_STRLEN bytes. Returns @buf. */
char *plan_item_subject(const struct plan_item *item, char *buf);

/*
 * All host cases of @table once, then for every PF by address all of its cases; the PF that the
 * host booted from (sys/boot_port.h) comes last. Pointers into @table and @inv are kept; the caller
 * ends the plan with plan_free(). Returns 0 or -ENOMEM.
 */
int plan_make(struct plan *plan, const struct case_table *table, const struct settings *settings,
	      const struct inventory *inv) must_check;
void plan_free(struct plan *plan);

/*
 * Leaves out all but @items, an array of texts "CASE SUBJECT"; counted in @left_out. One that the
 * plan has not is no item.
 */
void plan_narrow(struct plan *plan, const json_t *items);

/*
 * [{"case": ..., "level": ...}, ...]: the cases of @table that no item of the plan is of. Caller
 * owns the result.
 */
json_t *plan_beyond_to_json(const struct plan *plan, const struct case_table *table);

/*
 * [{"case": ..., "subject": ..., "title": ..., "required": ..., "level": ..., "timeout_s": ...},
 * ...]: all that the report and the operator's screen have to know of a case that does not come to
 * its end. Caller owns the result.
 */
json_t *plan_to_json(const struct plan *plan);

/*
 * Makes the plan of a run that goes on from the "plan" of its journal. An item whose case is not in
 * @table, or whose subject is not there any more, is left to the report, which says NOTRUN. Returns
 * 0, -E2BIG (more than PLAN_MAX_ITEMS) or -ENOMEM; plan_free() in any case.
 */
int plan_from_json(struct plan *plan, const struct case_table *table, const json_t *array,
		   const struct inventory *inv) must_check;

/* The item's deadline in seconds, by its case and the number of its port's VFs. */
unsigned int plan_item_timeout_s(const struct plan_item *item);

#endif
