/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/qr.h"

#include <ctype.h>
#include <errno.h>
#include <qrencode.h>
#include <string.h>
#include "journal/member.h"
#include "report/levels.h"
#include "report/report.h"

#define MAX_SERIAL 20

/* The digits of the manifest and the error correction to be tried, the best first. */
static const struct {
	int digits;
	bool serial;
	QRecLevel correction;
} choices[] = {
	{ 32, true, QR_ECLEVEL_M },
	{ 32, true, QR_ECLEVEL_L },
	{ 32, false, QR_ECLEVEL_L },
	{ 16, false, QR_ECLEVEL_L },
};

/* Adds what the code's mode for capital letters has, and "-" for what it has not. */
static void add(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	for (; *more && len + 1 < size; more++) {
		const char c = (char)toupper((unsigned char)*more);

		if (c == '(' || c == ')')
			continue;
		text[len++] = isascii((unsigned char)c) &&
					      (isalnum((unsigned char)c) || strchr(" $%*+-./:", c))
				      ? c
				      : '-';
	}
	text[len] = '\0';
}

/* Counts that are zero say nothing. */
static void add_counts(char *text, size_t size, const json_t *counts)
{
	enum verdict v;
	char word[40];

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		const json_int_t n = member_number(counts, verdict_name(v));

		if (n <= 0)
			continue;
		util_format(word, sizeof(word), " %s:%lld", verdict_name(v), (long long)n);
		add(text, size, word);
	}
}

/* @digits: of the manifest. */
static void make_text(char *text, size_t size, const json_t *report, const char *manifest,
		      int digits, bool with_serial)
{
	const char *serial = member_text(json_object_get(report, "host"), "serial");
	const char *level = levels_highest(report);
	char word[80];

	text[0] = '\0';
	add(text, size, "VFPROOF: ");
	add(text, size, member_text(report, "verdict"));
	if (report_is_quick(report))
		add(text, size, " PLAN:QUICK");
	add_counts(text, size, json_object_get(report, "counts"));
	util_format(word, sizeof(word), " LEVEL:%.20s", level ? level : "");
	if (level)
		add(text, size, word);
	util_format(word, sizeof(word), " HOST:%.*s", MAX_SERIAL, serial);
	if (with_serial && serial[0])
		add(text, size, word);
	util_format(word, sizeof(word), " MANIFEST:%.*s", digits, manifest[0] ? manifest : "none");
	add(text, size, word);
}

static void take(struct qr *qr, const QRcode *code)
{
	unsigned int y, x;

	qr->size = (unsigned int)code->width;
	for (y = 0; y < qr->size; y++)
		for (x = 0; x < qr->size; x++)
			qr->dark[y][x] = code->data[y * qr->size + x] & 1;
}

bool qr_of_report(struct qr *qr, const json_t *report, const char *manifest)
{
	char text[512];
	size_t i;

	*qr = (struct qr){ 0 };
	for (i = 0; i < ARRAY_SIZE(choices) && qr->size == 0; i++) {
		QRcode *code = NULL;

		make_text(text, sizeof(text), report, manifest, choices[i].digits,
			  choices[i].serial);
		if (strlen(text) < sizeof(qr->text))
			code = QRcode_encodeString(text, 0, choices[i].correction, QR_MODE_8, 1);
		if (code && code->version <= QR_MAX_VERSION) {
			util_strlcpy(qr->text, sizeof(qr->text), text);
			take(qr, code);
		}
		QRcode_free(code);
	}
	return qr->size > 0;
}
