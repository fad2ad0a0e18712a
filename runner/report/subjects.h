/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which items of a report belong to which subject, and which subject is which port, found out once
 * for a form and not again for each item or port.
 */
#ifndef VFPROOF_REPORT_SUBJECTS_H
#define VFPROOF_REPORT_SUBJECTS_H

#include <jansson.h>

/* Room for subject_text(). */
#define SUBJECT_TEXT 240

/*
 * What a subject is called wherever a person reads it: "host", or a port's address with its place,
 * "0000:18:00.0 (slot PCIe 3, port p0)", if that is known. @obj is an item, or a port of "nics".
 * Returns @buf.
 */
const char *subject_text(const json_t *obj, char buf[SUBJECT_TEXT]);
/* Gives each item of the report the "place" that its port has in "nics", if it has one. */
void subjects_add_places(json_t *report);
/*
 * From each subject to an array of its items, subjects in the order in which the report has them
 * first. Caller owns the result, NULL without memory.
 */
json_t *subjects_of_items(const json_t *report);
/* From each port's address to its number in "nics". Caller owns the result, NULL without memory. */
json_t *subjects_of_nics(const json_t *report);

#endif
