/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report on the consoles: details first and signals for LAVA, so that the summary is what stays
 * on the screen, and last the line for machines.
 */
#include <string.h>
#include "base/log.h"
#include "report/forms.h"

#define LINE_SIZE 4096 /* no form for the consoles has longer lines */

/* Whole lines: the stream is flushed after each. */
static ssize_t write_lines(void *cookie, const char *buf, size_t size)
{
	char text[LINE_SIZE + 1];
	size_t done, len;

	(void)cookie;
	for (done = 0; done < size; done += len) {
		len = size - done < LINE_SIZE ? size - done : LINE_SIZE;
		memcpy(text, buf + done, len);
		text[len] = '\0';
		log_raw(text);
	}
	return (ssize_t)size;
}

/* Line by line, as the whole of it may be large. */
static void put(const char *what, int (*put_form)(FILE *f, const json_t *report),
		const json_t *report)
{
	const cookie_io_functions_t functions = { .write = write_lines };
	_cleanup_fclose_ FILE *f = fopencookie(NULL, "w", functions);
	char buf[LINE_SIZE], text[80];

	if (f && setvbuf(f, buf, _IOLBF, sizeof(buf)) == 0 && put_form(f, report) == 0 &&
	    fflush(f) == 0)
		return;
	util_format(text, sizeof(text), "the %s could not be made: out of memory\n", what);
	log_raw(text);
}

void report_to_consoles(const json_t *report, bool lava)
{
	char line[256];

	report_to_result_line(report, line, sizeof(line));
	put("details", report_put_details, report);
	log_raw("\n");
	if (lava)
		put("signals", report_put_lava, report);
	put("summary", report_put_summary, report);
	log_raw(line);
}
