/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folders of runs on a stick: reports/runNUMBER-HOST-TIME. Which of them is the newer one is
 * said by their numbers: clocks of servers are wrong, and all at once.
 */
#ifndef VFPROOF_JOURNAL_FOLDERS_H
#define VFPROOF_JOURNAL_FOLDERS_H

#include <jansson.h>
#include "base/util.h"

#define FOLDERS_TOP "reports"
#define FOLDERS_NAME 160 /* room for a folder's path below the stick's top */

/* "HOST-TIME", with @host and @utc cut to letters that every file system takes. */
void folders_format_name(const char *host, const char *utc, char *name, size_t size);
/*
 * Makes the folder of a new run on the stick @stick (its top directory) and writes its path to
 * @name. If the newest run of that host on the stick is of a later time than @utc, @later gets its
 * time, as in the name, else "". Returns 0 or -errno.
 */
int folders_make(int stick, const char *host, const char *utc, char name[FOLDERS_NAME],
		 char later[32]) must_check;
/*
 * Removes what a power cut may have left unsound in the newest folder and in those of unfinished
 * runs: reserve_clear(), journal_trim(). Must come before anything is written to the stick.
 */
void folders_clear(int stick);
/* @last: no run on this stick has been finished since. */
typedef bool folders_look(const char *name, const json_t *events, bool last, void *arg);
/*
 * Calls @look for each folder with a journal that was begun and not finished, the newest first,
 * until it returns true. @events: as of journal_outline(), borrowed.
 */
void folders_unfinished(int stick, folders_look *look, void *arg);
/* Opens a folder by that path. Returns a descriptor or -errno. */
int folders_open(int stick, const char *name) must_check;
/* Removes a folder that has nothing but a journal in it. Returns 0 or -errno. */
int folders_remove(int stick, const char *name) must_check;

#endif
