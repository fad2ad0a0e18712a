/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/figures.h"

#include <ctype.h>
#include <string.h>

/* Evidence with one time in it, which follows @before. */
struct known {
	const char *key, *before, *unit, *title;
};

static const struct known known[] = {
	{ "guest.hello_ms", "", "ms", "Guest boot: until its agent answers" },
	{ "vf.created", " in ", "ms", "Creating VFs: until all are on the bus" },
	{ "plug", " in ", "ms", "Hot plug: until QEMU has added the device" },
	{ "plug.removed", " in ", "ms", "Hot unplug: until the device is gone everywhere" },
	{ "plug.round", "ready in ", "ms", "Hot plug: until the guest has a link" },
	{ "fixture", "set up in ", "s", "Setting up the guests of several items" },
};

struct unit {
	const char *name;
	enum figure_kind kind;
	double factor;
};

static const struct unit units[] = {
	{ "ns", FIGURE_TIME, 1e-6 },	  { "us", FIGURE_TIME, 1e-3 },
	{ "ms", FIGURE_TIME, 1 },	  { "s", FIGURE_TIME, 1e3 },
	{ "b/s", FIGURE_BITS, 1e-6 },	  { "kb/s", FIGURE_BITS, 1e-3 },
	{ "Mb/s", FIGURE_BITS, 1 },	  { "Gb/s", FIGURE_BITS, 1e3 },
	{ "Mbit/s", FIGURE_BITS, 1 },	  { "Gbit/s", FIGURE_BITS, 1e3 },
	{ "frames/s", FIGURE_FRAMES, 1 }, { "packets/s", FIGURE_FRAMES, 1 },
	{ "pps", FIGURE_FRAMES, 1 },	  { "kpps", FIGURE_FRAMES, 1e3 },
	{ "Mpps", FIGURE_FRAMES, 1e6 },
};

/* The unit that @text begins with; a longer word is another one. */
static const struct unit *unit_at(const char *text)
{
	size_t len = strcspn(text, " ,;:()"), i;

	if (len > 1 && text[len - 1] == '.')
		len--;
	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == len && strncmp(units[i].name, text, len) == 0)
			return &units[i];
	return NULL;
}

/* Digits and perhaps a fraction; nothing else is a figure. Moves *@text behind them. */
static bool number_at(const char **text, double *value)
{
	size_t whole = strspn(*text, "0123456789"), len = whole;
	char number[32];

	if (whole == 0)
		return false;
	if ((*text)[len] == '.')
		len += 1 + strspn(*text + len + 1, "0123456789");
	if (len >= sizeof(number))
		return false;
	memcpy(number, *text, len);
	number[len] = '\0';
	*value = strtod(number, NULL);
	*text += len;
	return true;
}

static bool set(struct figure *fig, double value, const struct unit *unit)
{
	if (!unit)
		return false;
	*fig = (struct figure){ .kind = unit->kind,
				.value = value,
				.unit = unit->name,
				.scaled = value * unit->factor };
	return true;
}

/* "guest 1: 13614, QEMU ready after ..." or without the guest's name. */
static const char *after_name(const char *value)
{
	const char *colon = strstr(value, ": ");

	return colon && colon < value + strcspn(value, ",") ? colon + 2 : value;
}

static size_t parse_known(const struct known *k, const char *value, struct figure *out)
{
	const char *p = k->before[0] ? strstr(value, k->before) : after_name(value);
	double number;

	while (p) {
		const char *digits = p + strlen(k->before);

		if (number_at(&digits, &number))
			return set(out, number, unit_at(k->unit));
		p = k->before[0] ? strstr(p + 1, k->before) : NULL;
	}
	return 0;
}

static size_t parse_all(const char *value, struct figure out[FIGURES_MAX])
{
	const char *p = value;
	size_t n = 0;
	double number;

	while (*p && n < FIGURES_MAX) {
		const char *end = p;

		/* A number within a word is a name's. */
		if ((p > value && (isalnum((unsigned char)p[-1]) || strchr(".:-_", p[-1]))) ||
		    !number_at(&end, &number)) {
			p++;
			continue;
		}
		p = end;
		while (*end == ' ')
			end++;
		n += set(&out[n], number, unit_at(end));
	}
	return n;
}

static const struct known *find(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].key, key) == 0)
			return &known[i];
	return NULL;
}

size_t figures_parse(const char *key, const char *value, struct figure out[FIGURES_MAX])
{
	static const char *const measured[] = { "perf", "rate", "throughput", "latency" };
	const struct known *k = find(key);
	size_t i;

	if (k)
		return parse_known(k, value, out);
	for (i = 0; i < ARRAY_SIZE(measured); i++)
		if (strncmp(key, measured[i], strlen(measured[i])) == 0)
			return parse_all(value, out);
	return 0;
}

const char *figures_title(const char *key)
{
	const struct known *k = find(key);

	return k ? k->title : key;
}

/* Three significant digits, without an exponent and without zeroes at the end of a fraction. */
static void put_short(double value, const char *unit, char *buf, size_t size)
{
	char number[400];
	char *end;

	util_format(number, sizeof(number), "%.*f",
		    value < 9.995   ? 2
		    : value < 99.95 ? 1
				    : 0,
		    value);
	end = number + strlen(number);
	while (strchr(number, '.') && (end[-1] == '0' || end[-1] == '.'))
		*--end = '\0';
	util_format(buf, size, "%s %s", number, unit);
}

void figures_format(enum figure_kind kind, double scaled, char *buf, size_t size)
{
	if (kind == FIGURE_TIME && scaled < 1)
		put_short(scaled * 1e3, "us", buf, size);
	else if (kind == FIGURE_TIME && scaled >= 1000)
		put_short(scaled / 1e3, "s", buf, size);
	else if (kind == FIGURE_TIME)
		put_short(scaled, "ms", buf, size);
	else if (kind == FIGURE_BITS && scaled >= 1000)
		put_short(scaled / 1e3, "Gb/s", buf, size);
	else if (kind == FIGURE_BITS)
		put_short(scaled, "Mb/s", buf, size);
	else if (scaled >= 1e6)
		put_short(scaled / 1e6, "Mframes/s", buf, size);
	else if (scaled >= 1e3)
		put_short(scaled / 1e3, "kframes/s", buf, size);
	else
		put_short(scaled, "frames/s", buf, size);
}
