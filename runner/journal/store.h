/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the journal and the reports are kept: always in memory, /run/vfproof/report, and on the
 * stick as well if there is one. A stick that fails is given up; the run goes on without it.
 */
#ifndef VFPROOF_JOURNAL_STORE_H
#define VFPROOF_JOURNAL_STORE_H

#include "journal/journal.h"

#define STORE_RUN "run/vfproof"
#define STORE_MEMORY STORE_RUN "/report"
#define STORE_STICK STORE_RUN "/stick"

struct sysroot;

struct store {
	struct journal memory, stick; /* fd -1: not in use */
	int memory_dir, stick_dir; /* folders of this run, -1: not in use */
	char folder[160]; /* the stick's folder, below its top */
	const struct sysroot *root;
};

/*
 * Makes the folder in memory, and opens its journal. An unfinished one of this boot is kept and
 * @unfinished set; a finished one is removed. Returns 0 or -errno.
 */
int store_open(struct store *s, const struct sysroot *root, bool *unfinished) must_check;
void store_close(struct store *s);

/*
 * Begins to use folder @name, which is there, on the stick opened as @stick_dir. The journal is
 * copied to the place, stick or memory, that has none. Returns 0 or -errno.
 */
int store_use_stick(struct store *s, int stick_dir, const char *name) must_check;

/*
 * Appends to every journal in use; @obj is stolen. A stick that fails is given up, with a note.
 * Returns 0 if the event is in at least one journal.
 */
int store_append(struct store *s, const char *ev, json_t *obj) must_check;
/* A remark for the report. @incomplete: because of it the run cannot be QUALIFIED. */
void store_note(struct store *s, bool incomplete, const char *fmt, ...) printf_like(3, 4);
/* Writes a report file durably to every place. Returns 0 if it is in at least one. */
int store_write(struct store *s, const char *name, const char *text) must_check;
/* The journal as it is, from a place that has it. Caller frees; NULL: it cannot be read. */
char *store_read_text(const struct store *s) must_check;
/* Where the reports are, in words. */
void store_describe(const struct store *s, char *buf, size_t size);
/* Events of the journal in any folder; NULL if there is none or it cannot be read. */
json_t *store_read_journal(int dirfd, unsigned int *damaged) must_check;
/* True if a run was started in these events and not finished. */
bool store_is_unfinished(const json_t *events);
/* All events so far, from a journal that has them all. Caller owns the result, NULL: none. */
json_t *store_events(const struct store *s, unsigned int *damaged) must_check;

#endif
