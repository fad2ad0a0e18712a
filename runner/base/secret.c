/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds secrets in command lines by the names of their parameters, and in URLs by their form. In
 * doubt too much is hidden.
 */
#include "base/secret.h"

#include <ctype.h>
#include <string.h>

struct output {
	char *buf;
	size_t size, len;
};

static void put(struct output *o, const char *text, size_t len)
{
	size_t room = o->size - 1 - o->len;

	if (len > room)
		len = room;
	memcpy(o->buf + o->len, text, len);
	o->len += len;
	o->buf[o->len] = '\0';
}

static void put_mark(struct output *o)
{
	put(o, SECRET_MARK, strlen(SECRET_MARK));
}

/* memmem() for a text in a name, in which case and "-" or "_" do not matter. */
static bool has_word(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= len; i++)
		if (strncasecmp(name + i, word, n) == 0)
			return true;
	return false;
}

/* The same for what must be a word by itself, or the name's end. */
static bool has_whole_word(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= len; i++)
		if (strncasecmp(name + i, word, n) == 0 &&
		    (i == 0 || !isalnum((unsigned char)name[i - 1])) &&
		    (i + n == len || !isalnum((unsigned char)name[i + n])))
			return true;
	return len >= n && strncasecmp(name + len - n, word, n) == 0;
}

static bool name_is_secret(const char *name, size_t len)
{
	static const char *const words[] = { "auth", "passw",  "passphrase", "token", "secret",
					     "cred", "apikey", "pwd",	     "psk" };
	/* Not anywhere: iommu.passthrough is no secret, nor are keyboard and hwpwm. */
	static const char *const whole_words[] = { "pass", "pw", "key", "pin" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (has_word(name, len, words[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(whole_words); i++)
		if (has_whole_word(name, len, whole_words[i]))
			return true;
	return false;
}

/* Settings whose every "@" ends a user and password, even if the scheme was forgotten. */
static bool name_takes_urls(const char *name, size_t len)
{
	return has_word(name, len, "sink");
}

/* The length of the list's first element: a comma may also be a part of a password. */
static size_t element_len(const char *text, size_t len)
{
	size_t i, k;

	for (i = 0; i < len; i++) {
		if (text[i] != ',')
			continue;
		for (k = i + 1; k < len && isalnum((unsigned char)text[k]); k++)
			;
		if (k > i + 1 && len - k >= 3 &&
		    (memcmp(text + k, "://", 3) == 0 || memcmp(text + i + 1, "dir:", 4) == 0))
			return i;
	}
	return len;
}

/* One URL, or what should be one. @always: a scheme may be missing. */
static void put_url(struct output *o, const char *text, size_t len, bool always)
{
	const char *scheme = memmem(text, len, "://", 3), *at, *query;
	size_t head = scheme ? (size_t)(scheme - text) + 3 : 0;

	if (!scheme && !always) {
		put(o, text, len);
		return;
	}
	put(o, text, head);
	text += head;
	len -= head;
	at = memrchr(text, '@', len);
	if (at) {
		put_mark(o);
		len -= (size_t)(at - text);
		text = at;
	}
	query = memchr(text, '?', len);
	put(o, text, query ? (size_t)(query - text) + 1 : len);
	if (query)
		put_mark(o);
}

static void put_value(struct output *o, const char *name, size_t name_len, const char *value,
		      size_t len)
{
	const bool always = name_takes_urls(name, name_len);

	if (name_is_secret(name, name_len)) {
		if (len > 0)
			put_mark(o);
		return;
	}
	while (len > 0) {
		size_t n = element_len(value, len);

		put_url(o, value, n, always);
		value += n;
		len -= n;
		if (len > 0) {
			put(o, value++, 1);
			len--;
		}
	}
}

/* The length of a parameter: white space ends it, unless it is quoted. */
static size_t parameter_len(const char *p)
{
	bool quoted = false;
	size_t n;

	for (n = 0; p[n] && (quoted || !isspace((unsigned char)p[n])); n++)
		if (p[n] == '"')
			quoted = !quoted;
	return n;
}

/* "NAME=VALUE", with quotes around the whole or around the value, or another word. */
static void put_parameter(struct output *o, const char *p, size_t len)
{
	const char *equals;
	size_t name, quote = 0;

	if (len > 0 && *p == '"') {
		put(o, p++, 1);
		len--;
		quote = len > 0 && p[len - 1] == '"';
	}
	equals = memchr(p, '=', len);
	if (!equals) {
		put_url(o, p, len - quote, false);
		put(o, "\"", quote);
		return;
	}
	name = (size_t)(equals - p);
	put(o, p, name + 1);
	equals++;
	len -= name + 1;
	if (len > 0 && *equals == '"' && !quote) {
		put(o, equals++, 1);
		len--;
		quote = len > 0 && equals[len - 1] == '"';
	}
	put_value(o, p, name, equals, len - quote);
	put(o, "\"", quote);
}

void secret_hide(char *text, size_t size)
{
	_cleanup_free_ char *copy = strdup(text);
	struct output o = { text, size, 0 };
	const char *p = copy;

	text[0] = '\0';
	if (!copy)
		return; /* nothing is better than too much */
	while (*p) {
		size_t len = parameter_len(p);

		put_parameter(&o, p, len);
		p += len;
		for (; *p && isspace((unsigned char)*p); p++)
			put(&o, p, 1);
	}
}

char *secret_hide_value(const char *name, const char *value, char *buf, size_t size)
{
	struct output o = { buf, size, 0 };

	buf[0] = '\0';
	put_value(&o, name, strlen(name), value, strlen(value));
	return buf;
}
