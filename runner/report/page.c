/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that are cut or folded at the page's width. */
#include "report/page.h"

#include <stdarg.h>
#include <string.h>
#include "report/report.h"

void page_put_line(struct page *p, const char *fmt, ...)
{
	char line[REPORT_COLUMNS + 2];
	va_list args;
	int len;

	if (p->lines >= p->max_lines)
		return;
	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (len > REPORT_COLUMNS)
		memcpy(line + REPORT_COLUMNS - 3, "...", sizeof("..."));
	util_sanitise(util_trim(line));
	util_break_marks(line);
	fprintf(p->f, "%s\n", line);
	p->lines++;
}

unsigned int page_put_folded(struct page *p, unsigned int max, unsigned int indent,
			     const char *label, const char *text)
{
	const size_t room = REPORT_COLUMNS - indent;
	unsigned int n = 0;

	while (*text && n < max) {
		size_t len = strnlen(text, room + 1), cut = len, i;
		bool cut_off = false;

		if (len > room) {
			cut = room;
			for (i = room; i > room / 2 && cut == room; i--)
				if (text[i] == ' ')
					cut = i;
			if (n + 1 == max) {
				cut = room - 3;
				cut_off = true;
			}
		}
		page_put_line(p, "%-*s%.*s%s", (int)indent, n == 0 ? label : "", (int)cut, text,
			      cut_off ? "..." : "");
		text += cut;
		while (*text == ' ')
			text++;
		n++;
	}
	return n;
}

void page_put_all(struct page *p, const char *label, const char *text)
{
	if (text[0])
		page_put_folded(p, UINT32_MAX, 14, label, text);
}
