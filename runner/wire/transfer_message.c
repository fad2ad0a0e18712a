/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP messages and ICMP echo: counted, sent back, timed. */
#include "wire/transfer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE_ANSWER_MS \
	1000 /* one that is not answered by then is lost, unless budget_ms is less */
#define MESSAGE_MAX_TIMES 65536u
#define MESSAGE_BATCH 64u
#define ICMP_ID 0x7666

/* What stands in each message. For ICMP the echo's header is in front of it. */
struct message {
	uint32_t seed, number;
};

struct message_flow {
	const struct transfer_config *c;
	struct transfer_state *s;
	uint64_t start_us, end_ms;
	unsigned int n;
	int fds[TRANSFER_MAX_SOCKETS];
	uint32_t n_times;
	uint32_t *times; /* us, MESSAGE_MAX_TIMES */
	uint8_t buf[TRANSFER_MAX_SIZE + 128];
};

static int message_open(struct message_flow *f)
{
	const struct transfer_config *c = f->c;
	const bool server = c->role == TRANSFER_UDP_SINK || c->role == TRANSFER_UDP_ECHO;
	const unsigned int n = c->role == TRANSFER_UDP_SOURCE ? c->streams : 1;

	for (; f->n < n; f->n++) {
		struct ip_address local = c->local;

		if (c->many_addresses)
			local.bytes[c->local.family == IP_V4 ? 3 : 15] += (uint8_t)f->n;
		f->fds[f->n] = c->role == TRANSFER_PING
				       ? ip_open_ping(c->ifname, &local, &c->remote)
				       : ip_open_udp(c->ifname, &local, server ? NULL : &c->remote,
						     c->port);
		if (f->fds[f->n] < 0)
			return f->fds[f->n];
	}
	return 0;
}

static void message_note_time(struct message_flow *f)
{
	const uint64_t now = util_now_us();

	if (f->start_us == 0)
		f->start_us = now;
	f->s->us = now - f->start_us;
}

static uint16_t icmp_checksum(const uint8_t *buf, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? buf[i] : (uint32_t)buf[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Makes message @number; the rest of it is what a stream has, too. Returns its length. */
static size_t message_make(struct message_flow *f, uint32_t number)
{
	const struct transfer_config *c = f->c;
	const struct message m = { c->seed, number };
	const bool ping = c->role == TRANSFER_PING, v4 = c->local.family == IP_V4;
	uint8_t *body = f->buf + (ping ? 8 : 0);

	memcpy(body, &m, sizeof(m));
	transfer_fill(body + sizeof(m), (c->size - sizeof(m)) / 8 * 8, c->seed, 0, 0);
	memset(body + c->size - c->size % 8, 0, c->size % 8);
	if (!ping)
		return c->size;
	memcpy(f->buf,
	       (uint8_t[8]){ v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST, 0, 0, 0, ICMP_ID >> 8,
			     ICMP_ID & 0xff, (uint8_t)(number >> 8), (uint8_t)number },
	       8);
	if (v4) { /* the kernel does it for ICMPv6: RFC 3542, 3.1 */
		uint16_t sum = icmp_checksum(f->buf, c->size + 8u);

		memcpy(f->buf + 2, &sum, 2);
	}
	return c->size + 8u;
}

/* True if the @len bytes that were read are a whole message of this transfer; *@number is its own.
 */
static bool message_parse(struct message_flow *f, size_t len, uint32_t *number)
{
	const struct transfer_config *c = f->c;
	const bool v4 = c->local.family == IP_V4;
	size_t head = 0;
	struct message m;

	if (c->role == TRANSFER_PING) {
		head = v4 ? (f->buf[0] & 15u) * 4u : 0;
		if (len < head + 8 || f->buf[head] != (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY))
			return false;
		head += 8;
	}
	if (len != head + c->size)
		return false;
	memcpy(&m, f->buf + head, sizeof(m));
	*number = m.number;
	return m.seed == c->seed &&
	       transfer_compare(f->buf + head + sizeof(m), (c->size - sizeof(m)) / 8 * 8, c->seed,
				0, 0) == TRANSFER_NOWHERE;
}

/* A sink counts what comes, an echo sends it back. */
static int message_serve(struct message_flow *f)
{
	struct pollfd p = { .fd = f->fds[0], .events = POLLIN };

	for (uint64_t now = util_now_ms(); now < f->end_ms; now = util_now_ms()) {
		if (poll(&p, 1, (int)(f->end_ms - now)) <= 0)
			continue;
		for (unsigned int i = 0; i < MESSAGE_BATCH; i++) {
			struct sockaddr_storage from;
			socklen_t size = sizeof(from);
			uint32_t number;
			ssize_t n = recvfrom(f->fds[0], f->buf, sizeof(f->buf), 0,
					     (struct sockaddr *)&from, &size);

			if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
				return -errno;
			if (n < 0)
				break;
			if (!message_parse(f, (size_t)n, &number))
				continue;
			f->s->received++;
			message_note_time(f);
			if (f->c->role == TRANSFER_UDP_ECHO &&
			    sendto(f->fds[0], f->buf, (size_t)n, 0, (struct sockaddr *)&from,
				   size) == n)
				f->s->sent++;
		}
	}
	return -ETIMEDOUT;
}

/* Waits until the socket takes more. False: the transfer's time is over. */
static bool message_await(struct message_flow *f, int fd, short events, uint64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now = util_now_ms(), end = until_ms < f->end_ms ? until_ms : f->end_ms;

	return now < end && poll(&p, 1, (int)(end - now)) > 0;
}

static int message_source(struct message_flow *f)
{
	const struct transfer_config *c = f->c;
	const uint64_t until = c->budget_ms > 0 ? util_now_ms() + c->budget_ms : UINT64_MAX;
	size_t len = message_make(f, 0);

	for (uint32_t i = 0; c->count == 0 || i < c->count; i++) {
		const int fd = f->fds[i % f->n];
		const uint64_t now = i % MESSAGE_BATCH == 0 ? util_now_ms() : 0;

		if (now >= until)
			return 0;
		if (now >= f->end_ms)
			return -ETIMEDOUT;
		memcpy(f->buf + offsetof(struct message, number), &i, sizeof(i));
		while (send(fd, f->buf, len, MSG_NOSIGNAL) < 0) {
			/* Nobody listens yet, or any more: that is the other end's to tell. */
			if (errno == ECONNREFUSED || errno == EINTR)
				continue;
			if (errno != EAGAIN && errno != ENOBUFS)
				return -errno;
			if (!message_await(f, fd, POLLOUT, f->end_ms))
				return -ETIMEDOUT;
		}
		f->s->sent++;
		message_note_time(f);
	}
	return 0;
}

/* True if message @number is answered in time. */
static bool message_is_answered(struct message_flow *f, uint32_t number)
{
	const uint32_t budget = f->c->budget_ms;
	const uint64_t until = util_now_ms() + (budget > 0 ? budget : MESSAGE_ANSWER_MS);

	while (message_await(f, f->fds[0], POLLIN, until)) {
		ssize_t n = recv(f->fds[0], f->buf, sizeof(f->buf), 0);
		uint32_t got;

		if (n > 0 && message_parse(f, (size_t)n, &got) && got == number)
			return true;
	}
	return false;
}

/* What a way that is not there at present says: the message is lost, and the next one may come. */
static bool message_may_fail(int err)
{
	return err == ECONNREFUSED || err == EHOSTUNREACH || err == ENETUNREACH ||
	       err == ENETDOWN || err == ENOBUFS || err == EAGAIN;
}

static int message_ask(struct message_flow *f)
{
	const struct transfer_config *c = f->c;

	for (uint32_t i = 0; c->count == 0 || i < c->count; i++) {
		const size_t len = message_make(f, i);
		const uint64_t start = util_now_us();

		if (util_now_ms() >= f->end_ms)
			return -ETIMEDOUT;
		if (send(f->fds[0], f->buf, len, MSG_NOSIGNAL) < 0 && !message_may_fail(errno))
			return -errno;
		f->s->sent++;
		if (!message_is_answered(f, i))
			continue;
		f->s->received++;
		if (f->n_times < MESSAGE_MAX_TIMES)
			f->times[f->n_times++] = (uint32_t)(util_now_us() - start);
		message_note_time(f);
	}
	return 0;
}

static int message_compare_times(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void message_tell_times(struct message_flow *f)
{
	if (f->n_times == 0)
		return;
	qsort(f->times, f->n_times, sizeof(f->times[0]), message_compare_times);
	f->s->p50_us = f->times[f->n_times / 2];
	f->s->p99_us = f->times[(uint64_t)f->n_times * 99 / 100];
	f->s->max_us = f->times[f->n_times - 1];
}

void transfer_run_messages(const struct transfer_config *c, struct transfer_state *s)
{
	static const char *const doing[] = {
		[TRANSFER_UDP_SINK] = "receiving", [TRANSFER_UDP_SOURCE] = "sending",
		[TRANSFER_UDP_ECHO] = "answering", [TRANSFER_UDP_ASK] = "asking",
		[TRANSFER_PING] = "asking",
	};
	struct message_flow f = { .c = c, .s = s, .end_ms = util_now_ms() + c->timeout_ms };
	int ret;

	f.times = malloc(MESSAGE_MAX_TIMES * sizeof(f.times[0]));
	ret = f.times ? message_open(&f) : -ENOMEM;
	if (ret == 0) {
		s->phase = TRANSFER_READY;
		ret = c->role == TRANSFER_UDP_SINK || c->role == TRANSFER_UDP_ECHO
			      ? message_serve(&f)
		      : c->role == TRANSFER_UDP_SOURCE ? message_source(&f)
						       : message_ask(&f);
	}
	message_tell_times(&f);
	for (unsigned int i = 0; i < f.n; i++)
		close(f.fds[i]);
	free(f.times);
	transfer_end(s, ret, doing[c->role]);
}
