/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's screen: a process that shows on the first virtual terminal how far the run is and
 * how it ended, while all other consoles get plain lines.
 */
#ifndef VFPROOF_SCREEN_SCREEN_H
#define VFPROOF_SCREEN_SCREEN_H

#include "model/settings.h"
#include "screen/tty.h"

struct sysroot;

/* True if there is to be a screen, and a virtual terminal for it. */
bool screen_is_wanted(const struct sysroot *root, const struct settings *settings);
/*
 * Shows it until SIGTERM comes or the terminal cannot be used any more. Ends at once if no screen
 * is wanted. Returns the exit status.
 */
int screen_main(const char *root_path);

#endif
