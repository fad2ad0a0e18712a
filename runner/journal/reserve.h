/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room on the stick that is kept for the end of a run: a file of a run's folder, given back when
 * the journal finds no room any more, or the report is written; and room for names.
 */
#ifndef VFPROOF_JOURNAL_RESERVE_H
#define VFPROOF_JOURNAL_RESERVE_H

#include "base/util.h"

#define RESERVE_NAME "reserve"
#define RESERVE_SIZE (2u << 20)
#define RESERVE_MIN (16u << 10)

/*
 * Removes what a power cut may have left in the folder @dir: temporary files, and a reserve. Must
 * come before anything is written there: on FAT such a file's chain of clusters may lead to
 * clusters that count as free, and would be another file's by the time it is removed.
 */
void reserve_clear(int dir);
/*
 * Reserves RESERVE_SIZE bytes there, or as many as there are; reserve_clear() must have come first.
 * Returns how many.
 */
uint64_t reserve_take(int dir);
/*
 * Has the new and empty folder @dir grow to what the names of a run's files need. A FAT folder that
 * grows later, with a journal in it, may lead to a free cluster or to old blocks after a power cut,
 * and Linux cannot open it then. Is not flushed.
 */
#define RESERVE_NAMES "names" /* how the names begin that do it, and are there for a moment */
void reserve_names(int dir);
/* True if there was something to give back. */
bool reserve_give_back(int dir);

#endif
