/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the appliance's init for all consoles, as the runner writes its own: none of them is
 * waited for if it takes nothing.
 */
#ifndef VFPROOF_RUN_SAY_H
#define VFPROOF_RUN_SAY_H

struct sysroot;

/* Has the log go to the consoles that the runner's went to. */
void say_open(const struct sysroot *root);
/* Writes @text, or standard input if it is NULL. Returns the exit status. */
int say_main(const char *root_path, const char *text);

#endif
