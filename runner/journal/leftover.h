/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of ours that a power cut has left half made in a folder of a FAT, before it is mounted.
 * Linux has the names, the sizes and the table of clusters in sectors that get to the medium in any
 * order until they are flushed, so that
 * - a chain leads to a free cluster: of a file that was not finished (*.part, reserve), which is
 *   cut to what is there, so that Linux can remove it; or of the journal, behind its end;
 * - a file that was renamed has both names: the one for the time being goes, with no cluster;
 * - a name is there without its long form, or without content: it goes.
 * All other files stay as they are.
 */
#ifndef VFPROOF_JOURNAL_LEFTOVER_H
#define VFPROOF_JOURNAL_LEFTOVER_H

#include "journal/fat_folder.h"

enum leftover_place {
	LEFTOVER_TOP, /* of the stick: files for the time being, by their whole names */
	LEFTOVER_RUN, /* a run's folder */
};

/* Mends what is in the folder, on the medium. Returns how many files that were, or -errno. */
int leftover_mend(struct fat *f, struct fat_folder *d, enum leftover_place place) must_check;

#endif
