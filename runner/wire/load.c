/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As many test frames as peers answer. */
#include "wire/load.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "sys/packet.h"

#define LOAD_WINDOW 16u /* frames to each peer that may be under way */
#define LOAD_SILENCE_MS 500u /* then what is under way is taken for lost, and more is sent */
#define LOAD_LAST_MS 2000u /* for answers that are still to come at the end */

/* The child's own. */
struct load_run {
	const struct load *l;
	int fd;
	uint8_t mac[ETH_ALEN];
	uint64_t last_ms; /* of the last answer, or of the last frame that was sent after silence */
	struct load_path {
		uint32_t next;
		unsigned int under_way;
		uint8_t open[TRAFFIC_MAX_FRAMES / 8]; /* not answered yet, by number */
	} paths[LOAD_MAX_PEERS];
};

static void load_send(struct load_run *r, unsigned int i)
{
	struct load_path *p = &r->paths[i];
	const uint32_t seq = p->next % TRAFFIC_MAX_FRAMES;
	struct frame f = { .direction = FRAME_REQUEST,
			   .session = r->l->peers[i].session | 1,
			   .seq = seq,
			   .size = frames_size(seq) };
	uint8_t buf[FRAME_MAX_SIZE];

	memcpy(f.dst, r->l->peers[i].mac, ETH_ALEN);
	memcpy(f.src, r->mac, ETH_ALEN);
	frames_build(buf, &f);
	if (send(r->fd, buf, f.size, MSG_NOSIGNAL) < 0)
		return; /* the queue is full: later */
	p->open[seq / 8] |= (uint8_t)(1u << seq % 8);
	p->next++;
	p->under_way++;
	r->l->shared->sent++;
}

/* An answer counts once, however late it comes. */
static void load_count(struct load_run *r, enum frame_check check, const struct frame *f)
{
	struct load_shared *s = r->l->shared;
	unsigned int i = 0;

	while (i < r->l->n && f->session != (r->l->peers[i].session | 1))
		i++;
	if (i == r->l->n)
		return;
	if (check == FRAME_CORRUPT || f->direction != FRAME_ANSWER ||
	    f->seq >= TRAFFIC_MAX_FRAMES || f->size != frames_size(f->seq)) {
		s->corrupt++;
		return;
	}
	if (!(r->paths[i].open[f->seq / 8] >> f->seq % 8 & 1))
		return;
	r->paths[i].open[f->seq / 8] &= (uint8_t)~(1u << f->seq % 8);
	if (r->paths[i].under_way > 0)
		r->paths[i].under_way--;
	__atomic_store_n(&s->answered, s->answered + 1, __ATOMIC_RELEASE);
}

/* Takes what has come, at most a socket's worth. Returns 0 or -errno. */
static int load_take(struct load_run *r)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
	struct load_shared *s = r->l->shared;
	uint8_t buf[FRAME_MAX_SIZE + 64];
	const uint64_t before = s->answered;
	uint64_t now;

	if (poll(&pfd, 1, (int)LOAD_SILENCE_MS) < 0 && errno != EINTR)
		return -errno;
	for (unsigned int k = 0; k < LOAD_MAX_PEERS * LOAD_WINDOW; k++) {
		struct packet_info info;
		ssize_t n = packet_read(r->fd, buf, sizeof(buf), &info);
		struct frame f;
		enum frame_check check;

		if (n == 0)
			break;
		if (n < 0 && n != -ENETDOWN)
			return (int)n;
		check = n < 0 ? FRAME_FOREIGN : frames_parse(buf, (size_t)n, &f);
		if (check != FRAME_FOREIGN && !info.outgoing &&
		    memcmp(f.src, r->mac, ETH_ALEN) != 0)
			load_count(r, check, &f);
	}
	now = util_now_ms();
	if (now - r->last_ms > s->longest_ms)
		s->longest_ms = now - r->last_ms;
	if (s->answered > before)
		r->last_ms = now;
	return 0;
}

static bool load_any_open(const struct load_run *r)
{
	return r->l->shared->answered < r->l->shared->sent;
}

/* What was under way when nothing came any more does not keep new frames back. */
static void load_fill(struct load_run *r)
{
	const bool silent = util_now_ms() - r->last_ms >= LOAD_SILENCE_MS;

	for (unsigned int i = 0; i < r->l->n; i++) {
		if (silent)
			r->paths[i].under_way = 0;
		while (r->paths[i].under_way < LOAD_WINDOW) {
			const uint32_t next = r->paths[i].next;

			load_send(r, i);
			if (r->paths[i].next == next)
				break;
		}
	}
}

static int load_run(void *arg)
{
	static struct load_run r;
	_cleanup_close_ int fd = -1;
	uint64_t end;
	int ret = 0;

	r = (struct load_run){ .l = arg };
	fd = r.fd = traffic_open(r.l->ifname, r.mac);
	r.last_ms = util_now_ms();
	if (fd < 0)
		ret = fd;
	while (ret == 0 && !__atomic_load_n(&r.l->shared->stop, __ATOMIC_ACQUIRE)) {
		load_fill(&r);
		ret = load_take(&r);
	}
	end = util_now_ms() + LOAD_LAST_MS;
	while (ret == 0 && load_any_open(&r) && util_now_ms() < end)
		ret = load_take(&r);
	r.l->shared->err = ret;
	return ret;
}

int load_start(struct load *l)
{
	l->child = (struct child){ .pidfd = -1 };
	l->shared = mmap(NULL, sizeof(*l->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->shared == MAP_FAILED) {
		l->shared = NULL;
		return -errno;
	}
	return child_start(&l->child, load_run, l);
}

struct load_wait {
	const struct load *l;
	uint64_t until;
};

static bool load_has_come(void *arg)
{
	const struct load_wait *w = arg;

	return __atomic_load_n(&w->l->shared->answered, __ATOMIC_ACQUIRE) >= w->until;
}

int load_await(const struct load *l, uint64_t n, unsigned int timeout_ms)
{
	struct load_wait w = { l, __atomic_load_n(&l->shared->answered, __ATOMIC_ACQUIRE) + n };

	return util_poll_until(load_has_come, &w, timeout_ms);
}

int load_stop(struct load *l, unsigned int timeout_ms)
{
	struct child_end end;

	if (l->child.pidfd < 0)
		return -ESRCH;
	__atomic_store_n(&l->shared->stop, true, __ATOMIC_RELEASE);
	end = child_wait(&l->child, util_now_ms() + timeout_ms, NULL);
	l->child.pid = 0;
	if (end.state == CHILD_EXITED)
		return l->shared->err;
	return end.state == CHILD_TIMED_OUT || end.state == CHILD_STUCK ? -ETIMEDOUT : -EIO;
}

void load_close(struct load *l)
{
	if (l->child.pid > 0 && l->child.pidfd >= 0)
		child_wait(&l->child, util_now_ms(), NULL);
	l->child.pid = 0;
	if (l->shared)
		munmap(l->shared, sizeof(*l->shared));
	l->shared = NULL;
}
