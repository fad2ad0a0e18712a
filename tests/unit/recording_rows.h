/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the recordings of real cards, and the project's own descriptions of the same cards, have to
 * give. A recording is NAME.txt, the description tests/fixtures/cards/NAME.card.
 */
#ifndef TESTS_UNIT_RECORDING_ROWS_H
#define TESTS_UNIT_RECORDING_ROWS_H

#include "model/verdict.h"
#include "sys/inventory.h"

struct recording_machine {
	const char *name, *file; /* file: of the recording, NULL if it has the same name */
	const char *prefix; /* only functions with such addresses */
	bool dump; /* the recording has hexadecimal dumps of the configuration space */
	bool own; /* there is only the project's own description of it */
};

/* Verdict and cause. "kernel_log" is what the kernel's messages mean for the item they come in. */
struct recording_row {
	const char *machine, *pf, *id;
	enum verdict verdict;
	const char *label, *text; /* text: in the measured value or in the evidence */
};

/* What the inventory has to say of a NIC; @max 0: it is not in the plan. */
struct recording_nic {
	const char *machine, *pf;
	enum nic_sriov sriov;
	unsigned int max, enabled;
	const char *first, *last; /* VFs, NULL if nobody can know */
	const char *profile;
};

/* Configuration spaces, from the bytes of the recording or made of the description. */
struct recording_config {
	const char *machine, *addr;
	unsigned int class;
	bool unreadable, sriov, enable, ari;
	unsigned int total, num, offset, stride, device, mtps, width;
};

/*
 * Logs: the recorded file's section (NULL: the whole file), and in messages.txt of the fixtures the
 * section of that name; file "own": only there. The machine has an IOMMU, but does not remap
 * interrupts.
 */
struct recording_log {
	const char *file, *section, *id;
	enum verdict verdict;
	const char *label;
};

/* Each ended by a row without a name. */
extern const struct recording_machine recording_machines[];
extern const struct recording_row recording_rows[];
extern const struct recording_nic recording_nics[];
extern const struct recording_config recording_configs[];
extern const struct recording_log recording_logs[];

#endif
