/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One setting as a typed row: from the row follow its parser, how it is shown, and what is allowed
 * in words. settings.c has the table of all of them.
 */
#ifndef VFPROOF_MODEL_SETTING_H
#define VFPROOF_MODEL_SETTING_H

#include <jansson.h>
#include "base/util.h"

struct settings;

/* A word of a setting and what it stands for; the last of a list has no name. */
struct setting_word {
	const char *name;
	unsigned int value;
};

enum setting_kind {
	SETTING_NUMBER, /* unsigned int: a decimal number from min to max */
	SETTING_WORD, /* an enum or a bool: one of words */
	SETTING_WORDS, /* unsigned int, a bit for each: some of words with commas between, or "all"
			*/
	SETTING_TEXT, /* char[]: what valid() is true for */
	SETTING_OTHER, /* what parse() and show() make of it */
};

struct setting {
	const char *name;
	const char *initial; /* the value if none is given; NULL: all bits zero */
	enum setting_kind kind;
	size_t offset, size; /* of its member of struct settings, but for SETTING_OTHER */
	unsigned int min, max;
	const struct setting_word *words;
	const char *allowed; /* in words, for SETTING_TEXT and SETTING_OTHER; goes on after words */
	bool (*valid)(const char *value);
	int (*parse)(struct settings *s, const char *value); /* 0 or -EINVAL with @s unchanged */
	json_t *(*show)(const struct settings *s); /* without secrets */
};

/* Takes @value into the setting's member of @s. Returns 0, or -EINVAL with @s unchanged. */
int setting_parse(const struct setting *setting, struct settings *s, const char *value) must_check;
/* The value in force as a number or a text, without secrets. Caller owns the result. */
json_t *setting_show(const struct setting *setting, const struct settings *s);
/* What is allowed, as messages and docs/settings.md have it: "a number from 0 to 16". */
void setting_allowed(const struct setting *setting, char *buf, size_t size);

/* The first @len characters of @text in @words; NULL if they are no word of it. */
const struct setting_word *setting_find_word(const struct setting_word *words, const char *text,
					     size_t len);
/* The word that stands for @value. */
const char *setting_word_name(const struct setting_word *words, unsigned int value);

#endif
