/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which figures in the evidence are measurements, and how they are shown. A link's nominal speed,
 * say, is a figure that nobody measured.
 */
#ifndef VFPROOF_REPORT_FIGURES_H
#define VFPROOF_REPORT_FIGURES_H

#include "report/figure.h"

#define FIGURES_MAX 16

/*
 * The measurements of one line of evidence. Of the keys that the runner's cases write the one that
 * a plot is about; of keys that begin with "perf", "rate", "throughput" or "latency" all. Returns
 * their number, at most FIGURES_MAX.
 */
size_t figures_measured(const char *key, const char *value, struct figure out[FIGURES_MAX]);
/* What the measurements of that key are, in words; the key itself if nothing is known of it. */
const char *figures_title(const char *key);
/* "512 ms", "2.4 s", "940 Mb/s", "412 kframes/s" of a value in the kind's own unit. */
void figures_format(enum figure_kind kind, double value, char *buf, size_t size);

#endif
