/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/markup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct range {
	uint32_t first, last;
};

/* Characters that are not written although UTF-8 can say them. */
static bool is_forbidden(uint32_t c)
{
	static const struct range ranges[] = {
		{ 0, 0x1f }, /* but newline and tab, which the caller knows */
		{ 0x7f, 0x9f },	    { 0x200e, 0x200f }, /* direction of writing */
		{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xd800, 0xdfff }, /* surrogates */
		{ 0xfeff, 0xfeff }, { 0xfffe, 0xffff },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Length of the UTF-8 sequence at @s (RFC 3629) with its character in @c, 0 if it is none. */
static size_t decode(const char *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)s;
	size_t len, i;

	len = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
	if (len == 0 || p[0] > 0xf4)
		return 0;
	*c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80) /* the end of the text as well */
			return 0;
		*c = *c << 6 | (p[i] & 0x3f);
	}
	return *c >= least[len] && *c <= 0x10ffff ? len : 0;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;"; /* "]]>" is not allowed in XML */
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* How many characters at @text are written as they are: printable ASCII that is no markup. */
static size_t plain_length(const char *text)
{
	size_t n = 0;

	while (text[n] >= ' ' && text[n] <= '~' && !entity(text[n]))
		n++;
	return n;
}

/* Writes the first character of @text. Returns its length. */
static size_t put_one(FILE *f, const char *text, bool one_line)
{
	const char *known = entity(*text);
	uint32_t c = 0;
	size_t len = decode(text, &c);

	if (*text == '\n' || *text == '\t')
		fputc(one_line ? ' ' : *text, f);
	else if (known)
		fputs(known, f);
	else if (len == 0 || is_forbidden(c))
		fputs(REPLACEMENT, f);
	else
		fwrite(text, 1, len, f);
	return len ? len : 1;
}

static void put(FILE *f, const char *text, bool one_line)
{
	while (*text) {
		const size_t n = plain_length(text);

		fwrite(text, 1, n, f);
		text += n;
		if (*text)
			text += put_one(f, text, one_line);
	}
}

void markup_text(FILE *f, const char *text)
{
	put(f, text, false);
}

void markup_attribute(FILE *f, const char *name, const char *text)
{
	fprintf(f, " %s=\"", name);
	put(f, text, true);
	fputc('"', f);
}

void markup_element(FILE *f, const char *tag, const char *class, const char *text)
{
	fprintf(f, "<%s", tag);
	if (class)
		fprintf(f, " class=\"%s\"", class);
	fputc('>', f);
	markup_text(f, text);
	fprintf(f, "</%s>", tag);
}
