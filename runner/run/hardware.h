/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads what the tests need: the drivers of network controllers, KVM, VFIO. Nothing here ends the
 * run: what hangs is left behind and noted in the journal, and what does not work shows in the
 * items that need it.
 */
#ifndef VFPROOF_RUN_HARDWARE_H
#define VFPROOF_RUN_HARDWARE_H

#include "base/util.h"

struct store;
struct sysroot;

/* @unsafe: VFIO goes on without interrupt remapping. */
void hardware_load(const struct sysroot *root, struct store *store, bool unsafe);
/*
 * Notes a clock that is wrong without doubt (clock_is_plausible()). Nothing here needs the time,
 * but folders and reports have it. @later: the time, if there is a run on the stick that began
 * then, after what the clock says now; else "".
 */
void hardware_note_clock(struct store *store, const char *later);

#endif
