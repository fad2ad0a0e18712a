/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pictures of the screen are put together from.
 */
#ifndef VFPROOF_SCREEN_DRAW_H
#define VFPROOF_SCREEN_DRAW_H

#include "screen/cells.h"
#include "screen/model.h"

#define COLOUR_BAR (ATTR(GREY, BLUE) | ATTR_BOLD)
#define COLOUR_LABEL ATTR(CYAN, BLACK)
#define COLOUR_STRONG (ATTR(GREY, BLACK) | ATTR_BOLD)
#define COLOUR_RULE (ATTR(BLUE, BLACK) | ATTR_BOLD)

uint8_t draw_colour_of(enum verdict v);
/* Columns for text: wide screens are not used to their end, as long lines are hard to read. */
unsigned int draw_width(const struct cells *c);
void draw_rule(struct cells *c, unsigned int row);
/* The first two rows, and a rule. */
void draw_title(struct cells *c, const struct model *m);
/* "0:07:31" */
/* What is to be done about a stick that is lost; false if there is nothing to say. */
bool draw_stick(struct cells *c, unsigned int row, const struct model *m);
void draw_clock(char *buf, size_t size, uint64_t ms);
/* "12 PASS  1 FAIL" of the whole run, in their colours. */
void draw_counts(struct cells *c, unsigned int row, const struct model *m);
/* The heading of the ports' table, and the row of one. */
void draw_port_head(struct cells *c, unsigned int row, const struct model *m);
void draw_port(struct cells *c, unsigned int row, const struct model *m,
	       const struct model_port *port);
/* True if a port's place is known. */
bool draw_knows_places(const struct model *m);
/* Columns from which on the ports' table says where they are, too. */
#define DRAW_WIDE 110
/* The heading of the table of where the ports are, and the row of one. */
void draw_place_head(struct cells *c, unsigned int row);
void draw_place(struct cells *c, unsigned int row, const struct model *m,
		const struct model_port *port);
/* As many ports as fit into @max rows with their heading, and what is not shown in words. */
unsigned int draw_ports(struct cells *c, unsigned int row, unsigned int max, const struct model *m);
/* @text in letters of LETTERS_ROWS rows times @scale; only those of the verdicts are there. */
#define LETTERS_ROWS 5
#define LETTERS_COLUMNS 7
void draw_letters(struct cells *c, unsigned int row, unsigned int col, unsigned int scale,
		  uint8_t attr, const char *text);

#endif
