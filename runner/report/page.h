/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text for people: lines of REPORT_COLUMNS columns of printable ASCII, whatever goes into them.
 */
#ifndef VFPROOF_REPORT_PAGE_H
#define VFPROOF_REPORT_PAGE_H

#include "base/util.h"

/* Text of folded lines, never more than max_lines of them. */
struct page {
	FILE *f;
	unsigned int lines, max_lines;
};

/* One line, cut at the page's width. */
void page_put_line(struct page *p, const char *fmt, ...) printf_like(2, 3);
/*
 * "LABEL" and @text, folded at spaces to at most @max lines of which the further ones are indented
 * by @indent; what does not fit ends in "...". Returns the number of lines.
 */
unsigned int page_put_folded(struct page *p, unsigned int max, unsigned int indent,
			     const char *label, const char *text);
/* The same with all of its lines, indented by 14; nothing of an empty text. */
void page_put_all(struct page *p, const char *label, const char *text);

#endif
