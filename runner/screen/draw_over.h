/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen when the run is over.
 */
#ifndef VFPROOF_SCREEN_DRAW_OVER_H
#define VFPROOF_SCREEN_DRAW_OVER_H

#include "screen/cells.h"
#include "screen/model.h"

/*
 * Draws a page, below the title: page 0 is the verdict, and the further ones show a cause each,
 * then all reasons, then all ports.
 */
void draw_over(struct cells *c, const struct model *m, unsigned int page);
/* Number of pages that there are for a screen of that size. */
unsigned int draw_over_pages(const struct cells *c, const struct model *m);

/* How many items failed or could not be carried out. */
unsigned int draw_over_failures(const struct model *m);
/* Appends "CASE SUBJECT" of each of them to the array @items. */
void draw_over_list_failures(const struct model *m, json_t *items);
/* The subject of the failure that the page is about, "" if it is about none. */
const char *draw_over_subject(const struct model *m, unsigned int page);

#endif
