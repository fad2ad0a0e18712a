/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the appliance's init for all consoles, as the runner writes its own: none of them is
 * waited for if it takes nothing. A console that blocks even so (the kernel keeps its lock while it
 * is being closed elsewhere) costs a process that is left behind, and its caller half a minute.
 */
#ifndef VFPROOF_RUN_SAY_H
#define VFPROOF_RUN_SAY_H

#define SAY_LINE_MS 30000

struct sysroot;

/* Has the log go to the consoles that the runner's went to. */
void say_open(const struct sysroot *root);
/* Writes @text, or standard input if it is NULL. Returns the exit status. */
int say_main(const char *root_path, const char *text);
/* The same below a root that is open; it is given up after @timeout_ms. */
int say_text(const struct sysroot *root, const char *text, unsigned int timeout_ms);

#endif
