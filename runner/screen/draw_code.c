/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/draw_code.h"

#include "journal/member.h"
#include "screen/draw.h"

#define TEXT_COLUMNS 80 /* that the page beside the code keeps */
#define FIRST_ROW 1 /* of the page with the code */
#define LIGHT GREY /* the brightest ground that text mode has */

bool draw_code_fits_beside(const struct cells *c)
{
	return c->cols >= TEXT_COLUMNS + 1 + CODE_COLUMNS && c->rows >= CODE_ROWS + 5;
}

bool draw_code_has_page(const struct cells *c, const struct model *m)
{
	return m->phase == PHASE_OVER && !draw_code_fits_beside(c) && c->cols >= CODE_COLUMNS &&
	       c->rows >= FIRST_ROW + CODE_ROWS + 1;
}

/* The colour of a module, which may be one of the margin. */
static uint8_t colour_at(const struct qr *qr, unsigned int y, unsigned int x)
{
	const unsigned int end = CODE_MARGIN + qr->size;

	if (y < CODE_MARGIN || x < CODE_MARGIN || y >= end || x >= end)
		return LIGHT;
	return qr->dark[y - CODE_MARGIN][x - CODE_MARGIN] ? BLACK : LIGHT;
}

/* Cells are twice as high as they are wide: two modules, one above the other, are one cell. */
static void put_code(struct cells *c, unsigned int row, unsigned int col, const struct qr *qr)
{
	const unsigned int size = qr->size + 2 * CODE_MARGIN;
	unsigned int y, x;

	for (y = 0; y < size; y += 2)
		for (x = 0; x < size; x++)
			cells_halves(c, row + y / 2, col + x, colour_at(qr, y, x),
				     colour_at(qr, y + 1, x));
}

void draw_code(struct cells *c, unsigned int row, unsigned int col, const struct model *m)
{
	struct qr qr;

	if (qr_of_report(&qr, m->report, m->manifest))
		put_code(c, row, col, &qr);
}

void draw_code_page(struct cells *c, const struct model *m)
{
	static const char how[] = "MANIFEST is how the SHA-256 of the report's file MANIFEST "
				  "begins. Compare: sha256sum MANIFEST";
	const unsigned int col = CODE_COLUMNS + 2;
	const unsigned int width = c->cols > col ? c->cols - col - 1 : 0;
	unsigned int row;
	struct qr qr;

	for (row = FIRST_ROW; row + 1 < c->rows; row++)
		cells_fill(c, row, 0, c->cols, ' ', ATTR_NORMAL);
	if (!qr_of_report(&qr, m->report, m->manifest)) {
		cells_text(c, FIRST_ROW + 1, 1, c->cols, ATTR_NORMAL, "There is no QR code.");
		return;
	}
	put_code(c, FIRST_ROW, 0, &qr);
	row = FIRST_ROW + 1;
	row += cells_folded(c, row, col, width, 3, COLOUR_STRONG,
			    member_text(m->report, "verdict"));
	row++;
	row += cells_folded(c, row, col, width, 9, ATTR_NORMAL, qr.text);
	row++;
	cells_folded(c, row, col, width, 6, COLOUR_LABEL, how);
}
