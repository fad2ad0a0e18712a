/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several TCP connections side by side, all in one direction. */
#include "wire/transfer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/crc32c.h"

#define TRANSFER_BUFFER (64u << 10) /* a multiple of 8 */
#define TRANSFER_TURNS 4 /* buffers of one stream before the next one has its turn */

enum tcp_step { TCP_LISTENS, TCP_CONNECTS, TCP_CARRIES, TCP_CLOSES, TCP_OVER };

struct tcp_stream {
	int fd;
	enum tcp_step step;
	size_t filled, used; /* of the buffer: made, and handed to the socket */
	uint8_t *buf; /* TRANSFER_BUFFER bytes */
};

struct tcp_flow {
	const struct transfer_config *c;
	struct transfer_state *s;
	unsigned int over;
	uint64_t start_us, end_ms;
	uint64_t until_ms; /* to send, if there is enough by then */
	uint64_t min_bytes, max_bytes; /* of each stream */
	struct tcp_stream streams[TRANSFER_MAX_STREAMS];
};

static int tcp_open(struct tcp_flow *f, unsigned int i)
{
	const struct transfer_config *c = f->c;
	struct tcp_stream *t = &f->streams[i];
	const uint16_t port = (uint16_t)(c->port + i);

	f->s->stream[i].wrong_at = TRANSFER_NOWHERE;
	t->buf = malloc(TRANSFER_BUFFER);
	if (!t->buf)
		return -ENOMEM;
	if (c->plain)
		memset(t->buf, 0, TRANSFER_BUFFER);
	t->step = c->role == TRANSFER_TCP_SERVER ? TCP_LISTENS : TCP_CONNECTS;
	t->fd = t->step == TCP_LISTENS ? ip_listen(c->ifname, &c->local, port)
				       : ip_connect(c->ifname, &c->local, &c->remote, port);
	return t->fd < 0 ? t->fd : 0;
}

/* The first of the connections that is there starts the clocks. */
static void tcp_begin(struct tcp_flow *f, struct tcp_stream *t)
{
	t->step = TCP_CARRIES;
	if (f->start_us > 0)
		return;
	f->start_us = util_now_us();
	f->until_ms = util_now_ms() + f->c->budget_ms;
	f->s->phase = TRANSFER_RUNNING;
}

static int tcp_accept(struct tcp_flow *f, struct tcp_stream *t)
{
	int fd = accept4(t->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	close(t->fd);
	t->fd = fd;
	tcp_begin(f, t);
	return 0;
}

static int tcp_connected(struct tcp_flow *f, struct tcp_stream *t)
{
	int ret = ip_error(t->fd);

	if (ret == 0)
		tcp_begin(f, t);
	return ret;
}

static void tcp_over(struct tcp_flow *f, unsigned int i)
{
	f->s->stream[i].retransmissions = ip_retransmissions(f->streams[i].fd);
	f->streams[i].step = TCP_OVER;
	f->over++;
	f->s->us = util_now_us() - f->start_us;
}

/* The next bytes of the stream are made. False: it is to end. */
static bool tcp_fill(struct tcp_flow *f, unsigned int i)
{
	struct tcp_stream *t = &f->streams[i];
	struct transfer_stream *r = &f->s->stream[i];
	const uint64_t sent = r->bytes;
	uint64_t left;

	if (t->used < t->filled)
		return true;
	if (sent >= f->max_bytes || (sent >= f->min_bytes && util_now_ms() >= f->until_ms))
		return false;
	left = f->max_bytes - sent;
	t->filled = left < TRANSFER_BUFFER ? (size_t)left : TRANSFER_BUFFER;
	t->used = 0;
	if (f->c->plain)
		return true;
	/* Of what is made beyond the stream's end nothing is sent. */
	transfer_fill(t->buf, TRANSFER_BUFFER, f->c->seed, i, sent);
	r->crc = crc32c_add(r->crc, t->buf, t->filled);
	if (f->c->fault && sent == 0)
		t->buf[t->filled / 2] ^= 1;
	return true;
}

static int tcp_send(struct tcp_flow *f, unsigned int i)
{
	struct tcp_stream *t = &f->streams[i];

	for (unsigned int turn = 0; turn < TRANSFER_TURNS; turn++) {
		ssize_t n;

		if (!tcp_fill(f, i)) {
			t->step = TCP_CLOSES;
			return shutdown(t->fd, SHUT_WR) < 0 ? -errno : 0;
		}
		n = send(t->fd, t->buf + t->used, t->filled - t->used, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		t->used += (size_t)n;
		f->s->stream[i].bytes += (uint64_t)n;
		f->s->bytes += (uint64_t)n;
	}
	return 0;
}

/* All that was sent has arrived when the other end closes, too. */
static int tcp_close(struct tcp_flow *f, unsigned int i)
{
	struct tcp_stream *t = &f->streams[i];
	ssize_t n = recv(t->fd, t->buf, TRANSFER_BUFFER, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n > 0)
		return -EBADMSG; /* this end was told nothing of that */
	tcp_over(f, i);
	return 0;
}

static void tcp_take(struct tcp_flow *f, unsigned int i, size_t n)
{
	struct tcp_stream *t = &f->streams[i];
	struct transfer_stream *r = &f->s->stream[i];

	if (!f->c->plain) {
		r->crc = crc32c_add(r->crc, t->buf, n);
		if (r->wrong_at == TRANSFER_NOWHERE)
			r->wrong_at = transfer_compare(t->buf, n, f->c->seed, i, r->bytes);
	}
	r->bytes += n;
	f->s->bytes += n;
}

static int tcp_receive(struct tcp_flow *f, unsigned int i)
{
	struct tcp_stream *t = &f->streams[i];

	for (unsigned int turn = 0; turn < TRANSFER_TURNS; turn++) {
		ssize_t n = recv(t->fd, t->buf, TRANSFER_BUFFER, 0);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (n == 0) {
			tcp_over(f, i);
			shutdown(t->fd, SHUT_RDWR);
			return 0;
		}
		tcp_take(f, i, (size_t)n);
	}
	return 0;
}

static int tcp_step(struct tcp_flow *f, unsigned int i)
{
	struct tcp_stream *t = &f->streams[i];

	switch (t->step) {
	case TCP_LISTENS:
		return tcp_accept(f, t);
	case TCP_CONNECTS:
		return tcp_connected(f, t);
	case TCP_CARRIES:
		return f->c->sends ? tcp_send(f, i) : tcp_receive(f, i);
	case TCP_CLOSES:
		return tcp_close(f, i);
	default:
		return 0;
	}
}

static const char *tcp_doing(const struct tcp_flow *f, unsigned int i)
{
	static const char *const words[] = { "listening", "connecting", "", "closing", "" };
	const struct tcp_stream *t = &f->streams[i];

	return t->step != TCP_CARRIES ? words[t->step] : f->c->sends ? "sending" : "receiving";
}

/* The first stream that is not over. */
static unsigned int tcp_waits(const struct tcp_flow *f)
{
	unsigned int i = 0;

	while (i + 1 < f->c->streams && f->streams[i].step == TCP_OVER)
		i++;
	return i;
}

static void tcp_loop(struct tcp_flow *f)
{
	struct pollfd fds[TRANSFER_MAX_STREAMS];
	const unsigned int n = f->c->streams;

	while (f->over < n) {
		const uint64_t now = util_now_ms();

		if (now >= f->end_ms) {
			transfer_end(f->s, -ETIMEDOUT, tcp_doing(f, tcp_waits(f)));
			return;
		}
		for (unsigned int i = 0; i < n; i++) {
			const struct tcp_stream *t = &f->streams[i];
			const bool out =
				t->step == TCP_CONNECTS || (t->step == TCP_CARRIES && f->c->sends);

			fds[i] = (struct pollfd){ .fd = t->step == TCP_OVER ? -1 : t->fd,
						  .events = out ? POLLOUT : POLLIN };
		}
		if (poll(fds, n, (int)(f->end_ms - now)) <= 0)
			continue;
		for (unsigned int i = 0; i < n; i++) {
			int ret = fds[i].revents != 0 ? tcp_step(f, i) : 0;

			if (ret < 0) {
				transfer_end(f->s, ret, tcp_doing(f, i));
				return;
			}
		}
	}
	transfer_end(f->s, 0, "");
}

void transfer_run_tcp(const struct transfer_config *c, struct transfer_state *s)
{
	struct tcp_flow f = { .c = c,
			      .s = s,
			      .end_ms = util_now_ms() + c->timeout_ms,
			      .min_bytes = c->min_bytes / c->streams,
			      .max_bytes = c->max_bytes / c->streams };
	unsigned int i = 0;
	int ret = 0;

	for (unsigned int k = 0; k < TRANSFER_MAX_STREAMS; k++)
		f.streams[k].fd = -1;
	for (; ret == 0 && i < c->streams; i++)
		ret = tcp_open(&f, i);
	if (ret == 0) {
		s->phase = TRANSFER_READY;
		tcp_loop(&f);
	} else {
		transfer_end(s, ret, tcp_doing(&f, i - 1));
	}
	for (unsigned int k = 0; k < TRANSFER_MAX_STREAMS; k++) {
		util_closep(&f.streams[k].fd);
		free(f.streams[k].buf);
	}
}
