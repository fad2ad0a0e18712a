/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: one JSON object per line, appended and fsynced before what it announces is done. A
 * report is made from the journal alone, so a run that was cut off anywhere can still be reported.
 * Each line is sealed with a sum (journal/chain.h).
 *
 * Lines ("ev"): "journal" (version; the first line, not shown to readers), "cut" (the line before
 * was cut off when its writer died), "start" (time, host, iommu, settings, build), "resume" (the
 * same), "run" (host, iommu, nics, plan as plan_to_json() makes it, left_out), "begin" (case,
 * subject), "end" (the item as in the report), "note" (text, incomplete), "stick" (state: lost or
 * back, why, stored), "stored" (stored), "signalled" (case, subject: a signal was sent of an item
 * that crashed), "finish" (time).
 */
#ifndef VFPROOF_JOURNAL_JOURNAL_H
#define VFPROOF_JOURNAL_JOURNAL_H

#include <jansson.h>
#include <stdarg.h>
#include "base/util.h"
#include "journal/chain.h"

#define JOURNAL_NAME "journal.jsonl"
#define JOURNAL_MAX_SIZE (256u << 20) /* what is beyond it is not read */
#define JOURNAL_MAX_LINE (1u << 20)

struct journal {
	int fd; /* -1: not open */
	struct chain chain; /* of what is in it */
	off_t room; /* up to which the file system has set space aside for it */
};

/* What is wrong with a journal that was read. */
struct journal_damage {
	unsigned int lines; /* left out, and places where lines are missing */
	bool cut; /* its last line has no end: whoever wrote it died, or writes it now */
	char where[160]; /* "line 7, lines before line 9", as many as there is room for */
};

/*
 * Opens (creates) JOURNAL_NAME in @dirfd for appending. A line cut off is closed first, with a
 * "cut". What is appended goes on as it was begun: a journal of version 1 gets no sums.
 */
int journal_open(struct journal *j, int dirfd) must_check;
void journal_close(struct journal *j);
/*
 * Gives back the space behind the end of the folder's journal, if there is one: what a power cut
 * has left there may not be sound. Must come before anything is written, as reserve_clear().
 */
void journal_trim(int dirfd);
/*
 * The line of an event, the next one of @chain: @obj (reference stolen) with "ev" = @ev and "t_ms",
 * its sum, and a newline, of *@len bytes; no NUL follows. Returns 0, -ENOMEM, or -EMSGSIZE
 * (JOURNAL_MAX_LINE); caller frees *@line.
 */
int journal_format(const struct chain *chain, const char *ev, json_t *obj, char **line,
		   size_t *len) must_check;
/* The first line of a journal with sums; likewise. */
int journal_format_head(const struct chain *chain, char **line, size_t *len) must_check;
/* Appends such a line, and fsyncs. Returns 0 or -errno. */
int journal_write(struct journal *j, const char *line, size_t len) must_check;
/*
 * Has a "note" appended by @append (store_append() or the like), a remark for the report.
 * @incomplete: because of it the run cannot be QUALIFIED. What cannot be appended is logged.
 */
void journal_note(int (*append)(void *to, const char *ev, json_t *obj), void *to, bool incomplete,
		  const char *fmt, va_list args);

/*
 * Gives each whole line of @text, a journal or a part of one, to @take, which borrows the event.
 * Lines that are cut off or damaged, and what is beyond JOURNAL_MAX_SIZE, are left out. *@damage
 * counts along, so that @take can tell that something is missing before its event.
 */
void journal_scan(const char *text, size_t len, void (*take)(json_t *event, void *arg), void *arg,
		  struct journal_damage *damage);
/*
 * The same with the file @path, seen from the directory @dirfd. It is read piece by piece and never
 * all of it in memory. Returns 0 or -errno.
 */
int journal_read(int dirfd, const char *path, void (*take)(json_t *event, void *arg), void *arg,
		 struct journal_damage *damage) must_check;
/*
 * All events of the folder's JOURNAL_NAME, but without what items have found: it is all that is
 * needed to go on with a run. NULL if there is no journal, or it cannot be read.
 */
json_t *journal_outline(int dirfd) must_check;
/* True if a run was started in these events and not finished. */
bool journal_is_unfinished(const json_t *events);
/* The first event of that kind in an array of them, borrowed; NULL if there is none. */
const json_t *journal_first(const json_t *events, const char *ev);

#endif
