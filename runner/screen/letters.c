/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block letters, to be read from the other end of the room.
 */
#include "screen/draw.h"

static const char *const letters[26][LETTERS_ROWS] = {
	['A' - 'A'] = { " ####", "##  ##", "######", "##  ##", "##  ##" },
	['C' - 'A'] = { " #####", "##", "##", "##", " #####" },
	['D' - 'A'] = { "#####", "##  ##", "##  ##", "##  ##", "#####" },
	['E' - 'A'] = { "######", "##", "####", "##", "######" },
	['F' - 'A'] = { "######", "##", "####", "##", "##" },
	['I' - 'A'] = { "######", "  ##", "  ##", "  ##", "######" },
	['L' - 'A'] = { "##", "##", "##", "##", "######" },
	['M' - 'A'] = { "##  ##", "######", "######", "##  ##", "##  ##" },
	['N' - 'A'] = { "##  ##", "### ##", "######", "## ###", "##  ##" },
	['O' - 'A'] = { " ####", "##  ##", "##  ##", "##  ##", " ####" },
	['P' - 'A'] = { "#####", "##  ##", "#####", "##", "##" },
	['S' - 'A'] = { " #####", "##", " ####", "    ##", "#####" },
	['T' - 'A'] = { "######", "  ##", "  ##", "  ##", "  ##" },
	['V' - 'A'] = { "##  ##", "##  ##", "##  ##", " ####", "  ##" },
	['W' - 'A'] = { "##  ##", "##  ##", "######", "######", "##  ##" },
};

static void draw_letter(struct cells *c, unsigned int row, unsigned int col, unsigned int scale,
			uint8_t attr, char letter)
{
	unsigned int y, x, i;

	for (y = 0; y < LETTERS_ROWS; y++) {
		const char *line = letters[letter - 'A'][y];

		for (x = 0; line && line[x]; x++)
			for (i = 0; line[x] == '#' && i < scale; i++)
				cells_fill(c, row + y * scale + i, col + x * scale, scale, '#',
					   attr);
	}
}

void draw_letters(struct cells *c, unsigned int row, unsigned int col, unsigned int scale,
		  uint8_t attr, const char *text)
{
	for (; *text; text++, col += LETTERS_COLUMNS * scale)
		if (*text >= 'A' && *text <= 'Z')
			draw_letter(c, row, col, scale, attr, *text);
}
