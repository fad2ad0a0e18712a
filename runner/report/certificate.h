/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificate: one page that says what a report has shown of a host, and what it was shown
 * with. It is made from the report alone and has no time of its own, so that it can be made again
 * and compared: docs/readiness.md.
 */
#ifndef VFPROOF_REPORT_CERTIFICATE_H
#define VFPROOF_REPORT_CERTIFICATE_H

#include <jansson.h>
#include <stdio.h>
#include "base/sha256.h"

#define CERTIFICATE_TEXT "certificate.txt"
#define CERTIFICATE_HTML "certificate.html"

/* The report that it is made from. */
struct certificate_source {
	const char *name; /* "report.json" or "journal.jsonl" */
	char sha256[SHA256_HEX];
	uint64_t size;
	const char *signature; /* in words */
	bool anonymous;
};

/*
 * {verdict, class, machine, sections: [{title, rows: [[name, text], ...]}]}: what both forms show.
 * Caller owns the result, NULL without memory.
 */
json_t *certificate_make(const json_t *report, const struct certificate_source *source) must_check;
int certificate_put_text(FILE *f, const json_t *certificate) must_check;
int certificate_put_html(FILE *f, const json_t *certificate) must_check;

/*
 * In what the appliance was not the plain released image, or that this is not known: texts. Empty:
 * it was. Caller owns the result.
 */
json_t *certificate_deviations(const json_t *report) must_check;
/*
 * What in a report contradicts its own verdict, so that nothing is certified by it, in @why; false:
 * nothing.
 */
bool certificate_contradicts(const json_t *report, char *why, size_t size);

#endif
