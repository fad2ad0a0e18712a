/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Causes in the text form: see text.c. */
#ifndef VFPROOF_REPORT_TEXT_CAUSES_H
#define VFPROOF_REPORT_TEXT_CAUSES_H

#include <jansson.h>
#include "report/page.h"

/* The first causes with their fixes, in what is left of the page but @reserve lines. */
void text_causes_brief(struct page *p, const json_t *report, unsigned int reserve);
/* All causes, each with the item that stands for it; what else there is of it is a count. */
void text_causes(struct page *p, const json_t *report);

#endif
