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
	char device[64]; /* its name below /dev, "" unknown */
	uint64_t sequence; /* of its medium: block_get_sequence() */
	char others[300]; /* further sticks with the label, which are not used; "" none */
	char problem[200]; /* why there is none, or why it is read only; "" if all is well */
};

/*
 * Looks for the stick until util_now_ms() is @deadline_ms and mounts it; one that a runner of this
 * boot mounted is used again. Of several the first for which @is_wanted(top directory, @arg) is
 * true is taken, else the first by name; NULL: nothing is wanted. Nothing here fails: @st says what
 * there is.
 */
void stick_open(struct stick *st, const struct sysroot *root, uint64_t deadline_ms,
		bool (*is_wanted)(int dir, void *arg), void *arg);
/* False if the stick that was opened is not in its place any more. */
bool stick_is_there(const struct stick *st, const struct sysroot *root);

#endif
