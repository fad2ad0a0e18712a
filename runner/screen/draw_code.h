/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QR code of the result on the screen: beside the verdict where there is room, else in its
 * place, for a key.
 */
#ifndef VFPROOF_SCREEN_DRAW_CODE_H
#define VFPROOF_SCREEN_DRAW_CODE_H

#include "screen/cells.h"
#include "screen/model.h"
#include "screen/qr.h"

/* The code, and the light margin that it has to have. */
#define CODE_COLUMNS (QR_MAX_SIZE + 2 * CODE_MARGIN)
#define CODE_ROWS ((CODE_COLUMNS + 1) / 2)
#define CODE_MARGIN 4

#define DRAW_CODE UINT32_MAX /* in place of a page's number: the code */

/* True if the screen has room for the code beside the first page. */
bool draw_code_fits_beside(const struct cells *c);
/* True if there is a code that a key shows in the place of a page. */
bool draw_code_has_page(const struct cells *c, const struct model *m);
/* Draws it with its upper left corner there; nothing if it cannot be made. */
void draw_code(struct cells *c, unsigned int row, unsigned int col, const struct model *m);
/* The page with the code and what it says, all but its first and last row. */
void draw_code_page(struct cells *c, const struct model *m);

#endif
