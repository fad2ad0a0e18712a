/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journal events of the processes that carry out units, written by the engine: the journal has one
 * writer, and an event is on the stick before the unit goes on. A stream socket; each message is a
 * 32-bit length and that many bytes of JSON, {"ev": name, "obj": event}, answered by an int (0 or
 * -errno).
 */
#ifndef VFPROOF_JOURNAL_RELAY_H
#define VFPROOF_JOURNAL_RELAY_H

#include "journal/store.h"

/* The unit's end; @obj is stolen. Returns what store_append() returned, or -EPIPE. */
int relay_append(int fd, const char *ev, json_t *obj) must_check;
/* As store_note(). */
void relay_note(int fd, bool incomplete, const char *fmt, ...) printf_like(3, 4);
/*
 * The engine's end: takes one message, appends it and answers. Returns 1; 0 if the other end is
 * closed; -EPROTO for nonsense; or the -errno of store_append() if nothing can be journalled.
 */
int relay_serve(int fd, struct store *store) must_check;

#endif
