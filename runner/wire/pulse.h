/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A steady pulse of test frames to one peer, sent by a child process while the caller does
 * something to the peer: stops it, resets it, kills it. When each frame was sent, and which were
 * answered, is in memory that both share.
 */
#ifndef VFPROOF_WIRE_PULSE_H
#define VFPROOF_WIRE_PULSE_H

#include "base/child.h"
#include "wire/traffic.h"

#define PULSE_EVERY_US 2500u /* TRAFFIC_MAX_FRAMES of them last for 10 s */

/* Written by the child. Times are util_now_ms(), which is the same clock in both. */
struct pulse_frame {
	uint64_t sent_ms;
	uint64_t answered_ms; /* of the first right answer, 0: none */
};

struct pulse_shared {
	bool stop; /* by the caller: nothing more is sent */
	uint32_t sent; /* grows beyond TRAFFIC_MAX_FRAMES: numbers are used again then */
	uint32_t answered, corrupt;
	uint64_t last_answer_ms;
	int send_error; /* first -errno of a frame that could not be sent */
	struct pulse_frame frames[TRAFFIC_MAX_FRAMES];
};

struct pulse {
	struct child child; /* pid 0: none */
	struct pulse_shared *shared;
	int fd;
	uint8_t mac[ETH_ALEN], peer[ETH_ALEN];
	uint32_t session;
	bool once; /* no number is used twice: it ends with the last one */
};

/*
 * Starts it on the socket @fd of a netdev with @mac, which nobody else reads until pulse_stop().
 * @session is what the peer's agent answers; see struct pulse for @once. Returns 0 or -errno. Ends
 * with pulse_close() in any case.
 */
int pulse_start(struct pulse *f, int fd, const uint8_t mac[ETH_ALEN], const uint8_t peer[ETH_ALEN],
		uint32_t session, bool once) must_check;
/* Waits until @n more frames were answered than @from. 0 or -ETIMEDOUT. */
int pulse_await(const struct pulse *f, uint32_t from, uint32_t n,
		unsigned int timeout_ms) must_check;
/* How many were answered up to now, and sent. */
uint32_t pulse_answered(const struct pulse *f);
uint32_t pulse_sent(const struct pulse *f);
/*
 * No more is sent; waits for answers that are still to come, and for the child's end. 0 or -errno.
 */
int pulse_stop(struct pulse *f) must_check;
/*
 * Of a pulse that sends no number twice: how many frames that were sent in
 * @from_ms..@to_ms (not included) there are, and how many of them were answered.
 */
void pulse_count(const struct pulse *f, uint64_t from_ms, uint64_t to_ms, unsigned int *sent,
		 unsigned int *answered);
/*
 * When the first of @row frames was sent that follow each other, were all sent at @from_ms or
 * later, and were all answered, of a pulse like that. 0 if there are none.
 */
uint64_t pulse_find_steady(const struct pulse *f, uint64_t from_ms, unsigned int row) must_check;
/* How many answers came in @from_ms..@to_ms (not included), of a pulse like that. */
unsigned int pulse_count_answers(const struct pulse *f, uint64_t from_ms, uint64_t to_ms);
/* Fine for one that never started. */
void pulse_close(struct pulse *f);

#endif
