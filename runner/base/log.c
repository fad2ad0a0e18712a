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
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include "base/sysroot.h"

#define LOG_MAX_LINE 400
#define LOG_MAX_TEXT 4096
#define LOG_STALL_MS 1000 /* without a byte that moves: 1200 baud send 16 bytes in 130 ms */
#define LOG_TICK_MS 50
#define LOG_DRAIN_MS 15000 /* a full buffer at 9600 baud takes 4 s */
/* For another process's line; longer than that takes if no sink but one stands still. */
#define LOG_TURN_MS 3000

/* What all processes that write to a sink know of it. */
struct sink_state {
	bool stalled; /* it takes nothing: it is not waited for again until it does */
	unsigned int lost; /* bytes that it did not take since */
};

/* The log sink: one of the program's two mutable globals. */
static struct {
	int fds[LOG_MAX_SINKS];
	struct sink_state *states; /* of each, in shared memory */
	int turn; /* file whose lock is the turn to write; -1: none */
	unsigned int n;
	bool silent; /* without a sink, nothing is said: stderr would be the operator's screen */
	enum log_level level;
	char item[160];
} sink = { .turn = -1, .level = LOG_LEVEL_INFO };

bool log_is_screen(const char *name)
{
	return strcmp(name, "tty0") == 0 || strcmp(name, "tty1") == 0;
}

void log_stay_silent(void)
{
	sink.silent = true;
}

bool log_add_sink(int fd)
{
	if (!sink.states) {
		sink.states = mmap(NULL, LOG_MAX_SINKS * sizeof(*sink.states),
				   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (sink.states == MAP_FAILED)
			sink.states = NULL;
	}
	if (sink.turn < 0)
		sink.turn = memfd_create("log", MFD_CLOEXEC);
	if (!sink.states || sink.n == LOG_MAX_SINKS) {
		close(fd);
		return false;
	}
	sink.states[sink.n] = (struct sink_state){ 0 };
	sink.fds[sink.n++] = fd;
	return true;
}

int log_open_consoles(const struct sysroot *root, bool screen)
{
	char active[256], *save = NULL, *name;
	int ret = sysroot_read(root, active, sizeof(active), "sys/class/tty/console/active");

	if (ret < 0)
		return ret;
	ret = 0;
	for (name = strtok_r(active, " \n", &save); name; name = strtok_r(NULL, " \n", &save)) {
		int fd;

		if (screen && log_is_screen(name)) {
			log_stay_silent();
			continue;
		}
		fd = sysroot_openat(root, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_APPEND, "dev/%s",
				    name);
		if (fd < 0)
			ret = fd;
		else if (!log_add_sink(fd))
			ret = -ENOSPC;
	}
	return ret;
}

/* Bytes that a terminal has been given and has not sent; -1 for what is no terminal. */
static int count_unsent(int fd)
{
	int n;

	return ioctl(fd, TIOCOUTQ, &n) < 0 ? -1 : n;
}

/* Waits until the sink takes more. False if it does not, and nothing moves. */
static bool wait_writable(int fd)
{
	uint64_t moved = util_now_ms();
	int unsent = count_unsent(fd);

	while (util_now_ms() - moved < LOG_STALL_MS) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		int now;

		if (poll(&p, 1, LOG_TICK_MS) > 0)
			return !(p.revents & (POLLERR | POLLHUP | POLLNVAL));
		now = count_unsent(fd);
		/* A terminal asks for more only when little is left: slow is not stuck. */
		if (now < unsent) {
			unsent = now;
			moved = util_now_ms();
		}
	}
	return false;
}

static bool is_drained(void *arg)
{
	return count_unsent(*(int *)arg) <= 0;
}

/* close(2) of a terminal waits up to 30 s for what it has not sent, unless it is thrown away. */
static void sink_close(int fd, bool stalled)
{
	if (count_unsent(fd) > 0 && (stalled || util_poll_until(is_drained, &fd, LOG_DRAIN_MS) < 0))
		ioctl(fd, TCFLSH, TCOFLUSH);
	close(fd);
}

void log_drain(unsigned int ms)
{
	unsigned int i;

	for (i = 0; i < sink.n; i++)
		if (!sink.states[i].stalled)
			(void)!util_poll_until(is_drained, &sink.fds[i], ms);
}

void log_close(void)
{
	while (sink.n > 0) {
		sink.n--;
		sink_close(sink.fds[sink.n], sink.states[sink.n].stalled);
	}
	if (sink.states)
		munmap(sink.states, LOG_MAX_SINKS * sizeof(*sink.states));
	sink.states = NULL;
	if (sink.turn >= 0)
		close(util_take_fd(&sink.turn));
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

/* Writes all of it, and waits while the sink takes bytes. Returns how many it has taken. */
static size_t write_waiting(int fd, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN || !wait_writable(fd))
			break;
	}
	return done;
}

/*
 * Says to a sink that took nothing for a while how much it has missed: one write, which is not
 * waited for. True if it has been taken.
 */
static bool sink_wakes(int fd, struct sink_state *state)
{
	char text[80];

	util_format(text, sizeof(text), "\n[%u bytes are missing here: they were not taken]\n",
		    state->lost);
	if (write(fd, text, strlen(text)) <= 0)
		return false;
	*state = (struct sink_state){ 0 };
	return true;
}

/* Writes one line to one sink, unless it takes nothing. True if all of it was taken. */
static bool sink_write(int fd, struct sink_state *state, const char *line, size_t len)
{
	size_t done = 0;

	if (!state->stalled || sink_wakes(fd, state)) {
		done = write_waiting(fd, line, len);
		state->stalled = done < len;
	}
	state->lost += (unsigned int)(len - done);
	return done == len;
}

/* The lock is the process's own, and goes with it: one that is killed keeps nobody waiting. */
static bool set_turn(short type)
{
	const struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };

	return fcntl(sink.turn, F_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

static bool take_turn(void *arg)
{
	(void)arg;
	return set_turn(F_WRLCK);
}

/* @line ends in a newline. True if every sink has taken all of it. */
static bool line_write(const char *line, size_t len)
{
	struct sink_state state = { 0 };
	bool taken = true;
	unsigned int i;

	if (sink.n == 0)
		return sink.silent || sink_write(STDERR_FILENO, &state, line, len);
	/* A process that was stopped in the middle of a line does not keep the others silent. */
	(void)!util_poll_until(take_turn, NULL, LOG_TURN_MS);
	for (i = 0; i < sink.n; i++)
		taken &= sink_write(sink.fds[i], &sink.states[i], line, len);
	set_turn(F_UNLCK);
	return taken;
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
	util_break_marks(text);
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

/* One line of @len bytes, in pieces if it is too long for the buffer. True if all was taken. */
static bool raw_line(const char *text, size_t len)
{
	char line[LOG_MAX_LINE + 1];
	bool begin = true, taken = true;

	do {
		size_t n = len < LOG_MAX_LINE ? len : LOG_MAX_LINE - 1;

		memcpy(line, text, n);
		line[n] = '\0';
		util_sanitise(line);
		util_break_marks(begin && n > 0 ? line + 1 : line);
		line[n] = '\n';
		taken &= line_write(line, n + 1);
		begin = false;
		text += n;
		len -= n;
	} while (len > 0);
	return taken;
}

bool log_raw_line(const char *line)
{
	return raw_line(line, strcspn(line, "\n"));
}

void log_raw(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		raw_line(text, len);
		text += len;
		text += *text == '\n';
	}
}

int log_errno(int err, const char *op, const char *path)
{
	log_error("%s %s: %s", op, path, strerror(-err));
	return err;
}
