/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps passwords and tokens out of everything that is shown or stored: reports, the journal, log
 * lines. They come in through settings, and so through the kernel command line.
 */
#ifndef VFPROOF_BASE_SECRET_H
#define VFPROOF_BASE_SECRET_H

#include "base/util.h"

#define SECRET_MARK "***"

/*
 * Hides what is secret in a kernel command line, or in a text that quotes pieces of one, in place
 * in @text of @size bytes: the value of every parameter whose name says that it is a secret; in
 * URLs the user, the password and the query. What gets too long for @size is cut. The text must be
 * whole: a URL that was cut off before its "@" does not show that it has a password.
 */
void secret_hide(char *text, size_t size);
/* The same for the value @value of the parameter @name, copied to @buf. Returns @buf. */
char *secret_hide_value(const char *name, const char *value, char *buf, size_t size);

#endif
