/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/figures.h"

#include <ctype.h>
#include <string.h>

/*
 * Of evidence with that key, the figure that the words @after stand before. Keys with the same
 * @plot are drawn together, each as its own series; without one a key has a plot of its own.
 */
struct known {
	const char *key, *after, *title, *plot, *series;
	const char *by; /* it depends on the number before that word */
	unsigned int percent; /* a smaller change is chance; 0: FIGURES_PERCENT */
	double least; /* likewise, in the kind's own unit */
	bool each; /* what it was measured of is not summed up: a VF beside a PF */
};

#define CURVE .plot = "Creating and removing VFs, by their number", .by = "VF", .least = 0.05

/* What waits for a processor of a busy host varies more than what waits for the device. */
static const struct known known[] = {
	{ "vf.write", "", "Creating VFs: the write to sriov_numvfs", CURVE, .series = "write" },
	{ "vf.on_bus", "", "Creating VFs: after the write, until all are on the bus", CURVE,
	  .series = "on the bus" },
	{ "vf.bound", "", "VFs on the host: until each has its driver", CURVE, .series = "bound" },
	{ "vf.linked", "", "VFs on the host: until each has a link", CURVE, .series = "link" },
	{ "vf.removed", "", "Removing VFs: the write to sriov_numvfs", CURVE, .series = "removed" },
	{ "vf.created", " in", "Creating VFs: until all are on the bus", .least = 0.05 },
	{ "vf.stress", "", "Making, using and removing two VFs", .least = 0.05 },
	{ "vf.flr", " mean", "Function level reset of a VF", .percent = 15, .least = 0.01 },
	{ "vf.flr_parallel", " in", "Function level resets of several VFs at the same time",
	  .by = "VF", .percent = 15, .least = 0.02 },
	{ "vf.pf_down", " after", "PF down and up: until frames of its VFs pass again",
	  .percent = 25, .least = 0.1 },
	{ "vf.pf_reset", " after", "Reset of the PF: until frames of its VFs pass again",
	  .percent = 25, .least = 0.1 },
	{ "link.cycle", " in", "Port down and up: until it has a carrier again", .percent = 25,
	  .least = 0.1 },
	{ "plug", " in", "Hot plug: until QEMU has added the device", .percent = 25,
	  .least = 0.02 },
	{ "plug.removed", " in", "Hot unplug: until the device is gone everywhere", .percent = 25,
	  .least = 0.05 },
	{ "plug.round", " ready in", "Hot plug: until the guest has a link", .percent = 25,
	  .least = 0.05 },
	{ "guest.hello_ms", "", "Guest start, by its number of devices: until its agent answers",
	  .by = "device", .least = 0.2 },
	{ "many.start", " works in",
	  "Guest start beside others, by their number: until its VF works", .by = "other",
	  .least = 0.2 },
	{ "guest.restart", " work in", "Guest restart: until its devices work again",
	  .least = 0.2 },
	{ "vf.taken_back", " reset in", "Guest's sudden end: until its VF is free and reset",
	  .percent = 25, .least = 0.05 },
	{ "vf.handed_on", " works in", "Guest's sudden end: until the next guest works",
	  .least = 0.2 },
	{ "dma.map", " mapped in", "Mapping a guest's memory for DMA, by its size", .by = "MiB",
	  .percent = 25, .least = 0.01 },
	{ "fixture", " set up in", "Setting up the guests of several items", .least = 1 },
	{ "latency", " mean", "Latency: from a test frame to its answer, some frames under way",
	  .percent = 25, .least = 5e-6 },
	{ "throughput", NULL, "Throughput of the test frames and their answers", .percent = 15 },
	{ "perf.tcp", NULL, "TCP throughput", .percent = 15, .each = true },
	{ "perf.udp", NULL, "Small UDP packets a second", .percent = 15, .each = true },
	{ "perf.round_trip", NULL, "Round trip of a small UDP packet", .percent = 25, .least = 5e-6,
	  .each = true },
};

#define HOUR "soak.hour."

static const struct known *find(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].key, key) == 0)
			return &known[i];
	return NULL;
}

static bool is_hour(const char *key)
{
	return strncmp(key, HOUR, strlen(HOUR)) == 0;
}

/* The key of which a line of that evidence tells: of an hour's lines it is the label. */
static void real_key(const char *key, const char *value, char *buf, size_t size)
{
	const char *end = is_hour(key) ? strstr(value, ": ") : NULL;

	if (end)
		util_format(buf, size, "%.*s", (int)(end - value), value);
	else
		util_strlcpy(buf, size, key);
}

static bool stands_after(const struct figure *f, const char *key, const char *after)
{
	size_t len = strlen(f->what), n = strlen(after);

	if (n == 0)
		return strcmp(f->what, key) == 0;
	return len > n && strcmp(f->what + len - n, after) == 0;
}

static size_t find_after(const char *key, const char *value, const char *after,
			 struct figure out[FIGURES_MAX])
{
	size_t n = figure_find(key, value, out, FIGURES_MAX), i;

	for (i = 0; i < n; i++)
		if (stands_after(&out[i], key, after)) {
			out[0] = out[i];
			return 1;
		}
	return 0;
}

size_t figures_measured(const char *key, const char *value, struct figure out[FIGURES_MAX])
{
	static const char *const measured[] = { "perf", "rate", "throughput", "latency" };
	const struct known *k = find(key);
	size_t i;

	if (is_hour(key))
		return find_after(key, value, " mean", out);
	if (k && k->after)
		return find_after(key, value, k->after, out);
	for (i = 0; i < ARRAY_SIZE(measured); i++)
		if (strncmp(key, measured[i], strlen(measured[i])) == 0)
			return figure_find(key, value, out, FIGURES_MAX);
	return 0;
}

/* The last number of at most nine digits that stands before @word. */
static bool number_before(const char *text, const char *word, double *out)
{
	const char *p = text;
	bool found = false;

	while ((p = strstr(p, word))) {
		unsigned int value = 0, weight = 1;
		const char *digit = p - 2;

		for (; p - text >= 2 && p[-1] == ' ' && digit >= text && weight < 1000000000 &&
		       isdigit((unsigned char)*digit);
		     digit--, weight *= 10)
			value += (unsigned int)(*digit - '0') * weight;
		if (weight > 1) {
			*out = value;
			found = true;
		}
		p += strlen(word);
	}
	return found;
}

void figures_about(const char *key, const char *value, struct figures_about *out)
{
	const struct known *k;
	char real[64];
	uint64_t hour;

	real_key(key, value, real, sizeof(real));
	k = find(real);
	*out = (struct figures_about){ .by = "", .percent = FIGURES_PERCENT };
	if (k) {
		out->percent = k->percent ? k->percent : FIGURES_PERCENT;
		out->least = k->least;
		out->series = k->series;
		out->each = k->each;
	}
	util_format(out->title, sizeof(out->title), "%s", k ? k->title : real);
	util_sanitise(out->title);
	util_format(out->plot, sizeof(out->plot), "%s%s", is_hour(key) ? "By the hour. " : "",
		    k && k->plot && !is_hour(key) ? k->plot : out->title);
	if (is_hour(key)) {
		out->by = "hour";
		out->series = NULL;
		out->at = util_parse_u64(key + strlen(HOUR), 10, UINT64_MAX, &hour) == 0
				  ? (double)hour
				  : 0;
	} else if (k && k->by && number_before(value, k->by, &out->at)) {
		out->by = k->by;
	}
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

/* The greatest unit that leaves at least one of it; the last one if none does. */
static const struct scale {
	enum figure_kind kind;
	double of;
	const char *unit;
} scales[] = {
	{ FIGURE_TIME, 1, "s" },
	{ FIGURE_TIME, 1e-3, "ms" },
	{ FIGURE_TIME, 1e-6, "us" },
	{ FIGURE_BITS, 1e9, "Gb/s" },
	{ FIGURE_BITS, 1e6, "Mb/s" },
	{ FIGURE_BITS, 1e3, "kb/s" },
	{ FIGURE_FRAMES, 1e6, "Mframes/s" },
	{ FIGURE_FRAMES, 1e3, "kframes/s" },
	{ FIGURE_FRAMES, 1, "frames/s" },
	{ FIGURE_TRANSFERS, 1e9, "GT/s" },
	{ FIGURE_TRANSFERS, 1e6, "MT/s" },
};

void figures_format(enum figure_kind kind, double value, char *buf, size_t size)
{
	const struct scale *s = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scales); i++) {
		if (scales[i].kind != kind)
			continue;
		s = &scales[i];
		if (value >= s->of)
			break;
	}
	if (s)
		put_short(value / s->of, s->unit, buf, size);
	else
		util_format(buf, size, "%g", value);
}
