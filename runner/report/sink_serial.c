/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report on the consoles: details first and signals for LAVA, so that the summary is what stays
 * on the screen, and last the line for machines.
 */
#include <string.h>
#include "base/log.h"
#include "report/forms.h"
#include "report/lava.h"

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

/* A form and what it is made of. */
struct what {
	const char *name;
	int (*put)(FILE *f, const json_t *report);
	struct lava *lava; /* its signals are the form */
};

/* Line by line, as the whole of it may be large. */
static void put(const struct what *w, const json_t *report)
{
	const cookie_io_functions_t functions = { .write = write_lines };
	_cleanup_fclose_ FILE *f = fopencookie(NULL, "w", functions);
	char buf[LINE_SIZE], text[80];

	if (f && setvbuf(f, buf, _IOLBF, sizeof(buf)) == 0 &&
	    (w->lava ? lava_put_rest(f, report, w->lava) : w->put(f, report)) == 0 &&
	    fflush(f) == 0)
		return;
	util_format(text, sizeof(text), "the %s could not be made: out of memory\n", w->name);
	log_raw(text);
}

void report_to_consoles(const json_t *report, struct lava *lava)
{
	char line[256];

	report_to_result_line(report, line, sizeof(line));
	put(&(struct what){ .name = "details", .put = report_put_details }, report);
	log_raw("\n");
	if (lava)
		put(&(struct what){ .name = "signals", .lava = lava }, report);
	put(&(struct what){ .name = "summary", .put = report_put_summary }, report);
	log_raw(line);
}
