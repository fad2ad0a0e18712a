/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screen as rows of cells, each a printable ASCII character or a half block with its colours, and
 * what a terminal has to be sent to get from one such screen to another.
 */
#ifndef VFPROOF_SCREEN_CELLS_H
#define VFPROOF_SCREEN_CELLS_H

#include "base/util.h"

#define CELLS_MAX_ROWS 200
#define CELLS_MAX_COLUMNS 512

/* Colours of text mode, in the order of ECMA-48. */
enum { BLACK, RED, GREEN, BROWN, BLUE, MAGENTA, CYAN, GREY };

#define ATTR(fg, bg) ((uint8_t)((fg) | (bg) << 4))
#define ATTR_BOLD 0x08 /* bright, in text mode */
#define ATTR_NORMAL ATTR(GREY, BLACK)

/* In place of a character: the lower half has the colour of text (U+2584). */
#define CELLS_LOWER_HALF '\x1f'

struct cell {
	char ch;
	uint8_t attr;
};

struct cells {
	unsigned int rows, cols;
	struct cell *cell; /* rows * cols, a row after the other */
};

/* Makes it that large (at most as the limits above say) and blank. Returns 0 or -ENOMEM. */
int cells_resize(struct cells *c, unsigned int rows, unsigned int cols) must_check;
void cells_free(struct cells *c);
void cells_clear(struct cells *c);
/* Returns false if the two differ in size. */
bool cells_copy(struct cells *dst, const struct cells *src);

/* All of these draw nothing outside of the screen. */
void cells_fill(struct cells *c, unsigned int row, unsigned int col, unsigned int n, char ch,
		uint8_t attr);
/* A cell whose halves have these colours, of which BLACK to GREY are grounds. */
void cells_halves(struct cells *c, unsigned int row, unsigned int col, uint8_t upper,
		  uint8_t lower);
/*
 * Text in at most @width columns; longer text is cut and ends in "...". What is not printable ASCII
 * becomes "?".
 */
void cells_text(struct cells *c, unsigned int row, unsigned int col, unsigned int width,
		uint8_t attr, const char *text);
void cells_print(struct cells *c, unsigned int row, unsigned int col, unsigned int width,
		 uint8_t attr, const char *fmt, ...) printf_like(6, 7);
/* The same, its last character in column @end - 1. */
void cells_print_right(struct cells *c, unsigned int row, unsigned int end, uint8_t attr,
		       const char *fmt, ...) printf_like(5, 6);
/*
 * Text folded at spaces to lines of @width; of more than @max lines the last ends in "...". Returns
 * the number of lines.
 */
unsigned int cells_folded(struct cells *c, unsigned int row, unsigned int col, unsigned int width,
			  unsigned int max, uint8_t attr, const char *text);

/*
 * What makes a terminal (ECMA-48 with colours, such as the kernel's) that shows @old show @new;
 * NULL for @old: whatever it shows. *@len is 0 if there is nothing to do. Caller frees; NULL: no
 * memory.
 */
char *cells_diff(const struct cells *old, const struct cells *new, size_t *len) must_check;

#endif
