/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room on the stick that is kept for the end of a run: a file of a run's folder, given back when
 * the journal finds no room any more, or the report is written.
 */
#ifndef VFPROOF_JOURNAL_RESERVE_H
#define VFPROOF_JOURNAL_RESERVE_H

#include "base/util.h"

#define RESERVE_NAME "reserve"
#define RESERVE_SIZE (2u << 20)
#define RESERVE_MIN (16u << 10)

/*
 * Reserves RESERVE_SIZE bytes in the folder @dir, or as many as there are; also removes the
 * temporary files that a power cut has left. Returns how many bytes are reserved.
 */
uint64_t reserve_take(int dir);
/* True if there was something to give back. */
bool reserve_give_back(int dir);

#endif
