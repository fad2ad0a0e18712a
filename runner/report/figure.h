/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures in evidence: numbers with a unit, out of texts such as "VF 0: ready in 31 ms, 940 Mb/s".
 */
#ifndef VFPROOF_REPORT_FIGURE_H
#define VFPROOF_REPORT_FIGURE_H

#include "base/util.h"

enum figure_kind {
	FIGURE_TIME, /* the smaller the better */
	/* rates: the greater the better */
	FIGURE_BITS,
	FIGURE_FRAMES,
	FIGURE_TRANSFERS,
	FIGURE_KINDS
};

struct figure_unit {
	const char *name;
	enum figure_kind kind;
	double factor; /* of the kind's own unit: seconds, or one a second */
	const char *suffix; /* of evidence keys whose value is in that unit, NULL: none */
};

struct figure {
	char what[96]; /* the evidence's key and the words before the number */
	char label[64]; /* what it was measured of, "VF 0"; "" if the text does not begin so */
	double value; /* in its unit */
	const struct figure_unit *unit;
	unsigned int
		samples; /* that it stands for: "12 samples" in the text; 1 if that is not said */
};

/*
 * Finds the figures of one line of evidence, at most @max. What belongs together has the same
 * "what" in two reports. Returns their number.
 */
size_t figure_find(const char *key, const char *value, struct figure *figures, size_t max);
/* Its value in the kind's own unit. */
double figure_base(const struct figure *figure);
/* The kind's own unit: "s", "b/s", "frames/s", "T/s". */
const char *figure_kind_unit(enum figure_kind kind);
/* The unit of that name, NULL if there is none. */
const struct figure_unit *figure_unit_find(const char *name);

#endif
