/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 (FIPS 180-4) of files, which are never in memory as a whole.
 */
#ifndef VFPROOF_BASE_SHA256_H
#define VFPROOF_BASE_SHA256_H

#include "base/util.h"

#define SHA256_HEX 65 /* room for its 64 digits */

/*
 * Reads @fd to its end, and writes what it reads to @to as well (-1: nowhere). Returns 0 or -errno;
 * -EFBIG if there are more than @max bytes.
 */
int sha256_of_fd(int fd, int to, uint64_t max, uint64_t *size, char hex[SHA256_HEX]) must_check;
/*
 * The same of the regular file @path below the directory @dirfd: no link is followed, and nothing
 * outside of it is read (base/beneath.h). -EINVAL: it is no file.
 */
int sha256_of_file(int dirfd, const char *path, uint64_t max, uint64_t *size,
		   char hex[SHA256_HEX]) must_check;
/* Of a text. */
int sha256_of_text(const char *text, char hex[SHA256_HEX]) must_check;
/* The same in base64, as a Content-Security-Policy has it. */
#define SHA256_BASE64 45
int sha256_base64_of_text(const char *text, char base64[SHA256_BASE64]) must_check;

#endif
