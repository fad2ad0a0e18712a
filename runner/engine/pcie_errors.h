/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCIe errors that ports record and that the kernel leaves there: it was not told of them, as where
 * the firmware handles them.
 */
#ifndef VFPROOF_ENGINE_PCIE_ERRORS_H
#define VFPROOF_ENGINE_PCIE_ERRORS_H

#include "engine/unit_state.h"

#define PCIE_ERRORS_TEXT 160

/* What is recorded when the run begins is no item's. */
void pcie_errors_begin(struct unit_board *board, const struct sysroot *root,
		       const struct inventory *inv);
/*
 * Judges what ports have recorded until @now and nobody was told: of an item of @pf (NULL: of the
 * host), an error of this port that was not corrected is a FAIL, all else a WARN. True if another
 * port has one that was not corrected: @other says it.
 */
bool pcie_errors_judge(struct item_result *res, const struct nic *pf, const struct inventory *inv,
		       struct unit_board *board, const struct baseline *now,
		       char other[PCIE_ERRORS_TEXT]);

#endif
