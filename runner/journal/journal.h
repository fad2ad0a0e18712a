/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: one JSON object per line, appended and fsynced before what it announces is done. A
 * report is made from the journal alone, so a run that was cut off anywhere can still be reported.
 *
 * Lines ("ev"): "start" (time, host, iommu, settings, build), "resume" (the same), "run" (host,
 * iommu, nics, plan as plan_to_json() makes it, left_out), "begin" (case, subject), "end" (the item
 * as in the report), "note" (text, incomplete), "finish" (time).
 */
#ifndef VFPROOF_JOURNAL_JOURNAL_H
#define VFPROOF_JOURNAL_JOURNAL_H

#include <jansson.h>
#include <stdarg.h>
#include "base/util.h"

#define JOURNAL_NAME "journal.jsonl"
#define JOURNAL_MAX_SIZE (256u << 20) /* what is beyond it is not read */
#define JOURNAL_MAX_LINE (1u << 20)

struct journal {
	int fd; /* -1: not open */
};

/* Opens (creates) JOURNAL_NAME in @dirfd for appending. A line cut off is closed first. */
int journal_open(struct journal *j, int dirfd) must_check;
void journal_close(struct journal *j);
/*
 * The line of an event: @obj (reference stolen) with "ev" = @ev and "t_ms", and a newline, of *@len
 * bytes; no NUL follows. Returns 0, -ENOMEM, or -EMSGSIZE (JOURNAL_MAX_LINE); caller frees *@line.
 */
int journal_format(const char *ev, json_t *obj, char **line, size_t *len) must_check;
/* Appends such a line, and fsyncs. Returns 0 or -errno. */
int journal_write(const struct journal *j, const char *line, size_t len) must_check;
/*
 * Has a "note" appended by @append (store_append() or the like), a remark for the report.
 * @incomplete: because of it the run cannot be QUALIFIED. What cannot be appended is logged.
 */
void journal_note(int (*append)(void *to, const char *ev, json_t *obj), void *to, bool incomplete,
		  const char *fmt, va_list args);

/*
 * Gives each whole line of @text to @take, which borrows the event. Lines that are cut off or
 * damaged, and what is beyond JOURNAL_MAX_SIZE, are left out. Returns their number.
 */
unsigned int journal_scan(const char *text, size_t len, void (*take)(json_t *event, void *arg),
			  void *arg);
/*
 * The same with the file @path, seen from the directory @dirfd. It is read piece by piece and never
 * all of it in memory. *@damaged is the number of lines left out. Returns 0 or -errno.
 */
int journal_read(int dirfd, const char *path, void (*take)(json_t *event, void *arg), void *arg,
		 unsigned int *damaged) must_check;
/*
 * All events of the folder's JOURNAL_NAME, but without what items have found: it is all that is
 * needed to go on with a run. NULL if there is no journal, or it cannot be read.
 */
json_t *journal_outline(int dirfd) must_check;
/* The first event of that kind in an array of them, borrowed; NULL if there is none. */
const json_t *journal_first(const json_t *events, const char *ev);

#endif
