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
#define HTML_PANEL_SERIES_MAX 5 /* as many as have a colour */

/* What is the same for all ports of a plot, so that their panels can be compared. */
struct html_panel {
	enum figure_kind kind;
	double end; /* of the scale of values */
	const char *by; /* what they depend on, as "VFs"; "": nothing, and each is a row */
	double at[HTML_PANEL_AT_MAX]; /* the numbers of that, sorted */
	size_t n_at;
	const char *series[HTML_PANEL_SERIES_MAX]; /* texts of the entries */
	size_t n_series;
	bool many; /* more than have a colour: none is told apart */
};

/*
 * One scale and one set of colours for @entries of figure_list(): those of one plot and one unit,
 * of all ports. They must live as long as the result.
 */
struct html_panel html_panel_of(const json_t *entries);
/* @own: those of the entries that are of the port @subject. */
void html_put_panel(FILE *f, const struct html_panel *p, const char *subject, const json_t *own);

#endif
