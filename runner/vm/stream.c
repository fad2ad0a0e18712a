/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets to QEMU. */
#include "vm/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* sendmsg() without ever waiting. */
static ssize_t stream_send_part(int fd, const void *data, size_t len, int pass)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (pass >= 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(pass));
		memcpy(CMSG_DATA(c), &pass, sizeof(pass));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int stream_send(int fd, const void *data, size_t len, int pass, unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;
	const char *p = data;

	if (fd < 0)
		return -EPIPE;
	while (len > 0) {
		struct pollfd pfd = { .fd = fd, .events = POLLOUT };
		ssize_t n = stream_send_part(fd, p, len, pass);
		uint64_t now = util_now_ms();

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
			pass = -1;
		} else if (errno != EAGAIN && errno != EINTR) {
			return -EPIPE;
		} else if (now >= end) {
			return -ETIMEDOUT;
		} else {
			poll(&pfd, 1, (int)(end - now));
		}
	}
	return 0;
}

void stream_append_text(char *text, size_t size, const char *data, size_t len)
{
	size_t have = strlen(text);

	if (len >= size) {
		data += len - (size - 1);
		len = size - 1;
	}
	if (have + len >= size) {
		size_t drop = have + len - (size - 1);

		memmove(text, text + drop, have - drop + 1);
		have -= drop;
	}
	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (c != '\r' && c != '\0')
			text[have++] = c == '\n' || c == '\t' || (c >= ' ' && c <= '~') ? c : '?';
	}
	text[have] = '\0';
}
