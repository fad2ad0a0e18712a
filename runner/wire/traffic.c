/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exchange of test frames over packet sockets: the runner's end and the agent's. */
#include "wire/traffic.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "sys/packet.h"

#define TRAFFIC_SILENT_WINDOWS 3
#define TRAFFIC_VID 0xfff /* of a VLAN tag: 0 is a priority without a VLAN */

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static bool seen_test(const uint8_t *seen, uint32_t seq)
{
	return seen[seq / 8] >> seq % 8 & 1;
}

/* Returns true if @seq was not marked before. */
static bool seen_mark(uint8_t *seen, uint32_t seq)
{
	bool first = !seen_test(seen, seq);

	seen[seq / 8] |= (uint8_t)(1u << seq % 8);
	return first;
}

int traffic_open(const char *ifname, uint8_t mac[ETH_ALEN])
{
	/* As many windows as there are paths can arrive at once. */
	const struct packet_socket want = { .ethertype = FRAME_ETHERTYPE,
					    .buffer = TRAFFIC_BUFFER,
					    .ignore_outgoing = true };

	return packet_open(ifname, &want, mac);
}

uint32_t traffic_new_session(void)
{
	uint32_t session;

	if (getrandom(&session, sizeof(session), 0) != sizeof(session))
		session = (uint32_t)util_now_us();
	return session & ~1u;
}

static int traffic_send(int fd, const struct frame *f)
{
	uint8_t buf[FRAME_MAX_SIZE];

	frames_build(buf, f);
	return send(fd, buf, f->size, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/*
 * Reads one frame that was sent to @mac or to all. Returns 1 with *@check and *@out, 0 if there is
 * none now, -errno.
 */
static int traffic_receive(int fd, const uint8_t mac[ETH_ALEN], enum frame_check *check,
			   struct frame *out)
{
	uint8_t buf[FRAME_MAX_SIZE + 64];
	struct packet_info info;
	ssize_t n = packet_read(fd, buf, sizeof(buf), &info);

	if (n <= 0)
		return (int)n;
	*check = frames_parse(buf, (size_t)n, out);
	if (*check == FRAME_FOREIGN)
		return 1;
	/*
	 * A NIC's switch may hand a broadcast back to the port that sent it, and a frame of a VLAN
	 * that the netdev is not in comes to sockets like any other: neither proves anything.
	 */
	if (info.outgoing || (info.tagged && (info.tci & TRAFFIC_VID) != 0) ||
	    memcmp(out->src, mac, ETH_ALEN) == 0 ||
	    (memcmp(out->dst, mac, ETH_ALEN) != 0 && memcmp(out->dst, broadcast, ETH_ALEN) != 0))
		*check = FRAME_FOREIGN;
	return 1;
}

/* Waits until the socket can be read. Returns 1, 0 at @end (util_now_ms()), -errno. */
static int traffic_wait(int fd, uint64_t end)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t now = util_now_ms();
	int n = poll(&pfd, 1, end > now ? (int)(end - now) : 0);

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	return n;
}

static int traffic_await_probe(int fd, const uint8_t mac[ETH_ALEN], uint32_t session, uint64_t end)
{
	enum frame_check check;
	struct frame f;
	int ret;

	while ((ret = traffic_wait(fd, end)) > 0) {
		ret = traffic_receive(fd, mac, &check, &f);
		if (ret < 0)
			return ret;
		if (ret > 0 && check != FRAME_FOREIGN && f.session == session)
			return 1;
	}
	return ret;
}

int traffic_probe(int fd, const uint8_t mac[ETH_ALEN], const struct traffic_path *path,
		  unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;
	uint32_t session = path->session | 1;

	for (uint32_t seq = 0; seq == 0 || util_now_ms() < end; seq++) {
		struct frame f = {
			.direction = FRAME_REQUEST,
			.session = session,
			.seq = seq % TRAFFIC_MAX_FRAMES,
			.size = frames_size(seq),
		};
		int ret;

		memcpy(f.dst, path->peer, ETH_ALEN);
		memcpy(f.src, mac, ETH_ALEN);
		/* A path that is not up yet may refuse to send or report that it was down. */
		(void)traffic_send(fd, &f);
		ret = traffic_await_probe(fd, mac, session, util_now_ms() + TRAFFIC_PROBE_MS);
		if (ret > 0)
			return 0;
		if (ret < 0 && ret != -ENETDOWN)
			return ret;
	}
	return -ETIMEDOUT;
}

static bool traffic_is_broadcast(uint32_t seq)
{
	return seq % TRAFFIC_BROADCAST_EVERY == TRAFFIC_WINDOW - 1;
}

static void traffic_send_window(int fd, const uint8_t mac[ETH_ALEN], struct traffic_path *p,
				uint32_t first, uint32_t end)
{
	p->window = first;
	if (first == 0)
		p->times.start_us = util_now_us();
	for (uint32_t seq = first; seq < end; seq++) {
		bool all = traffic_is_broadcast(seq);
		struct frame f = {
			.direction = FRAME_REQUEST,
			.session = p->session,
			.seq = seq,
			.size = frames_size(seq),
		};
		int ret;

		memcpy(f.dst, all ? broadcast : p->peer, ETH_ALEN);
		memcpy(f.src, mac, ETH_ALEN);
		p->sent_us[seq - first] = util_now_us();
		ret = traffic_send(fd, &f);
		if (ret < 0 && p->counts.send_error == 0)
			p->counts.send_error = ret;
		p->counts.sent++;
		p->counts.broadcast_sent += all;
		p->pending++;
	}
}

static void traffic_time_answer(struct traffic_path *p, const struct frame *f)
{
	struct traffic_times *t = &p->times;
	uint64_t us;

	t->end_us = util_now_us();
	us = t->end_us - p->sent_us[f->seq - p->window];
	t->answers++;
	t->sum_us += us;
	if (us > t->max_us)
		t->max_us = us;
	t->bytes += 2 * f->size;
}

static void traffic_count_answer(struct traffic_path *p, enum frame_check check,
				 const struct frame *f)
{
	struct traffic_counts *c = &p->counts;
	bool all;

	if (check == FRAME_CORRUPT || f->direction != FRAME_ANSWER || f->seq >= c->sent ||
	    f->size != frames_size(f->seq) || memcmp(f->src, p->peer, ETH_ALEN) != 0) {
		c->corrupt++;
		if (p->pending > 0)
			p->pending--;
		return;
	}
	all = traffic_is_broadcast(f->seq);
	if (!seen_mark(p->seen, f->seq)) {
		c->duplicate += !all;
		return;
	}
	c->answered++;
	c->broadcast_answered += all;
	if (!all) {
		c->late += f->seq < p->last;
		p->last = f->seq > p->last ? f->seq : p->last;
	}
	if (f->seq < p->window || p->pending == 0)
		return;
	traffic_time_answer(p, f);
	p->pending--;
}

static bool traffic_any_pending(const struct traffic_path *paths, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (paths[i].pending > 0)
			return true;
	return false;
}

/* Takes answers until the window is complete or @end (util_now_ms()) has come. */
static int traffic_collect(int fd, const uint8_t mac[ETH_ALEN], struct traffic_path *paths,
			   unsigned int n, uint64_t end)
{
	enum frame_check check;
	struct frame f;
	int ret;

	while (traffic_any_pending(paths, n)) {
		ret = traffic_wait(fd, end);
		if (ret <= 0)
			return ret;
		ret = traffic_receive(fd, mac, &check, &f);
		if (ret < 0 && ret != -ENETDOWN)
			return ret;
		for (unsigned int i = 0; ret > 0 && check != FRAME_FOREIGN && i < n; i++)
			if (f.session == paths[i].session)
				traffic_count_answer(&paths[i], check, &f);
	}
	return 0;
}

int traffic_exchange(int fd, const uint8_t mac[ETH_ALEN], struct traffic_path *paths,
		     unsigned int n, uint32_t count, uint64_t deadline_ms)
{
	if (count > TRAFFIC_MAX_FRAMES)
		return -EINVAL;
	for (uint32_t first = 0; first < count; first += TRAFFIC_WINDOW) {
		uint32_t last = first + TRAFFIC_WINDOW < count ? first + TRAFFIC_WINDOW : count;
		int ret;

		if (util_now_ms() >= deadline_ms)
			return -ETIME;
		for (unsigned int i = 0; i < n; i++)
			if (paths[i].silent_windows < TRAFFIC_SILENT_WINDOWS)
				traffic_send_window(fd, mac, &paths[i], first, last);
		ret = traffic_collect(fd, mac, paths, n, util_now_ms() + TRAFFIC_ANSWER_MS);
		if (ret < 0)
			return ret;
		for (unsigned int i = 0; i < n; i++) {
			bool silent = paths[i].pending == last - first;

			if (paths[i].silent_windows < TRAFFIC_SILENT_WINDOWS)
				paths[i].silent_windows = silent ? paths[i].silent_windows + 1 : 0;
			paths[i].pending = 0;
		}
	}
	return 0;
}

enum traffic_finding traffic_judge(const struct traffic_counts *c, const struct agent_echo_stats *s,
				   uint32_t asked)
{
	uint32_t lost = c->sent - c->answered;

	if (c->corrupt > 0 || s->corrupt > 0)
		return TRAFFIC_CORRUPT;
	if (c->answered == 0 || c->answered > c->sent || lost * 100 > c->sent || c->sent < asked ||
	    s->answered < c->answered || s->received < c->answered)
		return TRAFFIC_LOST;
	if (c->duplicate * 100 > c->sent)
		return TRAFFIC_DUPLICATE;
	if (lost > 0)
		return TRAFFIC_SOME_LOST;
	return c->late * 20 > c->sent ? TRAFFIC_REORDERED : TRAFFIC_WHOLE;
}

static bool traffic_echo_count(struct traffic_echo *e, enum frame_check check,
			       const struct frame *f)
{
	bool good =
		check == FRAME_GOOD && f->direction == FRAME_REQUEST && f->seq < TRAFFIC_MAX_FRAMES;

	if (f->session == (e->session | 1))
		return good;
	if (f->session != e->session)
		return false;
	if (!good)
		e->stats.corrupt++;
	else if (seen_mark(e->seen, f->seq))
		e->stats.received++;
	return good;
}

static int traffic_echo_answer(struct traffic_echo *e, const struct frame *request)
{
	struct frame f = *request;
	uint8_t buf[FRAME_MAX_SIZE];

	memcpy(f.dst, request->src, ETH_ALEN);
	memcpy(f.src, e->mac, ETH_ALEN);
	f.direction = FRAME_ANSWER;
	frames_build(buf, &f);
	if (e->corrupt_answers)
		buf[f.size - 1] ^= 0x01;
	if (send(e->fd, buf, f.size, MSG_NOSIGNAL) < 0)
		return -errno;
	if (f.session == e->session)
		e->stats.answered++;
	return 0;
}

int traffic_echo_serve(struct traffic_echo *e)
{
	for (unsigned int i = 0; i < 64; i++) {
		enum frame_check check;
		struct frame f;
		int ret = traffic_receive(e->fd, e->mac, &check, &f);

		if (ret <= 0)
			return ret;
		if (check != FRAME_FOREIGN && traffic_echo_count(e, check, &f))
			/* An answer that cannot be sent is missed by the other end. */
			(void)traffic_echo_answer(e, &f);
	}
	return 0;
}
