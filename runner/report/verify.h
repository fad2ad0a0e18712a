/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vfproof report --verify`: whether the files of a report's folder are those that were signed.
 */
#ifndef VFPROOF_REPORT_VERIFY_H
#define VFPROOF_REPORT_VERIFY_H

#include "base/util.h"

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
/* The command with all of its arguments. Returns the exit status; -EINVAL for wrong use. */
int verify_main(int argc, char **argv) must_check;

#endif
