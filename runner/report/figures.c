/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/figures.h"

#include <string.h>

/* Of evidence with that key, the figure that the words @after stand before. */
struct known {
	const char *key, *after, *title;
};

static const struct known known[] = {
	{ "guest.hello_ms", "", "Guest boot: until its agent answers" },
	{ "vf.created", " in", "Creating VFs: until all are on the bus" },
	{ "vf.write", "", "Creating VFs: the write to sriov_numvfs" },
	{ "vf.on_bus", "", "Creating VFs: after the write, until all are on the bus" },
	{ "vf.bound", "", "VFs on the host: until each has its driver" },
	{ "vf.linked", "", "VFs on the host: until each has a link" },
	{ "vf.removed", "", "Removing VFs: the write to sriov_numvfs" },
	{ "vf.flr", " at most", "Function level reset of a VF, at most" },
	{ "vf.flr_parallel", " in", "Function level resets of several VFs at the same time" },
	{ "vf.stress", "", "Making, using and removing two VFs" },
	{ "vf.pf_down", " after", "PF down and up: until frames of its VFs pass again" },
	{ "vf.pf_reset", " after", "Reset of the PF: until frames of its VFs pass again" },
	{ "plug", " in", "Hot plug: until QEMU has added the device" },
	{ "plug.removed", " in", "Hot unplug: until the device is gone everywhere" },
	{ "plug.round", " ready in", "Hot plug: until the guest has a link" },
	{ "guest.restart", " work in", "Guest restart: until its devices work again" },
	{ "vf.taken_back", " reset in", "Guest's sudden end: until its VF is free and reset" },
	{ "vf.handed_on", " works in", "Guest's sudden end: until the next guest works" },
	{ "dma.map", " mapped in", "Mapping a guest's memory for DMA" },
	{ "many.start", " works in", "Guest boot beside others: until its VF works" },
	{ "fixture", " set up in", "Setting up the guests of several items" },
	{ "latency", NULL, "Latency: from a test frame to its answer, some frames under way" },
	{ "throughput", NULL, "Throughput of the test frames and their answers" },
};

static const struct known *find(const char *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].key, key) == 0)
			return &known[i];
	return NULL;
}

static bool stands_after(const struct figure *f, const struct known *k)
{
	size_t len = strlen(f->what), n = strlen(k->after);

	if (n == 0)
		return strcmp(f->what, k->key) == 0;
	return len > n && strcmp(f->what + len - n, k->after) == 0;
}

size_t figures_measured(const char *key, const char *value, struct figure out[FIGURES_MAX])
{
	static const char *const measured[] = { "perf", "rate", "throughput", "latency" };
	const struct known *k = find(key);
	size_t n, i;

	if (k && k->after) {
		n = figure_find(key, value, out, FIGURES_MAX);
		for (i = 0; i < n; i++)
			if (stands_after(&out[i], k)) {
				out[0] = out[i];
				return 1;
			}
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(measured); i++)
		if (strncmp(key, measured[i], strlen(measured[i])) == 0)
			return figure_find(key, value, out, FIGURES_MAX);
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
