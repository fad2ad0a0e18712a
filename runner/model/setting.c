/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of settings: a function each to parse, to show and to describe it.
 */
#include "model/setting.h"

#include <errno.h>
#include <string.h>
#include "base/secret.h"

const struct setting_word *setting_find_word(const struct setting_word *words, const char *text,
					     size_t len)
{
	for (; words->name; words++)
		if (strlen(words->name) == len && memcmp(words->name, text, len) == 0)
			return words;
	return NULL;
}

const char *setting_word_name(const struct setting_word *words, unsigned int value)
{
	while (words->name && words->value != value)
		words++;
	return words->name;
}

static void *member(const struct setting *setting, struct settings *s)
{
	return (char *)s + setting->offset;
}

static const void *const_member(const struct setting *setting, const struct settings *s)
{
	return (const char *)s + setting->offset;
}

static int parse_number(const struct setting *setting, const char *value, unsigned int *out)
{
	uint64_t number;

	if (strchr(value, '\n') || util_parse_u64(value, 10, setting->max, &number) < 0 ||
	    number < setting->min)
		return -EINVAL;
	*out = (unsigned int)number;
	return 0;
}

static int parse_word(const struct setting *setting, const char *value, void *out)
{
	const struct setting_word *word = setting_find_word(setting->words, value, strlen(value));

	if (!word)
		return -EINVAL;
	if (setting->size == sizeof(bool))
		*(bool *)out = word->value;
	else
		*(unsigned int *)out = word->value;
	return 0;
}

/* WORD[,WORD...] or "all". */
static int parse_words(const struct setting *setting, const char *value, unsigned int *out)
{
	const struct setting_word *word;
	unsigned int set = 0;
	size_t len;

	if (strcmp(value, "all") == 0) {
		for (word = setting->words; word->name; word++)
			set |= 1u << word->value;
		*out = set;
		return 0;
	}
	for (;; value += len + 1) {
		len = strcspn(value, ",");
		word = setting_find_word(setting->words, value, len);
		if (!word)
			return -EINVAL;
		set |= 1u << word->value;
		if (value[len] == '\0')
			break;
	}
	*out = set;
	return 0;
}

static int parse_text(const struct setting *setting, const char *value, char *out)
{
	if (strlen(value) >= setting->size || !setting->valid(value))
		return -EINVAL;
	util_strlcpy(out, setting->size, value);
	return 0;
}

int setting_parse(const struct setting *setting, struct settings *s, const char *value)
{
	switch (setting->kind) {
	case SETTING_NUMBER:
		return parse_number(setting, value, member(setting, s));
	case SETTING_WORD:
		return parse_word(setting, value, member(setting, s));
	case SETTING_WORDS:
		return parse_words(setting, value, member(setting, s));
	case SETTING_TEXT:
		return parse_text(setting, value, member(setting, s));
	case SETTING_OTHER:
		break;
	}
	return setting->parse(s, value);
}

static json_t *show_words(const struct setting *setting, unsigned int set)
{
	const struct setting_word *word;
	char text[200] = "";

	for (word = setting->words; word->name; word++) {
		size_t len = strlen(text);

		if (set & 1u << word->value)
			util_format(text + len, sizeof(text) - len, "%s%s", len ? "," : "",
				    word->name);
	}
	return json_string(text);
}

static json_t *show_word(const struct setting *setting, const void *value)
{
	bool flag = setting->size == sizeof(bool);
	unsigned int n = flag ? *(const bool *)value : *(const unsigned int *)value;

	return json_string(setting_word_name(setting->words, n));
}

/* Whether it is a secret, secret_hide_value() knows by the setting's name. */
static json_t *show_text(const struct setting *setting, const char *text)
{
	char shown[1024];

	return json_string(secret_hide_value(setting->name, text, shown, sizeof(shown)));
}

json_t *setting_show(const struct setting *setting, const struct settings *s)
{
	const void *value = const_member(setting, s);

	switch (setting->kind) {
	case SETTING_NUMBER:
		return json_integer(*(const unsigned int *)value);
	case SETTING_WORD:
		return show_word(setting, value);
	case SETTING_WORDS:
		return show_words(setting, *(const unsigned int *)value);
	case SETTING_TEXT:
		return show_text(setting, value);
	case SETTING_OTHER:
		break;
	}
	return setting->show(s);
}

/* "a, b or c"; of which several may be given: "a, b, c, separated by commas, or all". */
static void describe_words(const struct setting *setting, char *buf, size_t size)
{
	const char *last = setting->kind == SETTING_WORDS ? ", " : " or ";
	const struct setting_word *word;

	buf[0] = '\0';
	for (word = setting->words; word->name; word++) {
		const char *before = word == setting->words ? "" : word[1].name ? ", " : last;
		size_t len = strlen(buf);

		util_format(buf + len, size - len, "%s%s", before, word->name);
	}
	if (setting->kind == SETTING_WORDS)
		util_format(buf + strlen(buf), size - strlen(buf), ", separated by commas, or all");
}

void setting_allowed(const struct setting *setting, char *buf, size_t size)
{
	switch (setting->kind) {
	case SETTING_NUMBER:
		util_format(buf, size, "a number from %u to %u", setting->min, setting->max);
		break;
	case SETTING_WORD:
	case SETTING_WORDS:
		describe_words(setting, buf, size);
		break;
	default:
		buf[0] = '\0';
		if (setting->words)
			describe_words(setting, buf, size);
		util_format(buf + strlen(buf), size - strlen(buf), "%s", setting->allowed);
	}
}
