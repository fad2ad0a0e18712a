/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signing a report: whose key, and the files beside the report that a signature needs. What fails
 * here costs a run its signature at most. docs/signatures.md says what it proves.
 */
#ifndef VFPROOF_REPORT_SIGN_H
#define VFPROOF_REPORT_SIGN_H

#include <jansson.h>
#include "base/minisig.h"
#include "journal/store.h"

#define SIGN_KEY "vfproof.key" /* at the top of the stick */
#define SIGN_PUBLIC "vfproof.pub" /* beside it */

struct stick;

struct signer {
	bool has_key;
	struct minisig_secret secret;
	struct minisig_public key;
	const char *origin; /* "overlay" or "stick" */
	char problem[200]; /* why there is no key, or what is wrong beside it; "" nothing */
};

/*
 * Takes the overlay's key; without one the stick's, which is made if there is none. signer_close()
 * in any case.
 */
void signer_open(struct signer *s, const struct sysroot *root, const struct stick *stick);
void signer_close(struct signer *s);
/* The event of the journal that says whose key it is. Caller owns the result. */
json_t *signer_to_json(const struct signer *s) must_check;

/*
 * Writes manifest, public key and signature of the files that are in a run's folder: of @names (up
 * to a NULL) those that are there. To be called last: whatever is written to the folder after that
 * has to have store_drop_manifest() before it. @memory_only: of what is in memory, and not on the
 * stick. Returns 0, or -errno with the files removed and the reason in @why.
 */
int sign_folder(const struct signer *s, struct store *store, bool memory_only,
		const char *const *names, const json_t *report, char *why, size_t size) must_check;

#endif
