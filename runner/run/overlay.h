/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Overlays: files that a lab adds to the appliance without building it anew, from the folder
 * "overlay" of the initramfs or of the report stick. docs/overlays.md describes them. They are
 * copied into memory, so that the stick can go; where both have a file, the stick's is taken.
 */
#ifndef VFPROOF_RUN_OVERLAY_H
#define VFPROOF_RUN_OVERLAY_H

#include <jansson.h>
#include "base/util.h"
#include "sys/overlay_paths.h"

#define OVERLAY_CONF "vfproof.conf"

struct store;
struct sysroot;

struct overlay {
	json_t *files; /* [{path, size, sha256, origin}], sorted by path */
	json_t *problems; /* texts: what of it is not in effect, and why */
	bool complete; /* nothing more is taken: another runner of this boot took it all */
};

/*
 * Makes an empty overlay, or the one that a runner of this boot has taken. overlay_free() in any
 * case. Returns 0 or -ENOMEM.
 */
int overlay_open(struct overlay *o, const struct sysroot *root) must_check;
void overlay_free(struct overlay *o);

/*
 * Copies what is in the folder "overlay" of the directory @dirfd below @root's OVERLAY_RUN.
 * @origin is "initramfs" or "stick". What cannot be taken becomes a problem. Does nothing if
 * there is no such folder, or if the overlay is complete.
 */
void overlay_take(struct overlay *o, const struct sysroot *root, int dirfd, const char *origin);
/* To be called when all has been taken: notes it down for further runners of this boot. */
void overlay_seal(struct overlay *o, const struct sysroot *root);

/* Adds a problem, for whoever puts the files to use. */
void overlay_add_problem(struct overlay *o, const char *fmt, ...) printf_like(2, 3);
/* True if the file @path is in the overlay. */
bool overlay_has(const struct overlay *o, const char *path);

/* Tells the kernel to look for firmware in the overlay first, if it has any. */
void overlay_use_firmware(struct overlay *o, const struct sysroot *root);
/*
 * Checks the modules, of the host and of the guests, before any of the stick's is loaded: one that
 * does not fit its kernel, or whose namesake is in the kernel already, becomes a problem. Does
 * nothing if the overlay is complete.
 */
void overlay_check_modules(struct overlay *o, const struct sysroot *root);
/*
 * Journals the problems, and what became of the host's modules once drivers have been loaded: one
 * that a device here needs and that is not in the kernel makes the run INCOMPLETE.
 */
void overlay_note_problems(const struct overlay *o, struct store *store);
void overlay_note_modules(const struct sysroot *root, struct store *store);

/* True if both lists have the same files: path and SHA-256. NULL is an empty list. */
bool overlay_is_same(const json_t *a, const json_t *b);

#endif
