/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the files of a folder, of a report or of a certificate, are those that were signed.
 */
#ifndef VFPROOF_REPORT_VERIFY_H
#define VFPROOF_REPORT_VERIFY_H

#include "base/minisig.h"

enum verify_status {
	VERIFY_GOOD, /* all files are as they were signed */
	VERIFY_ALTERED, /* one is not, is missing or was added, or the signature is bad */
	VERIFY_UNKNOWN, /* there is no manifest, no signature or no key to go by */
	VERIFY_FAILED, /* the folder cannot be read */
};

/*
 * Checks the folder opened as @dir, which is not trusted, and says on @f what it finds, line by
 * line.
 * @key: the text of a public key's file, which came by another way; NULL: the one in the folder.
 */
enum verify_status verify_folder(FILE *f, int dir, const char *key) must_check;
/* The same; @id gets the key's ID if the signature is good, else "". */
enum verify_status verify_folder_by(FILE *f, int dir, const char *key,
				    char id[MINISIG_ID_TEXT]) must_check;
#endif
