/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One panel of a plot: the figures of one port.
 */
#ifndef VFPROOF_REPORT_HTML_PANEL_H
#define VFPROOF_REPORT_HTML_PANEL_H

#include <jansson.h>
#include <stdio.h>
#include "report/figure.h"

#define HTML_PANEL_AT_MAX 1024 /* hours of a soak */

struct html_panel {
	const json_t *entries; /* of figure_list(), of one plot and one unit, of all ports */
	const char *subject; /* whose panel it is */
	enum figure_kind kind;
	double end; /* of the scale of values */
	const char *by; /* what they depend on, as "VFs"; "": nothing, and each is a row */
	double at[HTML_PANEL_AT_MAX]; /* the numbers of that, sorted */
	size_t n_at;
};

/* The panel that all ports of a plot have: one scale. */
struct html_panel html_panel_of(const json_t *entries);
void html_put_panel(FILE *f, const struct html_panel *p);

#endif
