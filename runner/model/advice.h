/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root cause: the tables of configs/advice.ini (label -> cause and fix) and configs/symptoms.ini
 * (what was seen -> severity and label), linked in.
 */
#ifndef VFPROOF_MODEL_ADVICE_H
#define VFPROOF_MODEL_ADVICE_H

#include "base/util.h"
#include "model/verdict.h"

struct advice {
	const char *label, *cause, *fix;
};

/* What a symptom's text is. */
enum symptom_kind {
	SYMPTOM_KERNEL, /* a message of the kernel, the host's or a guest's */
	SYMPTOM_ERRNO, /* "OPERATION ERRNO DRIVER", such as "sriov_numvfs ENOMEM igb" */
	SYMPTOM_QEMU, /* a line that QEMU wrote, or the text of a QMP error */
	SYMPTOM_STATE, /* a fact that the runner found, in its own words */
	SYMPTOM_KIND_COUNT,
};

/* Which of several symptoms is the likeliest cause of it all: the first of these. */
enum symptom_rank {
	RANK_ROOT, /* others follow from it, also long after it was seen */
	RANK_DIRECT, /* unless the table says otherwise */
	RANK_EFFECT, /* follows from others, if there are any */
};

struct symptom {
	const char *id; /* section name, such as "dmar_fault" */
	enum symptom_kind kind;
	const char *match; /* glob over the whole text, as given */
	const char *needle; /* the longest text that is in all that @match matches; "" for none */
	const char *label; /* key of configs/advice.ini */
	enum verdict severity; /* VERDICT_FAIL, VERDICT_WARN; VERDICT_PASS: known and harmless */
	bool hint; /* harmless by itself, but it explains a failure; comes after all other causes */
	enum symptom_rank rank;
};

/* Parses both tables once. Returns 0, or -EINVAL with the wrong line logged. */
int advice_load(void) must_check;
/* The same from texts in place of the linked tables, for tests. */
int advice_load_texts(const char *advice, const char *symptoms) must_check;
/* NULL if the label is unknown. Borrowed. */
const struct advice *advice_find(const char *label);
/* First symptom of that kind in file order whose pattern matches @text; NULL if none. Borrowed. */
const struct symptom *symptom_match(enum symptom_kind kind, const char *text);
/* True if the text is one of @s's, whatever other symptoms say. */
bool symptom_is(const struct symptom *s, const char *text);
/* By position in the file; NULL after the last. Borrowed. */
const struct symptom *symptom_get(unsigned int i);
/* True if @a explains more than @b does: by rank, then by severity. */
bool symptom_is_before(const struct symptom *a, const struct symptom *b);

#endif
