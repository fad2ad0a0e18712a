/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cases on hot plug share. */
#ifndef VFPROOF_CASES_PLUG_H
#define VFPROOF_CASES_PLUG_H

#include "cases/guest_plug.h"

#define PLUG_TIMEOUT_S 300

/*
 * Adds the device, uses it with the station, and removes it. Returns 0 to go on; otherwise the
 * finding or the error is recorded and the case is over.
 */
int plug_round(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
	       struct station *from) must_check;

#endif
