/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grows the report partition of a stick that the USB image was written to, up to the stick's end:
 * the partition table (UEFI specification, 5.3), then the FAT32 file system, whose allocation
 * tables were made with room for it (scripts/build/usb). No file is moved or lost. Nothing is done
 * to any other stick: the partition is known by its GUID.
 *
 * The power may fail between any two sectors: each change is prepared beside what is in force and
 * comes into force with the write of one sector. What is left undone is done at the next boot.
 */
#ifndef VFPROOF_JOURNAL_GROW_H
#define VFPROOF_JOURNAL_GROW_H

#include "base/util.h"
#include "journal/fat.h"

/* scripts/build/usb reads this line. */
#define GROW_GUID "76667072-6F6F-4600-8000-000000000001"

struct sysroot;

/*
 * Makes the partition end where the disk does and writes the backup table there. Returns 1 with the
 * partition's first sector and length if the table was changed, 0 if it was right already, -ENOENT
 * if this is no stick of ours, or -errno.
 */
int grow_table(const struct fat_disk *disk, uint64_t *start, uint64_t *sectors) must_check;

/*
 * Makes the FAT32 file system as large as its partition, as far as its tables have room. It must
 * not be mounted. Returns 1 if it grew, 0 if there was nothing to do, or -errno.
 */
int grow_fat(const struct fat_disk *part) must_check;

/*
 * All of it for the partition @name (such as sda1) of a USB stick. Errors are logged: the stick
 * takes reports as it is, too.
 */
void grow_stick(const struct sysroot *root, const char *name);

#endif
