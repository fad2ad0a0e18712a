/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cells, and the shortest sensible way from one screen to the next.
 */
#include "screen/cells.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define MAX_TEXT 1024
#define LOWER_HALF "\xe2\x96\x84" /* U+2584, in UTF-8; code page 437 has it too */
#define MAX_GAP 8 /* as long as what moves the cursor */

int cells_resize(struct cells *c, unsigned int rows, unsigned int cols)
{
	struct cell *cell;

	if (rows > CELLS_MAX_ROWS)
		rows = CELLS_MAX_ROWS;
	if (cols > CELLS_MAX_COLUMNS)
		cols = CELLS_MAX_COLUMNS;
	cell = calloc((size_t)rows * cols + 1, sizeof(*cell));
	if (!cell)
		return -ENOMEM;
	free(c->cell);
	*c = (struct cells){ .rows = rows, .cols = cols, .cell = cell };
	cells_clear(c);
	return 0;
}

void cells_free(struct cells *c)
{
	free(c->cell);
	*c = (struct cells){ 0 };
}

void cells_clear(struct cells *c)
{
	unsigned int row;

	for (row = 0; row < c->rows; row++)
		cells_fill(c, row, 0, c->cols, ' ', ATTR_NORMAL);
}

bool cells_copy(struct cells *dst, const struct cells *src)
{
	if (dst->rows != src->rows || dst->cols != src->cols)
		return false;
	memcpy(dst->cell, src->cell, (size_t)src->rows * src->cols * sizeof(*src->cell));
	return true;
}

static void set_cell(struct cells *c, unsigned int row, unsigned int col, char ch, uint8_t attr)
{
	if (row >= c->rows || col >= c->cols)
		return;
	if (ch < ' ' || ch > '~')
		ch = '?';
	c->cell[(size_t)row * c->cols + col] = (struct cell){ ch, attr };
}

void cells_fill(struct cells *c, unsigned int row, unsigned int col, unsigned int n, char ch,
		uint8_t attr)
{
	unsigned int i;

	for (i = 0; i < n && col + i < c->cols; i++)
		set_cell(c, row, col + i, ch, attr);
}

void cells_halves(struct cells *c, unsigned int row, unsigned int col, uint8_t upper, uint8_t lower)
{
	if (upper == lower)
		set_cell(c, row, col, ' ', ATTR(GREY, upper));
	else if (row < c->rows && col < c->cols)
		c->cell[(size_t)row * c->cols + col] =
			(struct cell){ CELLS_LOWER_HALF, ATTR(lower, upper) };
}

/* The first @len characters of @text. */
static void put(struct cells *c, unsigned int row, unsigned int col, uint8_t attr, const char *text,
		size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		set_cell(c, row, col + (unsigned int)i, text[i], attr);
}

void cells_text(struct cells *c, unsigned int row, unsigned int col, unsigned int width,
		uint8_t attr, const char *text)
{
	const size_t len = strlen(text);
	const unsigned int room = col < c->cols ? c->cols - col : 0;

	if (width > room)
		width = room;
	if (len <= width) {
		put(c, row, col, attr, text, len);
		return;
	}
	put(c, row, col, attr, text, width);
	if (width > 6)
		put(c, row, col + width - 3, attr, "...", 3);
}

void cells_print(struct cells *c, unsigned int row, unsigned int col, unsigned int width,
		 uint8_t attr, const char *fmt, ...)
{
	char text[MAX_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	cells_text(c, row, col, width, attr, text);
}

void cells_print_right(struct cells *c, unsigned int row, unsigned int end, uint8_t attr,
		       const char *fmt, ...)
{
	char text[MAX_TEXT];
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	len = strlen(text);
	if (end > c->cols)
		end = c->cols;
	if (len > end)
		len = end;
	put(c, row, end - (unsigned int)len, attr, text, len);
}

/* How much of @text, which is longer, goes into a line of @width. */
static size_t fold_at(const char *text, unsigned int width)
{
	unsigned int i;

	for (i = width; i > width / 2; i--)
		if (text[i] == ' ')
			return i;
	return width;
}

unsigned int cells_folded(struct cells *c, unsigned int row, unsigned int col, unsigned int width,
			  unsigned int max, uint8_t attr, const char *text)
{
	unsigned int n;

	if (col + width > c->cols)
		width = c->cols > col ? c->cols - col : 0;
	for (n = 0; *text && n < max && width > 0; n++) {
		size_t cut = strlen(text);

		if (cut > width && n + 1 == max) {
			cells_text(c, row + n, col, width, attr, text);
			return n + 1;
		}
		if (cut > width)
			cut = fold_at(text, width);
		put(c, row + n, col, attr, text, cut);
		text += cut;
		while (*text == ' ')
			text++;
	}
	return n;
}

static bool same(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->attr == b->attr;
}

/* Columns from @col on that are to be written in one go: up to a long stretch without change. */
static unsigned int run_length(const struct cell *old, const struct cell *new, unsigned int cols,
			       unsigned int col)
{
	unsigned int i, end = col;

	for (i = col; i < cols && i - end <= MAX_GAP; i++)
		if (!old || !same(&old[i], &new[i]))
			end = i + 1;
	return end - col;
}

static void write_run(FILE *f, const struct cell *cell, unsigned int n, int *attr)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (cell[i].attr != *attr) {
			*attr = cell[i].attr;
			fprintf(f, "\033[0;%s3%d;4%dm", *attr & ATTR_BOLD ? "1;" : "", *attr & 7,
				*attr >> 4 & 7);
		}
		if (cell[i].ch == CELLS_LOWER_HALF)
			fputs(LOWER_HALF, f);
		else
			fputc(cell[i].ch, f);
	}
}

char *cells_diff(const struct cells *old, const struct cells *new, size_t *len)
{
	unsigned int row, col, n;
	char *text = NULL;
	int attr = -1;
	FILE *f;

	if (old && (old->rows != new->rows || old->cols != new->cols))
		old = NULL;
	f = open_memstream(&text, len);
	if (!f)
		return NULL;
	for (row = 0; row < new->rows; row++) {
		const size_t at = (size_t)row * new->cols;
		const struct cell *before = old ? old->cell + at : NULL, *now = new->cell + at;

		for (col = 0; col < new->cols; col += n ? n : 1) {
			n = 0;
			if (before && same(&before[col], &now[col]))
				continue;
			n = run_length(before, now, new->cols, col);
			fprintf(f, "\033[%u;%uH", row + 1, col + 1);
			write_run(f, now + col, n, &attr);
		}
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
