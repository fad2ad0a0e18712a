/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test traffic over packet sockets (packet(7)), below any IP configuration. The runner asks with
 * numbered frames, the agent answers each with a frame of its own of the same size. A socket never
 * sees the frames that its own host sends, so whatever arrives has come through the NIC.
 */
#ifndef VFPROOF_WIRE_TRAFFIC_H
#define VFPROOF_WIRE_TRAFFIC_H

#include "base/util.h"
#include "wire/agent_proto.h"
#include "wire/frames.h"

#define TRAFFIC_MAX_FRAMES 4096u /* per session */
#define TRAFFIC_WINDOW 8u /* requests under way at a time, per path */
#define TRAFFIC_BROADCAST_EVERY                                          \
	25u /* one such request goes to the broadcast address, the first \
	     * in the first window */
#define TRAFFIC_BUFFER (4 << 20) /* of a socket, in bytes */
#define TRAFFIC_PROBE_MS 100u
#define TRAFFIC_ANSWER_MS 1000u /* how long a window may take to be answered */

struct traffic_counts {
	uint32_t sent;
	uint32_t answered; /* requests with a right answer */
	uint32_t corrupt;
	uint32_t duplicate; /* right answers beyond the first, but for requests to all */
	uint32_t late; /* answers that a later request's has overtaken, but for requests to all */
	uint32_t broadcast_sent, broadcast_answered; /* part of sent and answered */
	int send_error; /* first -errno of a request that could not be sent; it counts as sent */
};

/* When right answers came in time, that is while their window was waited for. */
struct traffic_times {
	uint32_t answers;
	uint64_t sum_us, max_us; /* from a request to its answer */
	uint64_t start_us, end_us; /* first request, last answer: util_now_us() */
	uint64_t bytes; /* of requests and answers */
};

/* One peer. Sessions must be even: probes use session + 1. */
struct traffic_path {
	uint8_t peer[ETH_ALEN];
	uint32_t session;
	struct traffic_counts counts;
	struct traffic_times times;
	uint64_t sent_us[TRAFFIC_WINDOW]; /* the requests of the present window */
	uint32_t window; /* first number of the present window */
	uint32_t last; /* the highest number that was answered, of requests to this peer alone */
	unsigned int pending; /* of the present window, not answered yet */
	unsigned int silent_windows; /* in a row */
	uint8_t seen[TRAFFIC_MAX_FRAMES / 8];
};

/*
 * Opens a non-blocking packet socket for test frames on @ifname; its MAC goes to @mac. Returns a
 * descriptor or -errno.
 */
int traffic_open(const char *ifname, uint8_t mac[ETH_ALEN]) must_check;
/* A random even session number. */
uint32_t traffic_new_session(void);
/*
 * Sends probe frames to the peer until one is answered. Returns 0 also if the answer is corrupt
 * (the exchange will say so), -ETIMEDOUT, or -errno of the socket.
 */
int traffic_probe(int fd, const uint8_t mac[ETH_ALEN], const struct traffic_path *path,
		  unsigned int timeout_ms) must_check;
/*
 * Exchanges @count frames (at most TRAFFIC_MAX_FRAMES) with each of @n peers at the same time, in
 * windows, and fills their counts. A peer that is silent for three windows gets no more. Returns 0
 * however many were lost, -ETIME at @deadline_ms (util_now_ms()), or -errno of the socket.
 */
int traffic_exchange(int fd, const uint8_t mac[ETH_ALEN], struct traffic_path *paths,
		     unsigned int n, uint32_t count, uint64_t deadline_ms) must_check;

enum traffic_finding {
	TRAFFIC_WHOLE,
	TRAFFIC_SOME_LOST,
	TRAFFIC_LOST,
	TRAFFIC_CORRUPT,
	TRAFFIC_DUPLICATE,
	TRAFFIC_REORDERED,
};

/*
 * What the counts of both ends prove when @asked frames were to be exchanged; the worst of it.
 * TRAFFIC_LOST: none came back, more than one in a hundred is missing, not all were sent, or the
 * ends disagree (more answers came than the guest gave). TRAFFIC_SOME_LOST: fewer are missing.
 * TRAFFIC_DUPLICATE: more than one in a hundred came twice. TRAFFIC_REORDERED: more than one in
 * twenty was overtaken; fewer may be the doing of a sender that changes its processor, and with it
 * its queue.
 */
enum traffic_finding traffic_judge(const struct traffic_counts *c, const struct agent_echo_stats *s,
				   uint32_t asked);

/* The agent's end. */
struct traffic_echo {
	int fd;
	uint8_t mac[ETH_ALEN];
	uint32_t session; /* counted; session + 1 is answered and not counted */
	bool corrupt_answers; /* the deliberate fault */
	struct agent_echo_stats stats;
	uint8_t seen[TRAFFIC_MAX_FRAMES / 8];
};

/* Answers what has arrived, at most 64 frames a call. Returns 0 or -errno of the socket. */
int traffic_echo_serve(struct traffic_echo *e) must_check;

#endif
