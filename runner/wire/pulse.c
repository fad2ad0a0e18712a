/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pulse of test frames beside the caller. */
#include "wire/pulse.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define PULSE_MAX_READS 256u /* frames taken between two that are sent */
#define PULSE_QUIET_MS 1000u /* after the last frame, for answers */
#define PULSE_END_MS 10000u
/* No pulse goes on for longer, whatever becomes of its owner. */
#define PULSE_MAX_MS 120000u

static void pulse_send(struct pulse *f)
{
	struct pulse_shared *sh = f->shared;
	uint32_t seq = sh->sent % TRAFFIC_MAX_FRAMES;
	struct frame frame = {
		.direction = FRAME_REQUEST,
		.session = f->session,
		.seq = seq,
		.size = frames_size(seq),
	};
	uint8_t buf[FRAME_MAX_SIZE];

	memcpy(frame.dst, f->peer, ETH_ALEN);
	memcpy(frame.src, f->mac, ETH_ALEN);
	frames_build(buf, &frame);
	sh->frames[seq] = (struct pulse_frame){ .sent_ms = util_now_ms() };
	if (send(f->fd, buf, frame.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && sh->send_error == 0)
		sh->send_error = -errno;
	__atomic_store_n(&sh->sent, sh->sent + 1, __ATOMIC_RELEASE);
}

static void pulse_take(struct pulse *f, const uint8_t *buf, size_t len)
{
	struct pulse_shared *sh = f->shared;
	struct frame frame;
	enum frame_check check = frames_parse(buf, len, &frame);

	if (check == FRAME_FOREIGN || frame.session != f->session)
		return;
	if (check == FRAME_CORRUPT) {
		__atomic_store_n(&sh->corrupt, sh->corrupt + 1, __ATOMIC_RELEASE);
		return;
	}
	if (frame.direction != FRAME_ANSWER || frame.seq >= TRAFFIC_MAX_FRAMES ||
	    frame.seq >= sh->sent || sh->frames[frame.seq].answered_ms > 0)
		return;
	sh->frames[frame.seq].answered_ms = util_now_ms();
	__atomic_store_n(&sh->last_answer_ms, sh->frames[frame.seq].answered_ms, __ATOMIC_RELEASE);
	__atomic_store_n(&sh->answered, sh->answered + 1, __ATOMIC_RELEASE);
}

/* Takes answers until @end_us (util_now_us()). */
static void pulse_receive(struct pulse *f, uint64_t end_us)
{
	uint8_t buf[FRAME_MAX_SIZE + 64];

	for (;;) {
		uint64_t now = util_now_us();
		struct pollfd p = { f->fd, POLLIN, 0 };
		struct timespec left = { 0 };

		if (now < end_us)
			left.tv_nsec = (long)(end_us - now) * 1000;
		if (ppoll(&p, 1, &left, NULL) <= 0)
			return;
		for (unsigned int i = 0; i < PULSE_MAX_READS; i++) {
			ssize_t n = recv(f->fd, buf, sizeof(buf), MSG_DONTWAIT);

			if (n < 0)
				break;
			pulse_take(f, buf, (size_t)n);
		}
		if (now >= end_us)
			return;
	}
}

/* In the child. */
static int pulse_run(void *arg)
{
	struct pulse *f = arg;
	uint64_t next = util_now_us(), last = util_now_ms() + PULSE_MAX_MS, quiet;

	while (!__atomic_load_n(&f->shared->stop, __ATOMIC_ACQUIRE) && util_now_ms() < last &&
	       !(f->once && f->shared->sent == TRAFFIC_MAX_FRAMES)) {
		pulse_send(f);
		next += PULSE_EVERY_US;
		if (next + PULSE_EVERY_US < util_now_us())
			next = util_now_us(); /* a slow host: what was missed is not made up for */
		pulse_receive(f, next);
	}
	quiet = util_now_ms() + PULSE_QUIET_MS;
	while (util_now_ms() < quiet && f->shared->answered < f->shared->sent)
		pulse_receive(f, util_now_us() + PULSE_EVERY_US);
	return 0;
}

int pulse_start(struct pulse *f, int fd, const uint8_t mac[ETH_ALEN], const uint8_t peer[ETH_ALEN],
		uint32_t session, bool once)
{
	void *shared = mmap(NULL, sizeof(*f->shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ret;

	*f = (struct pulse){ .fd = fd, .session = session, .once = once };
	if (shared == MAP_FAILED)
		return -ENOMEM;
	f->shared = shared;
	memcpy(f->mac, mac, ETH_ALEN);
	memcpy(f->peer, peer, ETH_ALEN);
	ret = child_start(&f->child, pulse_run, f);
	if (ret < 0)
		f->child.pid = 0;
	return ret;
}

uint32_t pulse_answered(const struct pulse *f)
{
	return __atomic_load_n(&f->shared->answered, __ATOMIC_ACQUIRE);
}

uint32_t pulse_sent(const struct pulse *f)
{
	return __atomic_load_n(&f->shared->sent, __ATOMIC_ACQUIRE);
}

struct pulse_wait {
	const struct pulse *f;
	uint32_t from, n;
};

static bool pulse_has_answers(void *arg)
{
	const struct pulse_wait *w = arg;

	return pulse_answered(w->f) - w->from >= w->n;
}

int pulse_await(const struct pulse *f, uint32_t from, uint32_t n, unsigned int timeout_ms)
{
	struct pulse_wait w = { f, from, n };

	return util_poll_until(pulse_has_answers, &w, timeout_ms);
}

int pulse_stop(struct pulse *f)
{
	struct child_end end;

	if (f->child.pid == 0)
		return -ESRCH;
	__atomic_store_n(&f->shared->stop, true, __ATOMIC_RELEASE);
	end = child_wait(&f->child, util_now_ms() + PULSE_END_MS, NULL);
	f->child.pid = 0;
	return end.state == CHILD_EXITED && end.value == 0 ? 0 : -EIO;
}

void pulse_count(const struct pulse *f, uint64_t from_ms, uint64_t to_ms, unsigned int *sent,
		 unsigned int *answered)
{
	uint32_t n = pulse_sent(f);

	*sent = *answered = 0;
	for (uint32_t i = 0; i < n && i < TRAFFIC_MAX_FRAMES; i++) {
		const struct pulse_frame *frame = &f->shared->frames[i];

		if (frame->sent_ms < from_ms || frame->sent_ms >= to_ms)
			continue;
		(*sent)++;
		*answered += frame->answered_ms > 0;
	}
}

uint64_t pulse_find_steady(const struct pulse *f, uint64_t from_ms, unsigned int row)
{
	uint32_t n = pulse_sent(f), in_row = 0;

	for (uint32_t i = 0; i < n && i < TRAFFIC_MAX_FRAMES; i++) {
		const struct pulse_frame *frame = &f->shared->frames[i];

		if (frame->sent_ms < from_ms || frame->answered_ms == 0)
			in_row = 0;
		else if (++in_row == row)
			return f->shared->frames[i + 1 - row].sent_ms;
	}
	return 0;
}

unsigned int pulse_count_answers(const struct pulse *f, uint64_t from_ms, uint64_t to_ms)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < TRAFFIC_MAX_FRAMES; i++)
		n += f->shared->frames[i].answered_ms >= from_ms &&
		     f->shared->frames[i].answered_ms < to_ms;
	return n;
}

void pulse_close(struct pulse *f)
{
	if (f->child.pid != 0)
		(void)!pulse_stop(f);
	if (f->shared)
		munmap(f->shared, sizeof(*f->shared));
	f->shared = NULL;
}
