/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a vfproof.conf apart. */
#include "model/conf.h"

#include <ctype.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* what some editors put first */

static char *skip_space(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* Cuts a comment off: a ";" with white space in front. */
static void cut_comment(char *value)
{
	char *p;

	for (p = value; *p; p++)
		if (*p == ';' && p > value && isspace((unsigned char)p[-1])) {
			*p = '\0';
			return;
		}
}

/* False if the line is of no form that there is. */
static bool take_line(char *line, const struct conf_reader *reader)
{
	char *value;

	line = util_trim(skip_space(line));
	if (*line == '\0' || *line == '#' || *line == ';')
		return true;
	if (*line == '[') {
		char *end = strchr(line, ']');

		if (!end)
			return false;
		*end = '\0';
		reader->section(reader->arg, line + 1);
		return true;
	}
	value = line + strcspn(line, "=:");
	if (*value == '\0')
		return false;
	*value++ = '\0';
	value = skip_space(value);
	cut_comment(value);
	reader->value(reader->arg, util_trim(line), util_trim(value));
	return true;
}

unsigned int conf_parse(char *text, const struct conf_reader *reader)
{
	unsigned int number = 0, wrong = 0;
	char *line;

	if (strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		text += strlen(BYTE_ORDER_MARK);
	while ((line = strsep(&text, "\n"))) {
		number++;
		if (reader->line)
			*reader->line = number;
		if (!take_line(line, reader) && wrong == 0)
			wrong = number;
	}
	return wrong;
}
