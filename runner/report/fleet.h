/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the reports of many hosts say together: read from a folder into one JSON object
 * (docs/fleet.schema.json), and rendered from that object to every form. docs/fleet.md says what is
 * counted how.
 */
#ifndef VFPROOF_REPORT_FLEET_H
#define VFPROOF_REPORT_FLEET_H

#include <jansson.h>
#include "base/util.h"

#define FLEET_SCHEMA "vfproof-fleet/1"
#define FLEET_MAX_REPORT (128ul << 20) /* bytes of a report.json */
#define FLEET_MAX_FILES 100000 /* of a folder */

/*
 * Reads all reports below @dir, and below @since (NULL: nothing is compared). Files that cannot be
 * read are in "files" of the result. Caller owns *@fleet. Returns 0, or -errno if a folder itself
 * cannot be opened: -ENOENT, -ENOTDIR, -EACCES..., or -ENOMEM.
 */
int fleet_build(const char *dir, const char *since, json_t **fleet) must_check;

/* The forms, as those of a report. */
int fleet_put_html(FILE *f, const json_t *fleet) must_check;
int fleet_put_csv(FILE *f, const json_t *fleet) must_check;
/* Prometheus' text format 0.0.4. */
int fleet_put_metrics(FILE *f, const json_t *fleet) must_check;
/* A summary of REPORT_COLUMNS columns. */
int fleet_put_text(FILE *f, const json_t *fleet) must_check;

/* "vfproof fleet": @argv as main() got it. Returns the exit status, or -EINVAL for a wrong use. */
int fleet_main(int argc, char **argv);

#endif
