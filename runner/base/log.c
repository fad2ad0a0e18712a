/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes log lines to every kernel console, or to stderr where there is none. A console that does
 * not take its output (flow control, a stopped terminal) loses lines; it never stops the run.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include "base/sysroot.h"

#define LOG_MAX_SINKS 8
#define LOG_MAX_LINE 400
#define LOG_MAX_TEXT 4096
#define LOG_STALL_MS 2000

/* The log sink: one of the program's two mutable globals. */
static struct {
	int fds[LOG_MAX_SINKS];
	bool stalled[LOG_MAX_SINKS];
	unsigned int n;
	bool silent; /* without a sink, nothing is said: stderr would be the operator's screen */
	enum log_level level;
	char item[160];
} sink = { .level = LOG_LEVEL_INFO };

/* The current virtual terminal, and the first one: lines there would be on top of the screen. */
static bool is_screen(const char *name)
{
	return strcmp(name, "tty0") == 0 || strcmp(name, "tty1") == 0;
}

int log_open_consoles(const struct sysroot *root, bool screen)
{
	char active[256], *save = NULL, *name;
	int ret = sysroot_read(root, active, sizeof(active), "sys/class/tty/console/active");

	if (ret < 0)
		return ret;
	ret = 0;
	for (name = strtok_r(active, " \n", &save); name && sink.n < LOG_MAX_SINKS;
	     name = strtok_r(NULL, " \n", &save)) {
		int fd;

		if (screen && is_screen(name)) {
			sink.silent = true;
			continue;
		}
		fd = sysroot_openat(root, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_APPEND, "dev/%s",
				    name);

		if (fd < 0) {
			ret = fd;
			continue;
		}
		sink.stalled[sink.n] = false;
		sink.fds[sink.n++] = fd;
	}
	return ret;
}

void log_close(void)
{
	while (sink.n > 0)
		close(sink.fds[--sink.n]);
	sink.silent = false;
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

void log_set_item(const char *case_id, const char *subject)
{
	if (case_id)
		util_format(sink.item, sizeof(sink.item), "%s%s%s", case_id, subject ? " " : "",
			    subject ? subject : "");
	else
		sink.item[0] = '\0';
}

/* Writes one line to one sink; gives up on a sink that takes nothing for LOG_STALL_MS. */
static void sink_write(int fd, bool *stalled, const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, line, len);
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (n > 0) {
			*stalled = false;
			line += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN || *stalled)
			return;
		if (poll(&p, 1, LOG_STALL_MS) <= 0) {
			*stalled = true;
			return;
		}
	}
}

/* @line ends in a newline. */
static void line_write(const char *line, size_t len)
{
	bool stalled = false;
	unsigned int i;

	for (i = 0; i < sink.n; i++)
		sink_write(sink.fds[i], &sink.stalled[i], line, len);
	if (sink.n == 0 && !sink.silent)
		sink_write(STDERR_FILENO, &stalled, line, len);
}

/* Where to cut @text of at most @room characters: at a space, if there is one in its last third. */
static size_t fold_at(const char *text, size_t room)
{
	size_t len = strlen(text), i;

	if (len <= room)
		return len;
	for (i = room; i > room - room / 3; i--)
		if (text[i] == ' ')
			return i;
	return room;
}

static void text_write(enum log_level level, const char *fmt, va_list args)
{
	uint64_t now = util_now_ms();
	char text[LOG_MAX_TEXT], line[LOG_MAX_LINE + 1], prefix[200];
	const char *p = text;
	int head;

	if (level > sink.level)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	util_sanitise(util_trim(text));
	head = snprintf(prefix, sizeof(prefix), "[%5llu.%03llu] %s%s",
			(unsigned long long)now / 1000, (unsigned long long)now % 1000, sink.item,
			sink.item[0] ? ": " : "");
	do {
		size_t cut = fold_at(p, LOG_MAX_LINE - (size_t)head - 1);
		int len = snprintf(line, sizeof(line), "%s%.*s\n", prefix, (int)cut, p);

		line_write(line, (size_t)len);
		p += cut;
		while (*p == ' ')
			p++;
	} while (*p);
}

#define LOG_FUNCTION(name, level)               \
	void name(const char *fmt, ...)         \
	{                                       \
		va_list args;                   \
                                                \
		va_start(args, fmt);            \
		text_write((level), fmt, args); \
		va_end(args);                   \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

void log_raw(const char *text)
{
	char line[LOG_MAX_LINE + 1];

	while (*text) {
		const char *end = strchrnul(text, '\n');
		size_t len = (size_t)(end - text);

		/* A line that is too long for the buffer goes out in pieces. */
		if (len >= LOG_MAX_LINE)
			len = LOG_MAX_LINE - 1;
		memcpy(line, text, len);
		line[len] = '\0';
		util_sanitise(line);
		line[len++] = '\n';
		line_write(line, len);
		text = text + len - 1;
		if (*text == '\n')
			text++;
	}
}

int log_errno(int err, const char *op, const char *path)
{
	log_error("%s %s: %s", op, path, strerror(-err));
	return err;
}
