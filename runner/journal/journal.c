/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: JSON lines, each on the disk before what it announces is done.
 */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "journal/member.h"

#define BUFFER_SIZE (2u * JOURNAL_MAX_LINE) /* what is left of one line, and the next */

int journal_open(struct journal *j, int dirfd)
{
	_cleanup_close_ int fd = openat(dirfd, JOURNAL_NAME,
					O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	struct stat st;
	char last = '\n';
	int ret;

	j->fd = -1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		return -EIO;
	if (last != '\n') {
		ret = util_write_all(fd, "\n", 1);
		if (ret < 0)
			return ret;
	}
	if (fsync(fd) < 0 || fsync(dirfd) < 0)
		return -errno;
	j->fd = util_take_fd(&fd);
	return 0;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

int journal_format(const char *ev, json_t *obj, char **line, size_t *len)
{
	_cleanup_free_ char *text = NULL;

	if (json_object_set_new(obj, "ev", json_string(ev)) == 0 &&
	    json_object_set_new(obj, "t_ms", json_integer((json_int_t)util_now_ms())) == 0)
		text = json_dumps(obj, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(obj);
	if (!text)
		return -ENOMEM;
	*len = strlen(text);
	if (*len >= JOURNAL_MAX_LINE)
		return -EMSGSIZE;
	text[(*len)++] = '\n'; /* in place of the NUL: one write for the whole line */
	*line = util_take_ptr(text);
	return 0;
}

int journal_write(const struct journal *j, const char *line, size_t len)
{
	int ret = util_write_all(j->fd, line, len);

	if (ret < 0)
		return ret;
	return fsync(j->fd) < 0 ? -errno : 0;
}

void journal_note(int (*append)(void *to, const char *ev, json_t *obj), void *to, bool incomplete,
		  const char *fmt, va_list args)
{
	json_t *note = json_object();
	char text[512];

	vsnprintf(text, sizeof(text), fmt, args);
	util_sanitise(text);
	member_set_text(note, "text", text);
	member_set_flag(note, "incomplete", incomplete);
	if (append(to, "note", note) < 0)
		log_error("not in the journal: %s", text);
}

/* An event, or NULL if the line is not one. */
static json_t *parse_line(const char *line, size_t len)
{
	json_t *obj;

	if (len >= JOURNAL_MAX_LINE)
		return NULL;
	obj = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (obj && json_is_object(obj) && json_is_string(json_object_get(obj, "ev")))
		return obj;
	json_decref(obj);
	return NULL;
}

/* Where the events of a journal go. */
struct reader {
	void (*take)(json_t *event, void *arg);
	void *arg;
	unsigned int damaged;
};

static void take_line(struct reader *r, const char *line, size_t len)
{
	json_t *event = parse_line(line, len);

	if (event)
		r->take(event, r->arg);
	else if (len > 0)
		r->damaged++;
	json_decref(event);
}

/* Takes the whole lines. Returns how many bytes are behind the last of them. */
static size_t take_lines(struct reader *r, const char *text, size_t len)
{
	const char *end = text + len, *eol;

	while (text < end && (eol = memchr(text, '\n', (size_t)(end - text)))) {
		take_line(r, text, (size_t)(eol - text));
		text = eol + 1;
	}
	return (size_t)(end - text);
}

unsigned int journal_scan(const char *text, size_t len, void (*take)(json_t *event, void *arg),
			  void *arg)
{
	struct reader r = { take, arg, len > JOURNAL_MAX_SIZE };

	/* A line without its end was cut off, even if what is there can be read. */
	if (take_lines(&r, text, len < JOURNAL_MAX_SIZE ? len : JOURNAL_MAX_SIZE) > 0)
		r.damaged++;
	return r.damaged;
}

/* Reads on into @buf, in which there are @have bytes. Returns the length, 0 at the end, -errno. */
static ssize_t read_piece(int fd, char *buf, size_t have, uint64_t *total)
{
	size_t room = BUFFER_SIZE - have;
	ssize_t n;

	if (room > JOURNAL_MAX_SIZE - *total)
		room = JOURNAL_MAX_SIZE - *total;
	n = util_read_all(fd, buf + have, room);
	if (n > 0)
		*total += (uint64_t)n;
	return n;
}

static int read_lines(struct reader *r, int fd, char *buf)
{
	uint64_t total = 0;
	size_t have = 0;
	bool endless = false; /* within a line that is longer than any event */
	ssize_t n;
	char more;

	while ((n = read_piece(fd, buf, have, &total)) > 0) {
		const size_t len = have + (size_t)n;
		const char *eol = endless ? memchr(buf, '\n', len) : NULL;
		const size_t skip = eol ? (size_t)(eol + 1 - buf) : endless ? len : 0;

		endless &= !eol;
		have = take_lines(r, buf + skip, len - skip);
		memmove(buf, buf + len - have, have);
		if (have < JOURNAL_MAX_LINE)
			continue;
		r->damaged++;
		endless = true;
		have = 0;
	}
	if (n < 0)
		return (int)n;
	r->damaged += have > 0;
	if (util_read_all(fd, &more, 1) == 1) {
		log_error("the journal is longer than %u MB: what comes behind is not read",
			  JOURNAL_MAX_SIZE >> 20);
		r->damaged++;
	}
	return 0;
}

int journal_read(int dirfd, const char *path, void (*take)(json_t *event, void *arg), void *arg,
		 unsigned int *damaged)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *buf = NULL;
	struct reader r = { take, arg, 0 };
	struct stat st;
	int ret;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	buf = malloc(BUFFER_SIZE);
	ret = buf ? read_lines(&r, fd, buf) : -ENOMEM;
	*damaged = r.damaged;
	return ret;
}

/* An array of events that is NULL as soon as one could not be added. */
struct events {
	json_t *array;
};

static void append_event(json_t *event, void *arg)
{
	struct events *events = arg;

	if (events->array && json_array_append(events->array, event) < 0) {
		json_decref(events->array);
		events->array = NULL;
	}
}

static void append_outline(json_t *event, void *arg)
{
	static const char *const found[] = { "evidence", "kernel_log", "console", "also" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(found); i++)
		json_object_del(event, found[i]);
	append_event(event, arg);
}

json_t *journal_outline(int dirfd)
{
	struct events events = { json_array() };
	unsigned int damaged;

	if (journal_read(dirfd, JOURNAL_NAME, append_outline, &events, &damaged) == 0)
		return events.array;
	json_decref(events.array);
	return NULL;
}

const json_t *journal_first(const json_t *events, const char *ev)
{
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (strcmp(member_text(event, "ev"), ev) == 0)
			return event;
	return NULL;
}
