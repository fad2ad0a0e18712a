/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way from the journal in memory, which the runner writes, to the screen's model. The screen is
 * a process of its own: it cannot delay a run, and it outlives a runner that dies.
 */
#ifndef VFPROOF_SCREEN_FEED_H
#define VFPROOF_SCREEN_FEED_H

#include <sys/types.h>
#include "screen/model.h"

struct sysroot;

struct feed {
	ino_t inode; /* of the journal that has been read so far */
	off_t offset; /* up to where */
};

/* Takes what is new. A journal that was put in the place of the former one is read from its start.
 */
void feed_update(struct feed *f, const struct sysroot *root, struct model *m);
/* When /init says that the runner has ended: takes the report, and what comes next. */
void feed_end(const struct sysroot *root, struct model *m);

#endif
