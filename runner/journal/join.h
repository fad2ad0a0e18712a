/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal in memory and the one on the stick, when a run comes to a stick or a stick comes
 * back.
 */
#ifndef VFPROOF_JOURNAL_JOIN_H
#define VFPROOF_JOURNAL_JOIN_H

#include "base/util.h"

/*
 * Has both places go on from the same journal, the longer one: memory has lines that a stick was
 * pulled out or full for; the stick has all of what this boot knows nothing of.
 */
int join_journals(int memory_dir, int stick_dir) must_check;

#endif
