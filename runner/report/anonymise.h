/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report without what names one machine: serial numbers, UUIDs and MAC addresses become hashes
 * with a salt. The same one becomes the same hash, so that the parts of a report, and the reports
 * of one salt, can still be put together. Whoever has the salt can find out what a hash stands for
 * by trying all MAC addresses: it is a secret.
 */
#ifndef VFPROOF_REPORT_ANONYMISE_H
#define VFPROOF_REPORT_ANONYMISE_H

#include <jansson.h>
#include "base/util.h"

#define ANONYMISE_MIN 4 /* a shorter serial number is replaced where it stands alone only */

/*
 * A copy of @report with all its texts changed. What is secret: each text whose member, or
 * evidence, is named serial, uuid or mac, wherever it is quoted; and whatever has the form of a MAC
 * address (six or more pairs of hexadecimal digits) or of a UUID. Caller owns the result, NULL
 * without memory.
 */
json_t *anonymise(const json_t *report, const char *salt) must_check;
/* True if @text has one of @report's secrets in it, or anything of the form of one. */
bool anonymise_leaks(const json_t *report, const char *text);

#endif
