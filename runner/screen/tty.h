/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual terminal that the operator's screen is on.
 */
#ifndef VFPROOF_SCREEN_TTY_H
#define VFPROOF_SCREEN_TTY_H

#include <termios.h>
#include "screen/cells.h"

#define SCREEN_TTY "tty1"

struct sysroot;

struct tty {
	int fd;
	struct termios saved; /* as it was before */
	struct cells shown; /* what it shows, if that is known */
	bool known;
	uint64_t painted_ms; /* when all of it was last written */
};

enum tty_key { KEY_NEXT, KEY_BACK, KEY_CODE, KEY_F2, KEY_F3, KEY_LED, KEY_OTHER };

#define TTY_MAX_KEYS 32

/* Opens it, and makes it raw and its cursor invisible. Returns 0 or -errno. */
int tty_open(struct tty *t, const struct sysroot *root) must_check;
/* Puts it back: cursor below what is shown, if @keep, or at the top of an empty screen. */
void tty_close(struct tty *t, bool keep);
/* Makes @c as large as the terminal is now. Returns 0 or -errno. */
int tty_fit(const struct tty *t, struct cells *c) must_check;
/*
 * Shows @c: what has changed, in one write. Never waits: what the terminal does not take now
 * (Scroll Lock) is written another time. Now and then all is written, in case that something else
 * wrote there. Returns -errno if the terminal is of no use any more.
 */
int tty_show(struct tty *t, const struct cells *c, uint64_t now_ms) must_check;
/* The keys that were pressed, at most TTY_MAX_KEYS. Returns their number. Never waits. */
unsigned int tty_read_keys(const struct tty *t, enum tty_key *keys);

#endif
