/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders that a power cut has left by name only. When Linux makes a folder on a FAT, its name, its
 * entry in the table and its first cluster get to the medium in any order: a cut in between leaves
 * a name that leads to a free cluster, or to old blocks that look like files. Linux cannot remove
 * such a folder, and removing what it seems to hold would free clusters of others.
 *
 * Looked at are "reports" and what is right below it, of FAT32. Whatever was flushed is never
 * hollow: a run's folder is flushed before anything is written to it.
 */
#ifndef VFPROOF_JOURNAL_HOLLOW_H
#define VFPROOF_JOURNAL_HOLLOW_H

#include "journal/fat.h"

/*
 * Takes away the names of hollow folders; clusters that are lost by that are free space that is not
 * counted. The file system must not be mounted. Returns how many there were, -ENOENT if it is no
 * FAT32, or -errno.
 */
int hollow_remove(const struct fat_disk *part) must_check;
/* The same for the partition @name (such as sda1) of a stick; what came of it is logged. */
void hollow_remove_from_stick(const struct sysroot *root, const char *name);
/* The same for an image in a file, for "vfproof mend". Returns as hollow_remove(). */
int hollow_remove_from_file(const char *path) must_check;

#endif
