/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many boots in a row have begun something and not ended it, for a host without a medium that
 * could be written. Where that is kept, the first that works:
 *
 * 1. a UEFI variable of our own (BOOT_COUNT_VARIABLE), removed when it is not needed any more;
 * 2. the alarm of the real-time clock, whose three bytes are kept by its battery: switched off, it
 *    does nothing. A firmware that sets it at each boot makes this place forget.
 *
 * Not used, and why: pstore is for the kernel to write; the boot loader's environment is on a
 * medium that cannot be written here; the rest of the CMOS memory is the firmware's own.
 */
#ifndef VFPROOF_SYS_BOOT_COUNT_H
#define VFPROOF_SYS_BOOT_COUNT_H

#include "base/util.h"

#define BOOT_COUNT_VARIABLE "VfproofBoots-76667072-6f6f-4600-8000-000000000002"
#define BOOT_COUNT_MAX 9

struct sysroot;

/*
 * Counts this boot. *@boots is the number of those before it, *@place where it is counted, in
 * words. Returns 0, or -ENODEV if there is no place that keeps it.
 */
int boot_count_add(const struct sysroot *root, unsigned int *boots, const char **place) must_check;
/* Forgets all of them, in all places. */
void boot_count_clear(const struct sysroot *root);

/* The count as a time of the day, and back; -ENOENT if the time is none of ours. */
struct boot_count_time {
	int hour, min, sec;
};
struct boot_count_time boot_count_to_time(unsigned int n);
int boot_count_of_time(struct boot_count_time t, unsigned int *n) must_check;

#endif
