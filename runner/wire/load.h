/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As many test frames as peers answer, from a child process, while the caller does something else.
 * A window of frames is under way to each peer; each answer lets the next one go. An answer counts
 * however late it comes, so that an agent that is busy with something else has lost nothing.
 */
#ifndef VFPROOF_WIRE_LOAD_H
#define VFPROOF_WIRE_LOAD_H

#include "base/child.h"
#include "wire/traffic.h"

#define LOAD_MAX_PEERS 4

/* Written by the child. */
struct load_shared {
	bool stop; /* by the caller */
	int err; /* -errno of the socket that has ended it */
	uint64_t sent, answered; /* of all peers */
	uint64_t corrupt;
	uint64_t longest_ms; /* without any answer */
};

struct load {
	struct child child; /* pid 0: none */
	struct load_shared *shared;
	char ifname[16];
	unsigned int n;
	struct load_peer {
		uint8_t mac[ETH_ALEN];
		uint32_t session; /* even: that its agent echoes; what is sent is not counted there
				   */
	} peers[LOAD_MAX_PEERS];
};

/* Starts it on l->ifname with l->peers. Returns 0 or -errno; load_close() in any case. */
int load_start(struct load *l) must_check;
/* Waits until @n more frames were answered than now. 0 or -ETIMEDOUT. */
int load_await(const struct load *l, uint64_t n, unsigned int timeout_ms) must_check;
/* Ends it, and waits for answers that are still to come. The counts stay until load_close().
 * Returns 0 or -errno. */
int load_stop(struct load *l, unsigned int timeout_ms) must_check;
/* Fine for one that never started. */
void load_close(struct load *l);

#endif
