/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: one JSON object per line, appended and fsynced before what it announces is done. A
 * report is made from the journal alone, so a run that was cut off anywhere can still be reported.
 *
 * Lines ("ev"): "start" (time, host, iommu, settings, build), "resume" (the same), "run" (host,
 * iommu, nics, plan, left_out), "begin" (case, subject), "end" (the item as in the report), "note"
 * (text, incomplete), "finish" (time).
 */
#ifndef VFPROOF_JOURNAL_JOURNAL_H
#define VFPROOF_JOURNAL_JOURNAL_H

#include <jansson.h>
#include "base/util.h"

#define JOURNAL_NAME "journal.jsonl"
#define JOURNAL_MAX_SIZE (64u << 20)
#define JOURNAL_MAX_LINE (1u << 20)

struct journal {
	int fd; /* -1: not open */
};

/* Opens (creates) JOURNAL_NAME in @dirfd for appending. A line cut off is closed first. */
int journal_open(struct journal *j, int dirfd) must_check;
void journal_close(struct journal *j);
/* Appends @obj (reference stolen) with "ev" = @ev and "t_ms", and fsyncs. Returns 0 or -errno. */
int journal_append(struct journal *j, const char *ev, json_t *obj) must_check;
/*
 * Parses a journal's text into an array of its whole lines; a cut or damaged line is left out and
 * counted in *@damaged (may be NULL). Caller owns the result. NULL only without memory.
 */
json_t *journal_parse(const char *text, size_t len, unsigned int *damaged) must_check;
/* The first event of that kind in an array of them, borrowed; NULL if there is none. */
const json_t *journal_first(const json_t *events, const char *ev);

#endif
