/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: whole lines with the time since boot, the case, its subject and the text. The sink
 * (which consoles) is one of the program's two mutable globals.
 */
#ifndef VFPROOF_BASE_LOG_H
#define VFPROOF_BASE_LOG_H

#include "base/util.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct sysroot;

/*
 * Adds every active kernel console (/sys/class/tty/console/active) below @root as a sink; without
 * a call, lines go to stderr. With @screen, the virtual terminals are left to the operator's screen
 * (runner/screen/). Returns 0 or -errno; what could be opened stays in use. sys/serial.h has more.
 */
int log_open_consoles(const struct sysroot *root, bool screen);
/* True if lines on the terminal of that name would be on top of the operator's screen. */
bool log_is_screen(const char *name);
/* Without a sink nothing is said from now on: stderr would be the operator's screen. */
void log_stay_silent(void);
/*
 * Adds a sink, opened with O_NONBLOCK, which is the log's from now on. False, and it is closed, if
 * there are LOG_MAX_SINKS already.
 */
#define LOG_MAX_SINKS 12
bool log_add_sink(int fd);
/*
 * Closes them, after what they have been given has gone out as far as they take it: lines go to
 * stderr again.
 */
void log_close(void);
void log_set_level(enum log_level level);

/* Which case and subject the following lines belong to; NULL for none. Strings are copied. */
void log_set_item(const char *case_id, const char *subject);

/*
 * One line per call, and never more than 400 characters a line: longer text is folded. Lines of
 * several processes do not get into each other, also where a sink takes them in pieces. log_raw()
 * writes text of several lines as it is, line by line. The marks of util_break_marks() are broken,
 * but for one at the beginning of a line of log_raw(): no form of the report for consoles has a
 * text of hardware there.
 */
void log_error(const char *fmt, ...) printf_like(1, 2);
void log_info(const char *fmt, ...) printf_like(1, 2);
void log_debug(const char *fmt, ...) printf_like(1, 2);
void log_raw(const char *text);
/*
 * One line for a program at the other end, with its newline: as log_raw(), and false if a sink did
 * not take all of it.
 */
bool log_raw_line(const char *line) must_check;
/* Waits until terminals have sent what they were given, or one stands still, @ms at most each. */
void log_drain(unsigned int ms);

/*
 * Logs the failed operation @op on @path with the error in words, and returns @err (-errno), so
 * that `return log_errno(err, "write", path);` works.
 */
int log_errno(int err, const char *op, const char *path);

#endif
