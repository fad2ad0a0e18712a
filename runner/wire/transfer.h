/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of traffic through a network stack: TCP streams, UDP messages, ICMP echo. The same code
 * runs on the host and in the agent, in a process of its own each time, which shares struct
 * transfer_state with whoever asks how far it is.
 *
 * What a TCP stream carries follows from a seed, the stream's number and the place, so that the end
 * that receives compares every byte with what must be there. Beside that each end makes a CRC-32C
 * (base/crc32c.h) of what it gave to, or took from, its socket: it finds each error burst of up to
 * 32 bits for sure, which is the damage that an offload does and a TCP checksum of 16 bits lets
 * pass, and shows in the report that both ends mean the same bytes. Nobody attacks here, so nothing
 * stronger is needed, and the agent stays small.
 */
#ifndef VFPROOF_WIRE_TRANSFER_H
#define VFPROOF_WIRE_TRANSFER_H

#include <net/if.h>
#include "base/util.h"
#include "sys/ip.h"

#define TRANSFER_MAX_STREAMS 8 /* TCP connections of a transfer */
#define TRANSFER_MAX_SOCKETS 64 /* of a UDP sender, each with a port of its own */
#define TRANSFER_MAX_SIZE 1472u /* of a UDP or echo message, in bytes */
#define TRANSFER_MAX_MS 600000u
#define TRANSFER_NOWHERE UINT64_MAX

enum transfer_role {
	TRANSFER_TCP_SERVER = 1, /* listens on port, port + 1, ...: one for each stream */
	TRANSFER_TCP_CLIENT,
	TRANSFER_UDP_SINK, /* counts the transfer's messages until it is stopped */
	TRANSFER_UDP_SOURCE, /* sends count messages, or for budget_ms */
	TRANSFER_UDP_ECHO, /* sends each back */
	TRANSFER_UDP_ASK, /* count messages (0: until it is stopped), one after the other, and the
			   * time until each answer, for which it waits budget_ms (0: a second) */
	TRANSFER_PING, /* the same by ICMP echo */
};

enum transfer_phase {
	TRANSFER_STARTING,
	TRANSFER_READY, /* it listens: the other end can begin */
	TRANSFER_RUNNING,
	TRANSFER_DONE, /* error tells how it ended */
};

/* In messages, too: no padding. */
struct transfer_config {
	char ifname[IFNAMSIZ]; /* all sockets are bound to it */
	struct ip_address local, remote;
	uint8_t role; /* enum transfer_role */
	uint8_t sends; /* TCP: this end sends, the other one receives */
	uint8_t streams; /* TCP: connections, 1..TRANSFER_MAX_STREAMS; UDP source: sockets */
	uint8_t plain; /* TCP: zeroes that nobody looks at, to measure the way and not the ends */
	uint8_t fault; /* TCP: a deliberate fault: the end that sends changes one bit */
	uint8_t many_addresses; /* UDP source: each socket has the next local address */
	uint16_t port;
	uint16_t size; /* of a message */
	uint32_t seed;
	uint32_t count; /* of messages */
	uint32_t budget_ms; /* how long to send, as far as the bounds of the bytes allow */
	uint32_t timeout_ms; /* of all of it, at most TRANSFER_MAX_MS */
	uint64_t min_bytes, max_bytes; /* TCP, that sends: of all streams together */
} __attribute__((packed));

struct transfer_stream {
	uint64_t bytes;
	uint64_t wrong_at; /* the end that receives: the first byte that is wrong, or
			      TRANSFER_NOWHERE */
	uint32_t crc;
	uint32_t retransmissions; /* segments that this end has sent again */
} __attribute__((packed));

struct transfer_state {
	uint8_t phase; /* enum transfer_phase */
	uint8_t reserved[3];
	int32_t error; /* 0, or -errno of the first thing that failed */
	char doing[16]; /* "connecting", "sending": what failed */
	uint64_t us; /* from the first byte or message to the last */
	uint64_t sent, received; /* messages; of other transfers none is counted */
	uint64_t bytes; /* TCP: of all streams together */
	uint32_t p50_us, p99_us, max_us; /* asking: of the times until an answer */
	struct transfer_stream stream[TRANSFER_MAX_STREAMS];
} __attribute__((packed));

/* 0, or -EINVAL for what no transfer can be: to be asked before transfer_run() of a config from
 * outside. */
int transfer_check(const struct transfer_config *c) must_check;
/*
 * Carries the transfer out, in a process of its own, and says in @s how far it is. Returns when it
 * is done or its time is over (-ETIMEDOUT in @s; for a sink and an echo that is the usual end).
 */
void transfer_run(const struct transfer_config *c, struct transfer_state *s);

/* For transfer*.c: fills in what failed, and the end. */
void transfer_end(struct transfer_state *s, int err, const char *doing);
/* Fills @len bytes (a multiple of 8) with what stands at @pos (one, too) of a stream. */
void transfer_fill(uint8_t *buf, size_t len, uint32_t seed, unsigned int stream, uint64_t pos);
/* Place of the first of @len bytes that is not what stands there, TRANSFER_NOWHERE if all are. */
uint64_t transfer_compare(const uint8_t *buf, size_t len, uint32_t seed, unsigned int stream,
			  uint64_t pos);
void transfer_run_tcp(const struct transfer_config *c, struct transfer_state *s);
void transfer_run_messages(const struct transfer_config *c, struct transfer_state *s);

#endif
