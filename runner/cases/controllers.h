/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB controllers as witnesses: one that is dead too speaks for a port that does not work. */
#ifndef VFPROOF_CASES_CONTROLLERS_H
#define VFPROOF_CASES_CONTROLLERS_H

#include "model/ctx.h"

/* The evidence that report/rules.c goes by; its value begins with the controller's name and a
 * comma. */
#define CONTROLLER_DEAD "controller_dead"

/*
 * Records each controller that the kernel has called dead since boot (label usb_controller_dead of
 * configs/symptoms.ini) as evidence. For items that fail as all do whose device reaches no memory.
 */
void controllers_note_dead(struct ctx *ctx);

#endif
