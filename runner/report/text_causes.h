/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Causes in the text form: see text.c. */
#ifndef VFPROOF_REPORT_TEXT_CAUSES_H
#define VFPROOF_REPORT_TEXT_CAUSES_H

#include <jansson.h>
#include "report/page.h"

/* The first causes with their fixes, in what is left of the page but @reserve lines. */
void text_causes_brief(struct page *p, const json_t *report, unsigned int reserve);
/*
 * By place of an item: the number of its cause, if another item stands for that; else 0. Caller
 * frees; NULL without memory.
 */
unsigned int *text_causes_number(const json_t *report) must_check;
/* All causes, each with the item that stands for it; what else there is of it is a count. */
void text_causes(struct page *p, const json_t *report);

#endif
