/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes a journal's lines trustworthy: each ends in a member "sum", "ID.BEFORE.OWN", three
 * numbers of eight hexadecimal digits. ID is the journal's own, so that a line of another file that
 * a damaged file system shows in this one is known. BEFORE is the OWN of the line before, so that a
 * missing line is known. OWN is the CRC-32C of all that stands before it in the line.
 *
 * The first line says the version: {"ev":"journal","version":2,...}. Journals of version 1 have no
 * such line, and no sums.
 */
#ifndef VFPROOF_JOURNAL_CHAIN_H
#define VFPROOF_JOURNAL_CHAIN_H

#include "base/util.h"

#define CHAIN_VERSION 2
#define CHAIN_HEAD "journal" /* the "ev" of the first line */

struct chain {
	unsigned int version; /* 0: not known */
	uint32_t id, last; /* of a journal with sums; @last: OWN of the last line */
	bool begun; /* there is a line */
};

struct chain_sum {
	uint32_t id, before, own;
	bool intact; /* OWN is what the line says */
};

/* A chain without a line, with an ID by chance. */
void chain_begin(struct chain *c);
/* The line @text, *@len bytes that end in "}", with its sum, as the next of @c. -ENOMEM. */
int chain_seal(const struct chain *c, char **text, size_t *len) must_check;
/* False if the line of @len bytes, without its newline, does not end in a sum. */
bool chain_parse(const char *line, size_t len, struct chain_sum *sum) must_check;

#endif
