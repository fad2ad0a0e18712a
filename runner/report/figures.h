/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which figures in the evidence are measurements, and how they are shown. A link's nominal speed,
 * say, is a figure that nobody measured.
 */
#ifndef VFPROOF_REPORT_FIGURES_H
#define VFPROOF_REPORT_FIGURES_H

#include "report/figure.h"

#define FIGURES_MAX 16

#define FIGURES_PERCENT 10 /* a change by less is not worth a word */

struct figures_about {
	char title[160]; /* what it is, in words; the key if nothing is known of it */
	char plot[176]; /* what is drawn together has the same */
	const char *series; /* its name in a plot of several keys, NULL: it has none */
	/* What it depends on, in the singular: "VF"; "": on nothing that is known. */
	const char *by;
	double at; /* and how many of that there were */
	unsigned int percent; /* a change by less than that, */
	bool each; /* what was measured is told apart by its label: a VF, a PF */
	double least; /* or than that in the kind's own unit, is chance */
};

/*
 * The measurements of one line of evidence. Of the keys that the runner's cases write the one that
 * a plot is about; of keys that begin with "perf", "rate", "throughput" or "latency" all. Returns
 * their number, at most FIGURES_MAX.
 */
size_t figures_measured(const char *key, const char *value, struct figure out[FIGURES_MAX]);
/* What the measurements of that line are about. */
void figures_about(const char *key, const char *value, struct figures_about *out);
/* "512 ms", "2.4 s", "940 Mb/s", "412 kframes/s" of a value in the kind's own unit. */
void figures_format(enum figure_kind kind, double value, char *buf, size_t size);

#endif
