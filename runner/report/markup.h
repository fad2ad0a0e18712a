/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text in HTML and XML. Reports quote what devices, guests and damaged sticks say, so that nothing
 * of it may become markup, and no byte may be what XML 1.0 (section 2.2, "Char") does not allow.
 */
#ifndef VFPROOF_REPORT_MARKUP_H
#define VFPROOF_REPORT_MARKUP_H

#include <stdio.h>

/*
 * Writes @text with markup escaped. Bytes that are no UTF-8, control characters but newline and
 * tab, and characters that turn the direction of writing become U+FFFD.
 */
void markup_text(FILE *f, const char *text);
/* ` name="text"`, newlines and tabs as spaces. */
void markup_attribute(FILE *f, const char *name, const char *text);
/* `<tag class="class">text</tag>`; @class may be NULL. Both are the program's own words. */
void markup_element(FILE *f, const char *tag, const char *class, const char *text);

#endif
