/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/draw_screen.h"

#include "screen/draw.h"
#include "screen/draw_code.h"
#include "screen/draw_over.h"
#include "screen/draw_running.h"

#define MIN_ROWS 11 /* those around the ports and the results */
#define MIN_COLUMNS 40

void draw_screen(struct cells *c, const struct model *m, uint64_t now_ms, unsigned int page)
{
	cells_clear(c);
	if (c->rows < MIN_ROWS || c->cols < MIN_COLUMNS) {
		cells_text(c, 0, 0, c->cols, ATTR_NORMAL, "vfproof: this screen is too small");
		return;
	}
	draw_title(c, m);
	if (page == DRAW_CODE && !draw_code_has_page(c, m))
		page = 0;
	if (m->phase == PHASE_OVER)
		draw_over(c, m, page);
	else
		draw_running(c, m, now_ms);
}

unsigned int draw_count_pages(const struct cells *c, const struct model *m)
{
	return m->phase == PHASE_OVER && c->rows >= MIN_ROWS ? draw_over_pages(c, m) : 1;
}
