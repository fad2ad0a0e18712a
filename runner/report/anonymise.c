/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/anonymise.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/sha256.h"
#include "journal/member.h"

#define MARK "anon-"
#define DIGITS 12 /* of a hash that are shown */
#define MIN_PAIRS 6 /* of a MAC address */
#define MAX_DEPTH 16

struct secrets {
	json_t *found; /* in lower case, as keys */
	const char *salt;
};

static bool is_named_secret(const char *name, size_t len)
{
	return strcasestr(name, "serial") || strcasestr(name, "uuid") ||
	       strcasecmp(name, "mac") == 0 || strncasecmp(name, "mac_", 4) == 0 ||
	       strncasecmp(name, "mac.", 4) == 0 ||
	       (len > 3 && !isalnum((unsigned char)name[len - 4]) &&
		strcasecmp(name + len - 3, "mac") == 0);
}

/* @name: NULL where names say nothing. */
static bool is_secret_name(const char *name)
{
	const size_t len = name ? strlen(name) : 0;

	return len > 0 && is_named_secret(name, len);
}

/* What a member of @key is called, below one that is called @above: settings have other names. */
static const char *name_below(const char *above, const char *key)
{
	return above && strcmp(key, "settings") != 0 ? key : NULL;
}

/* In lower case, and without the characters of @skip. Caller frees. */
static char *fold(const char *text, size_t len, const char *skip)
{
	char *out = malloc(len + 1), *to = out;

	for (; out && len > 0; text++, len--)
		if (!strchr(skip, *text))
			*to++ = (char)tolower((unsigned char)*text);
	if (out)
		*to = '\0';
	return out;
}

static void add_key(json_t *found, char *key)
{
	if (key && key[0])
		json_object_set_new(found, key, json_true());
	free(key);
}

/* A MAC address also as it is written without colons. */
static void add_secret(json_t *found, const char *text)
{
	const size_t len = strlen(text);

	if (len < ANONYMISE_MIN)
		return;
	add_key(found, fold(text, len, ""));
	if (len == 17 && strspn(text, "0123456789abcdefABCDEF:") == len)
		add_key(found, fold(text, len, ":"));
}

static void collect(json_t *found, const json_t *value, const char *name, int depth)
{
	const json_t *child;
	const char *key;
	size_t i;

	if (depth > MAX_DEPTH)
		return;
	if (json_is_string(value) && is_secret_name(name))
		add_secret(found, json_string_value(value));
	json_array_foreach (value, i, child)
		collect(found, child, name, depth + 1);
	/* Evidence says its name in a member. */
	if (json_is_object(value) && is_secret_name(member_text(value, "key")))
		add_secret(found, member_text(value, "value"));
	json_object_foreach ((json_t *)value, key, child)
		collect(found, child, name_below(name, key), depth + 1);
}

/* Length of a MAC address, or of a longer address of the same form, at @text; 0 if there is none.
 */
static size_t pairs_length(const char *text)
{
	const char *p = text;
	unsigned int n = 0;
	char between = '\0';

	while (isxdigit((unsigned char)p[0]) && isxdigit((unsigned char)p[1])) {
		n++;
		p += 2;
		if ((*p != ':' && *p != '-') || (between && *p != between) ||
		    !isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]))
			break;
		between = *p++;
	}
	return n >= MIN_PAIRS && !isalnum((unsigned char)*p) ? (size_t)(p - text) : 0;
}

static size_t uuid_length(const char *text)
{
	static const unsigned int groups[] = { 8, 4, 4, 4, 12 };
	const char *p = text;
	size_t i;
	unsigned int k;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		for (k = 0; k < groups[i]; k++)
			if (!isxdigit((unsigned char)*p++))
				return 0;
		if (i + 1 < ARRAY_SIZE(groups) && *p++ != '-')
			return 0;
	}
	return isalnum((unsigned char)*p) ? 0 : (size_t)(p - text);
}

/* Length of the longest secret at @text, as a word; 0 if there is none. */
static size_t known_length(json_t *found, const char *text)
{
	size_t best = 0;
	const char *secret;
	json_t *value;

	json_object_foreach (found, secret, value) {
		const size_t len = strlen(secret);

		if (len > best && strncasecmp(text, secret, len) == 0 &&
		    !isalnum((unsigned char)text[len]))
			best = len;
	}
	return best;
}

/* Length of what is secret at @text, where a word begins. */
static size_t secret_length(json_t *found, const char *text)
{
	size_t len = known_length(found, text);

	if (len == 0)
		len = pairs_length(text);
	return len ? len : uuid_length(text);
}

static bool begins_word(const char *text, const char *p)
{
	return p == text || !isalnum((unsigned char)p[-1]);
}

static void put_hash(FILE *f, const struct secrets *s, const char *text, size_t len)
{
	_cleanup_free_ char *folded = fold(text, len, ":-"), *salted = NULL;
	char hex[SHA256_HEX] = "";

	if (folded && asprintf(&salted, "%s\n%s", s->salt, folded) >= 0 &&
	    sha256_of_text(salted, hex) == 0)
		fprintf(f, MARK "%.*s", DIGITS, hex);
	else
		fputs(MARK "unknown", f);
}

/* @whole: all of it is secret. */
static json_t *change_text(const struct secrets *s, const char *text, bool whole)
{
	char *out = NULL;
	const char *p;
	json_t *value;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	bool failed;

	if (!f)
		return NULL;
	if (whole && text[0])
		put_hash(f, s, text, strlen(text));
	for (p = text; !whole && *p;) {
		const size_t len = begins_word(text, p) ? secret_length(s->found, p) : 0;

		if (len > 0)
			put_hash(f, s, p, len);
		else
			fputc(*p, f);
		p += len ? len : 1;
	}
	failed = ferror(f);
	failed |= fclose(f) == EOF;
	value = failed ? NULL : json_string(out);
	free(out);
	return value;
}

static json_t *change(const struct secrets *s, const json_t *value, const char *name, int depth);

static json_t *change_object(const struct secrets *s, const json_t *value, const char *above,
			     int depth)
{
	const bool evidence = is_secret_name(member_text(value, "key"));
	json_t *out = json_object(), *child;
	const char *key;

	json_object_foreach ((json_t *)value, key, child) {
		const char *name =
			evidence && strcmp(key, "value") == 0 ? "serial" : name_below(above, key);

		if (json_object_set_new(out, key, change(s, child, name, depth)) < 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static json_t *change(const struct secrets *s, const json_t *value, const char *name, int depth)
{
	json_t *out, *child;
	size_t i;

	if (depth > MAX_DEPTH)
		return json_null();
	if (json_is_string(value))
		return change_text(s, json_string_value(value), is_secret_name(name));
	if (json_is_object(value))
		return change_object(s, value, name, depth + 1);
	if (!json_is_array(value))
		return json_deep_copy(value);
	out = json_array();
	json_array_foreach (value, i, child)
		if (json_array_append_new(out, change(s, child, name, depth + 1)) < 0) {
			json_decref(out);
			return NULL;
		}
	return out;
}

json_t *anonymise(const json_t *report, const char *salt)
{
	struct secrets s = { json_object(), salt };
	json_t *out;

	if (!s.found)
		return NULL;
	collect(s.found, report, "", 0);
	out = change(&s, report, "", 0);
	json_decref(s.found);
	return out;
}

bool anonymise_leaks(const json_t *report, const char *text)
{
	json_t *found = json_object();
	bool leaks = !found;
	const char *p;

	collect(found, report, "", 0);
	for (p = text; *p && !leaks; p++)
		leaks = begins_word(text, p) && secret_length(found, p) > 0;
	json_decref(found);
	return leaks;
}
