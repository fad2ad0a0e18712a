/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where items are, in words: "host", "port 0000:01:00.0", "ports 0000:01:00.0 to 0000:02:00.1",
 * "all 4 ports". Part of report/blame.c.
 */
#ifndef VFPROOF_REPORT_BLAME_WHERE_H
#define VFPROOF_REPORT_BLAME_WHERE_H

#include <jansson.h>
#include "base/util.h"

#define BLAME_WHERE 200

struct blame_where {
	const json_t *items; /* of the report */
	json_t *order; /* by address of a port that has items: its place among these */
	const char **address; /* by that place */
	unsigned int *seen; /* the same: the last text that the port was counted for */
	unsigned int *list; /* room for the places of one text */
	unsigned int n, texts;
};

/* All of it is borrowed from the report. Returns 0 or -ENOMEM; to be closed in any case. */
int blame_where_open(struct blame_where *w, const json_t *report) must_check;
void blame_where_close(struct blame_where *w);
/* Of the items at the places of both arrays. */
void blame_where_format(struct blame_where *w, const json_t *some, const json_t *more,
			char text[BLAME_WHERE]);

#endif
