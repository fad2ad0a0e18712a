/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the figures out of a line of evidence. Evidence is text for people; a number counts only
 * where it stands by itself and its unit is known, from the word after it or from the key's end.
 */
#include "report/figure.h"

#include <ctype.h>
#include <string.h>

#define MAX_DIGITS 18
#define SAMPLES_MAX 1e9

static const struct figure_unit units[] = {
	{ "ns", FIGURE_TIME, 1e-9, "_ns" },	  { "us", FIGURE_TIME, 1e-6, "_us" },
	{ "ms", FIGURE_TIME, 1e-3, "_ms" },	  { "s", FIGURE_TIME, 1, "_s" },
	{ "b/s", FIGURE_BITS, 1, "_bps" },	  { "kb/s", FIGURE_BITS, 1e3, "_kbps" },
	{ "Mb/s", FIGURE_BITS, 1e6, "_mbps" },	  { "Gb/s", FIGURE_BITS, 1e9, "_gbps" },
	{ "Mbit/s", FIGURE_BITS, 1e6, NULL },	  { "Gbit/s", FIGURE_BITS, 1e9, NULL },
	{ "kB/s", FIGURE_BITS, 8e3, NULL },	  { "MB/s", FIGURE_BITS, 8e6, NULL },
	{ "GB/s", FIGURE_BITS, 8e9, NULL },	  { "MT/s", FIGURE_TRANSFERS, 1e6, "_mtps" },
	{ "frames/s", FIGURE_FRAMES, 1, "_fps" }, { "packets/s", FIGURE_FRAMES, 1, "_pps" },
	{ "pps", FIGURE_FRAMES, 1, NULL },	  { "kpps", FIGURE_FRAMES, 1e3, NULL },
	{ "Mpps", FIGURE_FRAMES, 1e6, NULL },
};

const char *figure_kind_unit(enum figure_kind kind)
{
	static const char *const names[FIGURE_KINDS] = { "s", "b/s", "frames/s", "T/s" };

	return names[kind];
}

double figure_base(const struct figure *figure)
{
	return figure->value * figure->unit->factor;
}

const struct figure_unit *figure_unit_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

/* The unit that @text begins with as a whole word. */
static const struct figure_unit *unit_at(const char *text)
{
	size_t len = strcspn(text, " ,;:()"), i;

	if (len > 1 && text[len - 1] == '.')
		len--; /* the end of a sentence */
	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0)
			return &units[i];
	return NULL;
}

static const struct figure_unit *unit_of_key(const char *key)
{
	size_t len = strlen(key), i;

	for (i = 0; i < ARRAY_SIZE(units); i++) {
		const char *suffix = units[i].suffix;

		if (suffix && len > strlen(suffix) &&
		    strcmp(key + len - strlen(suffix), suffix) == 0)
			return &units[i];
	}
	return NULL;
}

/* A decimal number; *@end is behind it. False if there is none, or one of too many digits. */
static bool read_number(const char *p, const char **end, double *out)
{
	double value = 0, weight = 1;
	bool point = false;
	size_t digits = 0;

	for (; isdigit((unsigned char)*p) ||
	       (*p == '.' && !point && digits > 0 && isdigit((unsigned char)p[1]));
	     p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		value = value * 10 + (*p - '0');
		weight *= point ? 10 : 1;
		digits++;
	}
	*end = p;
	*out = value / weight;
	return digits > 0 && digits <= MAX_DIGITS;
}

/* The unit behind a number, at once or after a space. */
static const struct figure_unit *unit_behind(const char *number_end)
{
	return unit_at(*number_end == ' ' ? number_end + 1 : number_end);
}

static bool is_word_start(const char *text, const char *p)
{
	return p == text || p[-1] == ' ' || p[-1] == '(';
}

static bool has_figure(const char *text, const char *end)
{
	const char *p, *behind;
	double number;

	for (p = text; p < end; p++)
		if (is_word_start(text, p) && read_number(p, &behind, &number) &&
		    unit_behind(behind))
			return true;
	return false;
}

/* "VF 0: 31 ms": the label is what stands before ": ", unless a figure does. */
static const char *take_label(const char *value, char *label, size_t size)
{
	const char *colon = strstr(value, ": ");

	label[0] = '\0';
	if (!colon || (size_t)(colon - value) >= size || has_figure(value, colon))
		return value;
	memcpy(label, value, (size_t)(colon - value));
	label[colon - value] = '\0';
	util_sanitise(label);
	return colon + 2;
}

/* Key and the words from @words to the number. */
static void set_what(struct figure *f, const char *key, const char *words, const char *number)
{
	int len = (int)(number - words);

	util_format(f->what, sizeof(f->what), "%s%s%.*s", key, len > 0 ? " " : "", len, words);
	util_sanitise(util_trim(f->what));
}

/* The number before the word "samples". */
static unsigned int count_samples(const char *value)
{
	const char *word = strstr(value, " sample"), *p, *end;
	double number;

	if (!word)
		return 1;
	for (p = word; p > value && isdigit((unsigned char)p[-1]); p--)
		;
	if (!is_word_start(value, p) || !read_number(p, &end, &number) || end != word ||
	    number < 1 || number > SAMPLES_MAX)
		return 1;
	return (unsigned int)number;
}

size_t figure_find(const char *key, const char *value, struct figure *figures, size_t max)
{
	const struct figure_unit *key_unit = unit_of_key(key);
	char label[sizeof(figures->label)];
	const char *p = take_label(value, label, sizeof(label)), *words = p;
	const unsigned int samples = count_samples(value);
	size_t n = 0;

	while (*p && n < max) {
		const struct figure_unit *unit = NULL;
		const char *end = p + 1;
		double number;

		if (is_word_start(value, p) && read_number(p, &end, &number)) {
			unit = unit_behind(end);
			if (!unit && n == 0 && words == p && strchr(" ,", *end))
				unit = key_unit;
		}
		if (unit) {
			set_what(&figures[n], key, words, p);
			util_strlcpy(figures[n].label, sizeof(figures[n].label), label);
			figures[n].value = number;
			figures[n].samples = samples;
			figures[n++].unit = unit;
		}
		if (*p == ',' || *p == ';')
			words = p[1] == ' ' ? p + 2 : p + 1;
		p = unit ? end : p + 1;
	}
	return n;
}
