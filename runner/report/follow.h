/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an item that was not tried follows from. The engine has said it in words (model/reason.h);
 * here an item and the one that it follows from get the same name.
 */
#ifndef VFPROOF_REPORT_FOLLOW_H
#define VFPROOF_REPORT_FOLLOW_H

#include <jansson.h>
#include "base/util.h"

#define FOLLOW_NAME 256

/*
 * Calls @take with each name under which others may follow from the item, which has failed or could
 * not be carried out.
 */
void follow_each_name(const json_t *item, void (*take)(const char *name, void *arg), void *arg);
/* The name of what the item, which was skipped or not run, follows from. False: of nothing. */
bool follow_name(const json_t *item, char name[FOLLOW_NAME]);
/* The case that shows whether a requirement is met; NULL if there is none. For tests. */
const char *follow_case_of(const char *requirement);

#endif
