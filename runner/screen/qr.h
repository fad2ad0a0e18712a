/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QR code (ISO/IEC 18004) of the result, small enough for a text screen of 25 rows.
 */
#ifndef VFPROOF_SCREEN_QR_H
#define VFPROOF_SCREEN_QR_H

#include <jansson.h>
#include "base/util.h"

#define QR_MAX_VERSION 5
#define QR_MAX_SIZE (17 + 4 * QR_MAX_VERSION) /* modules */
#define QR_MAX_TEXT 160 /* what its largest version can hold of capital letters, and the end */

struct qr {
	unsigned int size; /* modules in a row, without the light margin; 0: there is no code */
	bool dark[QR_MAX_SIZE][QR_MAX_SIZE];
	char text[QR_MAX_TEXT]; /* what it says */
};

/*
 * Makes the code of a report: verdict, counts and level as in the result line, the host's serial
 * number, and the beginning of @manifest, which is the SHA-256 of the report's MANIFEST ("": there
 * is none). All in capital letters, of which a code holds the most. What there is no room for is
 * left out: the serial number first, then half of the digits. False: it cannot be made.
 */
bool qr_of_report(struct qr *qr, const json_t *report, const char *manifest);

#endif
