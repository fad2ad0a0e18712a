/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-way flows of test frames; shared by runner and agent. */
#include "wire/flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "sys/packet.h"

#define FLOW_TAG 4u /* bytes of a VLAN tag */
#define FLOW_TAKE 4096u
#define FLOW_SEND_MS 1000 /* a netdev that takes no frame for so long takes none */
#define FLOW_ALL 0x0003 /* ETH_P_ALL: before a VLAN device on the netdev takes frames away */

uint32_t flow_new_base(void)
{
	uint32_t base;

	if (getrandom(&base, sizeof(base), 0) != sizeof(base))
		base = (uint32_t)util_now_us();
	return base & ~(FLOW_MAX - 1);
}

int flow_open(struct flow_counter *c, const char *ifname, uint32_t base, bool promisc)
{
	const struct packet_socket want = { .ethertype = FLOW_ALL,
					    .buffer = FLOW_BUFFER,
					    .ignore_outgoing = true };
	_cleanup_close_ int fd = packet_open(ifname, &want, NULL);
	int ret = fd < 0 ? fd : 0;

	if (ret == 0 && promisc)
		ret = packet_set_promisc(fd);
	if (ret < 0)
		return ret;
	*c = (struct flow_counter){ .fd = util_take_fd(&fd), .base = base & ~(FLOW_MAX - 1) };
	return 0;
}

static uint16_t flow_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool flow_is_tag(uint16_t ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8;
}

/*
 * Takes a tag that is still in the frame out of it: the second one. Returns the new length.
 */
static size_t flow_take_inner(uint8_t *buf, size_t len, struct flow_row *key)
{
	uint16_t type;

	if (len < sizeof(struct ether_header) + FLOW_TAG)
		return len;
	type = flow_get16(buf + 2 * ETH_ALEN);
	if (!flow_is_tag(type))
		return len;
	key->inner_tpid = type;
	key->inner_tci = flow_get16(buf + 2 * ETH_ALEN + 2);
	len -= FLOW_TAG;
	memmove(buf + 2 * ETH_ALEN, buf + 2 * ETH_ALEN + FLOW_TAG, len - 2 * ETH_ALEN);
	return len;
}

/* NULL: there is no room for one more kind of frames. */
static struct flow_row *flow_find_row(struct flow_counter *c, const struct flow_row *key)
{
	for (unsigned int i = 0; i < c->n_rows; i++)
		if (memcmp(&c->rows[i], key, offsetof(struct flow_row, good)) == 0)
			return &c->rows[i];
	if (c->n_rows == FLOW_MAX_ROWS)
		return NULL;
	c->rows[c->n_rows] = *key;
	return &c->rows[c->n_rows++];
}

static void flow_count_frame(struct flow_counter *c, uint8_t *buf, size_t len,
			     const struct packet_info *info)
{
	struct flow_row key = { .tpid = info->tagged ? info->tpid : 0,
				.tci = info->tagged ? info->tci : 0 },
			*row;
	enum frame_check check;
	struct frame f;
	uint8_t *seen;

	len = flow_take_inner(buf, len, &key);
	check = frames_parse(buf, len, &f);
	if (check == FRAME_FOREIGN || (f.session & ~(FLOW_MAX - 1)) != c->base)
		return;
	key.session = f.session;
	row = flow_find_row(c, &key);
	if (!row)
		return;
	if (check == FRAME_CORRUPT || f.seq >= FLOW_MAX_FRAMES) {
		row->corrupt++;
		return;
	}
	seen = &c->seen[row - c->rows][f.seq / 8];
	if (*seen >> f.seq % 8 & 1)
		row->duplicate++;
	else
		row->good++;
	*seen |= (uint8_t)(1u << f.seq % 8);
}

int flow_take(struct flow_counter *c)
{
	uint8_t buf[FRAME_LARGEST + 64];

	for (unsigned int i = 0; i < FLOW_TAKE; i++) {
		struct packet_info info;
		ssize_t n = packet_read(c->fd, buf, sizeof(buf), &info);

		if (n <= 0)
			return n == -ENETDOWN ? 0 : (int)n;
		if (!info.outgoing)
			flow_count_frame(c, buf, (size_t)n, &info);
	}
	return 1;
}

/* Puts the tag into a frame of @len bytes; there is room behind it. Returns the new length. */
static size_t flow_put_tag(uint8_t *buf, size_t len, const struct flow *f)
{
	uint16_t tag[2] = { htons(f->tpid), htons(f->tci) };

	if (f->tpid == 0)
		return len;
	memmove(buf + 2 * ETH_ALEN + FLOW_TAG, buf + 2 * ETH_ALEN, len - 2 * ETH_ALEN);
	memcpy(buf + 2 * ETH_ALEN, tag, FLOW_TAG);
	return len + FLOW_TAG;
}

/* The socket does not wait: what it does not take now is tried again when it may. */
static int flow_send_one(int fd, const uint8_t *buf, size_t len)
{
	uint64_t end = util_now_ms() + FLOW_SEND_MS;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (send(fd, buf, len, MSG_NOSIGNAL) < 0) {
		uint64_t now = util_now_ms();

		if ((errno != EAGAIN && errno != ENOBUFS && errno != EINTR) || now >= end)
			return -errno;
		/* ENOBUFS: the queue is full, and POLLOUT is not about that. */
		(void)poll(&p, 1, errno == EAGAIN ? (int)(end - now) : 0);
	}
	return 0;
}

static void flow_build(uint8_t *buf, const struct flow *f, uint32_t seq, size_t *len)
{
	struct frame frame = { .direction = FRAME_REQUEST,
			       .session = f->session,
			       .seq = seq,
			       .size = f->size > 0 ? f->size : frames_size(seq) };

	memcpy(frame.dst, f->dst, ETH_ALEN);
	memcpy(frame.src, f->src, ETH_ALEN);
	frames_build(buf, &frame);
	*len = flow_put_tag(buf, frame.size, f);
}

static bool flow_is_sound(const struct flow *f)
{
	return f->count <= FLOW_MAX_FRAMES && f->first <= FLOW_MAX_FRAMES - f->count &&
	       (f->size == 0 || (f->size >= FRAME_MIN_SIZE && f->size <= FRAME_LARGEST));
}

/* The socket for a flow of which nothing is sent yet, or -errno. */
static int flow_begin(const char *ifname, const struct flow *f, struct flow_sent *done)
{
	const struct packet_socket want = { .buffer = 1 << 16 };

	*done = (struct flow_sent){ 0 };
	return flow_is_sound(f) ? packet_open(ifname, &want, NULL) : -EINVAL;
}

int flow_send(const char *ifname, const struct flow *f, struct flow_sent *done)
{
	uint8_t buf[FRAME_LARGEST + FLOW_TAG];
	uint64_t start = util_now_us();
	_cleanup_close_ int fd = flow_begin(ifname, f, done);
	size_t len;

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < f->count && done->error == 0; i++) {
		flow_build(buf, f, f->first + i, &len);
		done->error = flow_send_one(fd, buf, len);
		done->frames += done->error == 0;
	}
	done->us = util_now_us() - start;
	return 0;
}

int flow_flood(const char *ifname, const struct flow *f, unsigned int ms, struct flow_sent *done)
{
	uint8_t buf[FRAME_LARGEST + FLOW_TAG];
	uint64_t start = util_now_us();
	_cleanup_close_ int fd = flow_begin(ifname, f, done);
	size_t len;

	if (fd < 0)
		return fd;
	flow_build(buf, f, f->first, &len);
	while (done->error == 0 && done->us < (uint64_t)ms * 1000) {
		done->error = flow_send_one(fd, buf, len);
		done->frames += done->error == 0;
		done->us = util_now_us() - start;
	}
	return 0;
}

uint32_t flow_count(const struct flow_row *rows, unsigned int n, uint32_t session, uint16_t tpid,
		    uint16_t tci)
{
	uint32_t good = 0;

	for (unsigned int i = 0; i < n; i++)
		if (rows[i].session == session && rows[i].tpid == tpid && rows[i].tci == tci &&
		    rows[i].inner_tpid == 0)
			good += rows[i].good;
	return good;
}

uint32_t flow_count_any(const struct flow_row *rows, unsigned int n, uint32_t session)
{
	uint32_t all = 0;

	for (unsigned int i = 0; i < n; i++)
		if (rows[i].session == session)
			all += rows[i].good + rows[i].corrupt + rows[i].duplicate;
	return all;
}
