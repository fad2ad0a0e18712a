/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a unit: what the engine gives it, what it shares with its processes, and its own.
 */
#ifndef VFPROOF_ENGINE_UNIT_STATE_H
#define VFPROOF_ENGINE_UNIT_STATE_H

#include "base/child.h"
#include "engine/baseline.h"
#include "engine/klog.h"
#include "base/hold.h"
#include "model/ctx.h"
#include "model/plan.h"

/* What the engine and all of its units see of the ports. */
struct unit_board {
	uint8_t owner[INVENTORY_MAX_NICS]; /* the unit that answers for it at present, 0: none */
	uint8_t links[INVENTORY_MAX_NICS]; /* enum port_link */
	uint64_t present; /* bit per port: on the bus when the run began */
	uint64_t gone; /* have left it since, and an item was told so */
	struct pci_errors
		errors[INVENTORY_MAX_NICS]; /* PCIe errors that were told, or were there before */
};

/* What the unit's processes and the engine share. */
struct unit_shared {
	struct item_result res;
	int ret; /* of the case function */
	bool fixture_open; /* and is to be closed */
	bool open_failed; /* the fixture could not be set up */
	unsigned int n_fixture_undo;
	struct undo fixture_undo[RESULT_MAX_UNDO];
	struct baseline start; /* before the fixture */
	struct baseline before, after; /* an item */
	bool stuck; /* a process hangs in the kernel */
	struct hold hold; /* of the process that works at present */
	uint64_t lost; /* ports that were there before the item and are not after it */
	uint64_t taint; /* the kernel's marks of death so far */
	uint64_t alive; /* grows as long as the unit's process goes on */
	uint64_t klog_seq; /* up to which the unit has read the kernel log */
};

struct unit {
	/* Borrowed; set by the engine. */
	const struct settings *settings;
	struct sysroot *root; /* its hold is set in the unit's processes */
	const struct inventory *inv;
	const struct plan *plan;
	struct unit_board *board;
	struct unit_shared *shared;
	unsigned int first, n; /* items of the plan */
	uint64_t ports; /* bit per NIC of the inventory that the unit has for itself */
	uint64_t answers; /* of these: whose kernel messages it judges */
	uint8_t number; /* on the board; 1 to 255 */
	int relay; /* where events go */
	int kmsg; /* at the place in the kernel log where the unit begins; -1: not watched */
	unsigned int recover_ms, settle_ms;
	unsigned int guest_memory_mb; /* that all guests of the unit may have; 0: unknown */
	/* The unit's own. */
	struct klog *klog;
	const struct plan_item *item; /* that is being run, NULL: none */
	struct child worker; /* pid 0: none */
	int commands; /* to the worker */
	struct item_result broken; /* of the item at which the fixture could not be set up */
	const struct case_def *broken_at; /* NULL: the fixture is well so far */
};

#endif
