/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a fleet's page: the files fleet_html*.c.
 */
#ifndef VFPROOF_REPORT_FLEET_PAGE_H
#define VFPROOF_REPORT_FLEET_PAGE_H

#include <jansson.h>
#include <stdio.h>
#include "base/util.h"

struct fleet_page {
	FILE *f;
	const json_t *fleet;
	json_t *host_numbers; /* name -> place in "hosts" */
	json_t *cause_numbers; /* label or case -> place in "causes" */
};

/* Each is a section, or nothing if there is nothing to say. */
void fleet_html_since(const struct fleet_page *p);
void fleet_html_causes(const struct fleet_page *p);
void fleet_html_nics(const struct fleet_page *p);
void fleet_html_outliers(const struct fleet_page *p);
void fleet_html_hosts(const struct fleet_page *p);

/* Place of a host or a cause, -1 if there is none of that name. */
long fleet_page_number(const json_t *numbers, const char *name);
/* The name of a host, as a link to its row if it has one. */
void fleet_page_host(const struct fleet_page *p, const char *name);
/* A finding by its label or case, as a link to its cause. */
void fleet_page_finding(const struct fleet_page *p, const char *name);
/* The head of an area's column, with what the area is about, if that is known. */
void fleet_page_area_head(const struct fleet_page *p, const char *area);
/* `<td class="CLASS">`, for a cell that has more to say: it shows by hover and by a click. */
void fleet_page_open_cell(FILE *f, const char *class);
/* The first @max bytes of a text, escaped, ended by "..." if there are more. */
void fleet_page_cut(FILE *f, const char *text, size_t max);

#endif
