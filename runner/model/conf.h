/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of vfproof.conf: a line "NAME = VALUE" each (":" does as well), comments from "#" or ";"
 * at a line's begin or " ;" behind a value. A line may be of any length: none is taken in part.
 */
#ifndef VFPROOF_MODEL_CONF_H
#define VFPROOF_MODEL_CONF_H

#include "base/util.h"

struct conf_reader {
	/* Both borrow their texts, without white space around them. */
	void (*value)(void *arg, const char *name, const char *value);
	void (*section)(void *arg, const char *name);
	void *arg;
	unsigned int *line; /* gets the number of the line that is read, from 1; may be NULL */
};

/*
 * Reads @text, which is changed. Returns the number of the first line that is of no such form,
 * from 1; 0 if all are.
 */
unsigned int conf_parse(char *text, const struct conf_reader *reader);

#endif
