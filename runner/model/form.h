/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of the report that are files of its folder, as plain data. A form is added by a row
 * here and a file in report/ with its function, report_put_NAME().
 */
#ifndef VFPROOF_MODEL_FORM_H
#define VFPROOF_MODEL_FORM_H

/* X(ID, name, file, its media type) */
#define FORMS(X)                                         \
	X(TEXT, text, "report.txt", "text/plain")        \
	X(JSON, json, "report.json", "application/json") \
	X(HTML, html, "report.html", "text/html")        \
	X(JUNIT, junit, "junit.xml", "application/xml")  \
	X(KTAP, ktap, "report.ktap", "text/plain")       \
	X(OCP, ocp, "ocp.jsonl", "application/jsonl")    \
	X(LAVA, lava, "lava.txt", "text/plain")

#define FORM_ENUM(id, name, file, type) FORM_##id,
#define FORM_WORD(id, name, file, type) #name ", "

enum form_id { FORMS(FORM_ENUM) FORM_FILES };

/* "text, json, ..., lava, " for messages. */
#define FORM_NAMES FORMS(FORM_WORD)
/* Sets of forms. */
#define FORM_BIT(id) (1u << (id))
#define FORM_ALL (FORM_BIT(FORM_FILES) - 1)

#endif
