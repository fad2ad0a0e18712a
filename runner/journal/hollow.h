/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut has left on a FAT (12, 16 or 32) that Linux cannot open or remove, or would
 * remove wrongly: mended before it is mounted. When Linux makes a folder, its name, its entry in
 * the table and its first cluster get to the medium in any order, and so do the parts of one that
 * grows: a cut in between leaves a name or a chain that leads to a free cluster, or to old blocks
 * that look like files. Removing what such a folder seems to hold would free clusters of others.
 *
 * Looked at are "reports", the folders of runs right below it, and what is in them; at the stick's
 * top the chain of the root, and names of ours for the time being (leftover.h). Whatever was
 * flushed stays: a run's folder is flushed before anything is written to it, and has grown to
 * its size before there is a journal in it. "reports" and the root grow here, so that Linux need
 * not do it.
 */
#ifndef VFPROOF_JOURNAL_HOLLOW_H
#define VFPROOF_JOURNAL_HOLLOW_H

#include "journal/fat.h"

/*
 * Mends the file system, which must not be mounted. Clusters that are lost by that are free space
 * that is not counted. Returns in how many places it had to, -ENOENT if it is no FAT, or -errno.
 */
int hollow_mend(const struct fat_disk *part) must_check;
/* The same for "reports" and what is in it alone: nothing else of the stick is ours. */
int hollow_mend_foreign(const struct fat_disk *part) must_check;
/* Either for the partition @name (such as sda1) of a stick; what came of it is logged. */
void hollow_mend_stick(const struct sysroot *root, const char *name, bool foreign);
/*
 * The same for an image in a file, for "vfproof mend"; each write is logged. Returns as
 * hollow_mend().
 */
int hollow_mend_file(const char *path) must_check;

#endif
