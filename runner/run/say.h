/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the appliance's init for all consoles, as the runner writes its own: none of them is
 * waited for if it takes nothing.
 */
#ifndef VFPROOF_RUN_SAY_H
#define VFPROOF_RUN_SAY_H

/* Writes @text, or standard input if it is NULL. Returns the exit status. */
int say_main(const char *root_path, const char *text);

#endif
