/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which items of a report belong to which subject, and which subject is which port, found out once
 * for a form and not again for each item or port.
 */
#ifndef VFPROOF_REPORT_SUBJECTS_H
#define VFPROOF_REPORT_SUBJECTS_H

#include <jansson.h>

/*
 * From each subject to an array of its items, subjects in the order in which the report has them
 * first. Caller owns the result, NULL without memory.
 */
json_t *subjects_of_items(const json_t *report);
/* From each port's address to its number in "nics". Caller owns the result, NULL without memory. */
json_t *subjects_of_nics(const json_t *report);

#endif
