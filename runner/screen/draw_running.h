/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen while the run goes on.
 */
#ifndef VFPROOF_SCREEN_DRAW_RUNNING_H
#define VFPROOF_SCREEN_DRAW_RUNNING_H

#include "screen/cells.h"
#include "screen/model.h"

/* Draws what is below the title, as of @now_ms (util_now_ms()). */
void draw_running(struct cells *c, const struct model *m, uint64_t now_ms);

#endif
