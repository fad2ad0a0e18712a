/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest of a report's folder: what its files are, so that one signature covers all of them.
 * "sha256sum -c MANIFEST" reads it as well. docs/signatures.md describes it.
 */
#ifndef VFPROOF_REPORT_MANIFEST_H
#define VFPROOF_REPORT_MANIFEST_H

#include <jansson.h>
#include "base/sha256.h"
#include "journal/store.h"

#define MANIFEST_NAME STORE_MANIFEST
#define MANIFEST_SIGNATURE STORE_SIGNATURE
#define MANIFEST_KEY STORE_PUBLIC
#define MANIFEST_MAX_SIZE (1u << 20)
#define MANIFEST_FILES 64
#define MANIFEST_FILE_NAME 64 /* room for a file's name */
#define MANIFEST_FILE_MAX (1ull << 30) /* of a file that is looked at */

struct manifest_file {
	char name[MANIFEST_FILE_NAME];
	char sha256[SHA256_HEX];
	uint64_t size; /* UINT64_MAX: not said */
};

struct manifest {
	struct manifest_file files[MANIFEST_FILES];
	unsigned int n;
};

/* True for a name that a manifest may have: letters, digits, ".", "-" and "_", none first but
 * these. */
bool manifest_is_name(const char *name);
/* NULL if the manifest has no such file. */
const struct manifest_file *manifest_find(const struct manifest *m, const char *name);
/* Adds the file @name of the folder @dir as it is now. Returns 0 or -errno. */
int manifest_add(struct manifest *m, int dir, const char *name) must_check;
/*
 * Reads a manifest, which is not trusted. Returns 0, or -EBADMSG with the reason in @why: a line
 * that is none, a name that leads out of the folder or is there twice, too many files.
 */
int manifest_parse(const char *text, struct manifest *m, char *why, size_t size) must_check;
/* The files alone, without a word on a report. Caller frees, NULL without memory. */
char *manifest_format_plain(const struct manifest *m) must_check;
/* As text, with facts of @report as comments. Caller frees, NULL without memory. */
char *manifest_format(const struct manifest *m, const json_t *report) must_check;

#endif
