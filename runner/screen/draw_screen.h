/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's screen as a picture: a pure function of the model, the time and the page.
 */
#ifndef VFPROOF_SCREEN_DRAW_SCREEN_H
#define VFPROOF_SCREEN_DRAW_SCREEN_H

#include "screen/cells.h"
#include "screen/model.h"

/*
 * Draws @m as of @now_ms (util_now_ms()). When the run is over, there is more than one page,
 * and DRAW_CODE is one if the screen has room for it and page 0 has not; else it is page 0.
 */
void draw_screen(struct cells *c, const struct model *m, uint64_t now_ms, unsigned int page);
/* Number of pages that there are for a screen of that size: 1 until the run is over. */
unsigned int draw_count_pages(const struct cells *c, const struct model *m);

#endif
