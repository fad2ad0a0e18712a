/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of the text form: text.c. */
#ifndef VFPROOF_REPORT_TEXT_RULES_H
#define VFPROOF_REPORT_TEXT_RULES_H

#include <jansson.h>
#include "report/page.h"

/* The readiness rules by their state: those that failed or were not tried with the reasons. */
void text_rules(struct page *p, const json_t *report);
/* Each waiver, with what became of it. */
void text_waivers(struct page *p, const json_t *report);

#endif
