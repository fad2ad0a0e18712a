/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root cause: the tables of configs/advice.ini (label -> cause and fix) and configs/symptoms.ini
 * (kernel message or tool's text -> severity and label), linked in.
 */
#ifndef VFPROOF_CORE_ADVICE_H
#define VFPROOF_CORE_ADVICE_H

#include "core/util.h"
#include "core/verdict.h"

struct advice {
	const char *label, *cause, *fix;
};

struct symptom {
	const char *id; /* section name, such as "dmar_fault" */
	const char *match; /* glob over the whole text, as given */
	const char *label; /* key of configs/advice.ini */
	enum verdict severity; /* VERDICT_FAIL, VERDICT_WARN; VERDICT_PASS: known and harmless */
};

/* Parses both tables once. Returns 0, or -EINVAL with the wrong line logged. */
int advice_load(void) must_check;
/* The same from texts in place of the linked tables, for tests. */
int advice_load_texts(const char *advice, const char *symptoms) must_check;
/* NULL if the label is unknown. Borrowed. */
const struct advice *advice_find(const char *label);
/* First symptom in file order whose pattern matches @text; NULL if none. Borrowed. */
const struct symptom *symptom_match(const char *text);

#endif
