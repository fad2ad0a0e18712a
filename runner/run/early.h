/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes before the engine and reads the stick: in children with deadlines, as a stick may
 * answer never. (Drivers and the inventory have deadlines of their own.)
 */
#ifndef VFPROOF_RUN_EARLY_H
#define VFPROOF_RUN_EARLY_H

#include "base/util.h"

struct overlay;
struct stick;
struct sysroot;

/* How long each may take, on top of what its caller waits for on purpose. */
#define EARLY_STICK_MS 180000
#define EARLY_OVERLAY_MS 300000
#define EARLY_FILE_MS 30000

/*
 * stick_open(), which looks for it, grows, mounts and opens it, with @open_ms for all but the
 * search. One that hangs is as one that is not there, and @st->problem says so.
 */
void early_open_stick(struct stick *st, const struct sysroot *root, const char *name,
		      uint64_t deadline_ms, uint64_t open_ms, bool (*is_wanted)(int dir, void *arg),
		      void *arg);
/*
 * A small text file below @dir. Returns 0, -ENOENT, -ETIMEDOUT or another -errno. Caller frees
 * *@text.
 */
int early_read_file(const struct sysroot *root, int dir, const char *name, size_t max, char **text,
		    size_t *len) must_check;
/*
 * Takes the overlay of the stick opened as @dir, checks and seals all of it. After a stick that
 * hangs what came before it counts, and the problem is named.
 */
void early_take_overlay(struct overlay *o, const struct sysroot *root, int dir);

#endif
