/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wish that a run which has ended be run again: a file of this boot, from the operator's screen
 * to the appliance's init, which starts the runner once more, and to that runner. It is gone as
 * soon as the new run's journal says the same.
 */
#ifndef VFPROOF_JOURNAL_AGAIN_H
#define VFPROOF_JOURNAL_AGAIN_H

#include <jansson.h>
#include "base/util.h"

#define AGAIN_ALL "all"
#define AGAIN_FAILED "failed"

struct sysroot;

/*
 * {"what": AGAIN_ALL or AGAIN_FAILED, "of": where the report of the run before is, "items":
 * ["CASE SUBJECT", ...]}: what is run again, of AGAIN_FAILED. @items is stolen.
 */
json_t *again_make(const char *what, const char *of, json_t *items) must_check;
/* Writes it for the runner, durably as far as this boot goes. Returns 0 or -errno. */
int again_ask(const struct sysroot *root, const json_t *wish) must_check;
/* The wish, NULL if there is none that can be read. Caller owns the result. */
json_t *again_read(const struct sysroot *root) must_check;
/* It is journalled: the file goes. */
void again_done(const struct sysroot *root);
/* True if only what failed is run again. @wish may be NULL. */
bool again_is_narrow(const json_t *wish);

#endif
