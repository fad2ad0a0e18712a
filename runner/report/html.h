/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the page: the files html_*.c.
 */
#ifndef VFPROOF_REPORT_HTML_H
#define VFPROOF_REPORT_HTML_H

#include <jansson.h>
#include <stdio.h>
#include "base/util.h"

/* " (PLACE)" of an item or a port; nothing if it has none. */
void html_place(FILE *f, const json_t *obj);
/* The verdict as a badge. */
void html_badge(FILE *f, const json_t *item);
/* All that is known of an item, as an article. */
void html_finding(FILE *f, const json_t *item);
/* What failed or could not be carried out, by its cause; what only follows is folded. */
void html_causes(FILE *f, const json_t *report);
/* What else is not a PASS and not a SKIP, each with cause and fix. */
void html_findings(FILE *f, const json_t *report);
/* The table of an array of items. */
void html_items(FILE *f, const json_t *items);
/* One term of a list of facts; nothing if @value is empty. */
void html_fact(FILE *f, const char *name, const char *value);
/* Host, IOMMU and firmware. @subjects: of subjects_of_items(). */
void html_host(FILE *f, const json_t *report, const json_t *subjects);
/* Each port, with its facts and its items. */
void html_ports(FILE *f, const json_t *report, json_t *subjects);
/* The table of the readiness rules, and of the waivers, with what became of each. */
void html_rules(FILE *f, const json_t *report);
void html_waivers(FILE *f, const json_t *report);
/* Plots of the figures that are in the evidence. Returns 0 or -ENOMEM. */
int html_plots(FILE *f, const json_t *report) must_check;

#endif
