/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report stick: a USB mass storage device, or a partition of one, labelled VFPROOF.
 */
#ifndef VFPROOF_JOURNAL_STICK_H
#define VFPROOF_JOURNAL_STICK_H

#include "base/util.h"

#define STICK_LABEL "VFPROOF"

struct sysroot;

struct stick {
	int dir; /* its top directory, -1: none */
	bool read_only;
	char problem[200]; /* why there is none, or why it is read only; "" if all is well */
};

/*
 * Looks for the stick until util_now_ms() is @deadline_ms and mounts it; one that a runner of this
 * boot mounted is used again. Nothing here fails: @st says what there is.
 */
void stick_open(struct stick *st, const struct sysroot *root, uint64_t deadline_ms);
/* "HOST-TIME", with @host and @utc cut to letters that every file system takes. */
void stick_format_name(const char *host, const char *utc, char *name, size_t size);
/*
 * Makes reports/HOST-TIME for a new run and writes its path below the stick's top to @name. Returns
 * 0 or -errno.
 */
int stick_make_folder(const struct stick *st, const char *host, const char *utc, char *name,
		      size_t size) must_check;
/*
 * The newest folder below reports/ with a journal that was begun and not finished and for which
 * @ours returns true. Returns false if there is none.
 */
bool stick_find_unfinished(const struct stick *st, const char *host,
			   bool (*ours)(const void *events, void *arg), void *arg, char *name,
			   size_t size);

#endif
