/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journal events between processes.
 */
#include "journal/relay.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include "journal/journal.h"

/* Returns 1, or 0 if the other end is closed. */
static int read_whole(int fd, void *buf, size_t size)
{
	ssize_t n = recv(fd, buf, size, MSG_WAITALL);

	return n == (ssize_t)size;
}

int relay_append(int fd, const char *ev, json_t *obj)
{
	_cleanup_free_ char *text = NULL;
	json_t *msg;
	uint32_t len;
	int answer;

	if (!obj)
		return -ENOMEM;
	msg = json_pack("{s:s, s:o}", "ev", ev, "obj", obj);
	text = json_dumps(msg, JSON_COMPACT);
	json_decref(msg);
	if (!text || strlen(text) > JOURNAL_MAX_LINE)
		return -ENOMEM;
	len = (uint32_t)strlen(text);
	if (util_write_all(fd, &len, sizeof(len)) < 0 || util_write_all(fd, text, len) < 0 ||
	    !read_whole(fd, &answer, sizeof(answer)))
		return -EPIPE;
	return answer;
}

static int append(void *fd, const char *ev, json_t *obj)
{
	return relay_append(*(int *)fd, ev, obj);
}

void relay_note(int fd, bool incomplete, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	journal_note(append, &fd, incomplete, fmt, args);
	va_end(args);
}

int relay_serve(int fd, struct store *store)
{
	_cleanup_free_ char *text = NULL;
	const char *ev;
	json_t *msg, *obj;
	uint32_t len;
	int answer = -EPROTO;

	if (!read_whole(fd, &len, sizeof(len)))
		return 0;
	text = len <= JOURNAL_MAX_LINE ? malloc(len) : NULL;
	if (!text || !read_whole(fd, text, len))
		return -EPROTO;
	msg = json_loadb(text, len, 0, NULL);
	if (msg && json_unpack(msg, "{s:s, s:O}", "ev", &ev, "obj", &obj) == 0)
		answer = store_append(store, ev, obj);
	json_decref(msg);
	if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
		return 0;
	return answer < 0 ? answer : 1;
}
