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
#define STORE_LOST STORE_RUN "/stick-lost" /* the folder on the stick that was lost */
#define STORE_MANIFEST "MANIFEST" /* of all that is in a run's folder: report/manifest.h */
#define STORE_SIGNATURE STORE_MANIFEST ".minisig"
/*
 * The key that it is by. As a name that FAT has no long form of, it takes one entry of the folder:
 * a name that lies on the edge of two sectors would not come into being at once.
 */
#define STORE_PUBLIC STORE_MANIFEST ".PUB"
#define STORE_WAIT_NAME "stick-wait" /* for how many seconds it is still waited for */
#define STORE_WAIT STORE_RUN "/" STORE_WAIT_NAME

struct sysroot;

struct store {
	struct journal memory, stick; /* fd -1: not in use */
	int memory_dir, stick_dir; /* folders of this run, -1: not in use */
	char folder[160]; /* the stick's folder, below its top; "" there never was one */
	uint64_t reserved; /* bytes that are kept for the end, on the stick */
	char missing[300]; /* files of the report that are not on the stick, and why; "" none */
	const struct sysroot *root;
	/* The caller's: told each event that is in a journal, "ev" and all; NULL: nobody. */
	void (*appended)(void *arg, const json_t *event);
	void *appended_arg;
};

/*
 * Makes the folder in memory, and opens its journal. An unfinished one of this boot is kept and
 * @unfinished set; a finished one is removed. Returns 0 or -errno.
 */
int store_open(struct store *s, const struct sysroot *root, bool *unfinished) must_check;
/*
 * Opens what is in memory of the run that has ended, to go on with it: its folder on the stick that
 * was lost is in @folder of the store. Returns 0 or -errno.
 */
int store_open_again(struct store *s, const struct sysroot *root) must_check;
void store_close(struct store *s);

/*
 * Begins to use folder @name, which is there, on the stick opened as @stick_dir. The journal is
 * copied to the place, stick or memory, that has none, or less of it. Returns 0 or -errno.
 */
int store_use_stick(struct store *s, int stick_dir, const char *name) must_check;

/*
 * Leaves the stick's folder for another one with a journal, which is gone on with, and copied to
 * memory. Returns 0, or -errno with all as it was.
 */
int store_switch(struct store *s, int stick_dir, const char *name) must_check;

/*
 * Appends to every journal in use; @obj is stolen. A stick that fails is given up, with a note.
 * Returns 0 if the event is in at least one journal; -EMSGSIZE if its line is too long for any.
 */
int store_append(struct store *s, const char *ev, json_t *obj) must_check;
/* A remark for the report. @incomplete: because of it the run cannot be QUALIFIED. */
void store_note(struct store *s, bool incomplete, const char *fmt, ...) printf_like(3, 4);
/*
 * Writes a report file durably to every place: what @put writes of @value, which returns 0 or
 * -errno. Returns 0 if it is in at least one; if the stick is in use and has it not, @missing of
 * the store says so, and so does store_describe().
 */
int store_write(struct store *s, const char *name, int (*put)(FILE *f, const json_t *value),
		const json_t *value) must_check;
/*
 * Removes manifest, signature and public key from every place, durably: to be called before a file
 * that they are of is changed, so that a power cut never leaves a file that they do not fit.
 */
void store_drop_manifest(struct store *s);
/*
 * The stick is not used any more, because of @why: that is noted in the journal, an event "stick"
 * is in it, and STORE_LOST is there until there is a stick again.
 */
void store_lose_stick(struct store *s, const char *why);
/* The stick is back: likewise, and where the reports will be. */
void store_say_back(struct store *s);
/* Gives back what room was kept on the stick: the report is to be written now. */
void store_release(struct store *s);
/* A folder of this run that has the file (JOURNAL_NAME: whole). Borrowed; -1 if there is none. */
int store_find(const struct store *s, const char *name);
/* Where the reports are, in words. */
void store_describe(const struct store *s, char *buf, size_t size);
/* All events so far as of journal_outline(), from a journal that has them all. */
json_t *store_outline(const struct store *s) must_check;

#endif
