/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report stick: a USB mass storage device, or a partition of one, whose file system has the
 * label VFPROOF or, if the setting "stick" says so, another label or UUID.
 */
#ifndef VFPROOF_JOURNAL_STICK_H
#define VFPROOF_JOURNAL_STICK_H

#include "base/util.h"

#define STICK_LABEL "VFPROOF" /* of sticks that are there for nothing else */

#define STICK_NAME_FILE "run/vfproof/stick-name" /* which one is meant, for whoever looks later */
#define STICK_WHICH 72 /* room for stick_which() */

struct sysroot;

struct stick {
	int dir; /* its top directory, -1: none */
	bool read_only;
	char device[64]; /* its name below /dev, "" unknown */
	uint64_t sequence; /* of its medium: block_get_sequence() */
	char others[300]; /* further sticks with the label, which are not used; "" none */
	char problem[200]; /* why there is none, or why it is read only; "" if all is well */
};

/*
 * Looks for the stick whose label or UUID is @name until util_now_ms() is @deadline_ms and mounts
 * it; one that a runner of this boot mounted is used again. Of several the first for which
 * @is_wanted(top directory, @arg) is true is taken, else the first by name; NULL: nothing is
 * wanted. Nothing here fails: @st says what there is.
 */
void stick_open(struct stick *st, const struct sysroot *root, const char *name,
		uint64_t deadline_ms, bool (*is_wanted)(int dir, void *arg), void *arg);
/*
 * True if a stick of that @name is the operator's own, on which nothing but folders for reports may
 * be touched: it is not grown, and only FOLDERS_TOP and what is in it is mended and written.
 */
bool stick_is_foreign(const char *name);
/* "the label VFPROOF", "the label or UUID 1234-ABCD": what the one has that is meant, in words. */
const char *stick_which(const char *name, char buf[STICK_WHICH]);
/* False if the stick that was opened is not in its place any more. */
bool stick_is_there(const struct stick *st, const struct sysroot *root);

#endif
