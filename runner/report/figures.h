/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures, times and rates, that are in the evidence of items.
 */
#ifndef VFPROOF_REPORT_FIGURES_H
#define VFPROOF_REPORT_FIGURES_H

#include "core/util.h"

#define FIGURES_MAX 16

enum figure_kind { FIGURE_TIME, FIGURE_BITS, FIGURE_FRAMES, FIGURE_KINDS };

struct figure {
	enum figure_kind kind;
	double value; /* as the evidence has it */
	const char *unit;
	double scaled; /* in ms, Mb/s or frames/s */
};

/*
 * The figures of one line of evidence. Times are known by the key, as many lines have numbers that
 * measure nothing; of keys that begin with "perf", "rate", "throughput" or "latency" every number
 * with a unit is taken. Returns their number, at most FIGURES_MAX.
 */
size_t figures_parse(const char *key, const char *value, struct figure out[FIGURES_MAX]);
/* What the figures of that key are, in words; the key itself if nothing is known of it. */
const char *figures_title(const char *key);
/* "512 ms", "2.4 s", "940 Mb/s", "412 kframes/s" of a scaled value. */
void figures_format(enum figure_kind kind, double scaled, char *buf, size_t size);

#endif
