/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: JSON lines, each on the disk before what it announces is done.
 */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/member.h"

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

int journal_append(struct journal *j, const char *ev, json_t *obj)
{
	_cleanup_free_ char *line = NULL;
	size_t len;
	int ret = -ENOMEM;

	if (json_object_set_new(obj, "ev", json_string(ev)) == 0 &&
	    json_object_set_new(obj, "t_ms", json_integer((json_int_t)util_now_ms())) == 0)
		line = json_dumps(obj, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(obj);
	if (!line)
		return ret;
	len = strlen(line);
	if (len >= JOURNAL_MAX_LINE)
		return -EMSGSIZE;
	line[len] = '\n'; /* in place of the NUL: one write for the whole line */
	ret = util_write_all(j->fd, line, len + 1);
	if (ret < 0)
		return ret;
	return fsync(j->fd) < 0 ? -errno : 0;
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

json_t *journal_parse(const char *text, size_t len, unsigned int *damaged)
{
	const char *end = text + (len < JOURNAL_MAX_SIZE ? len : JOURNAL_MAX_SIZE);
	json_t *events = json_array();
	unsigned int bad = len > JOURNAL_MAX_SIZE;

	while (events && text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		json_t *obj = NULL;

		/* A line without its end was cut off, even if what is there can be read. */
		if (eol)
			obj = parse_line(text, (size_t)(eol - text));
		if (!obj && (!eol || eol > text))
			bad++;
		if (obj && json_array_append_new(events, obj) < 0) {
			json_decref(events);
			return NULL;
		}
		text = eol ? eol + 1 : end;
	}
	if (damaged)
		*damaged = bad;
	return events;
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
