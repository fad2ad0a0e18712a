/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of agent_proto.h cut out of a byte stream; shared by runner and agent.
 */
#ifndef VFPROOF_WIRE_CHANNEL_H
#define VFPROOF_WIRE_CHANNEL_H

#include "base/util.h"
#include "wire/agent_proto.h"

struct channel {
	size_t len;
	uint8_t buf[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD];
};

/*
 * Adds received bytes, never more than the present message still needs. Returns how many were
 * taken (0: the message is whole and has to be taken with channel_next() first), or -EPROTO for a
 * wrong magic, version or type, or a payload that is too long: the conversation is over.
 */
ssize_t channel_feed(struct channel *ch, const void *data, size_t len) must_check;
/* How many bytes the present message still needs, 0 if it is whole: what to ask read(2) for. */
size_t channel_wanted(const struct channel *ch);
/*
 * Takes the next whole message: true with its header and payload, which stay valid until the next
 * channel_feed().
 */
bool channel_next(struct channel *ch, struct agent_header *hdr, const void **payload);
/*
 * Writes a message into @buf of at least sizeof(struct agent_header) + @len bytes; @len is at most
 * AGENT_MAX_PAYLOAD. Returns its size.
 */
size_t channel_format(uint8_t *buf, enum agent_type type, uint32_t seq, int32_t status,
		      const void *payload, uint32_t len);

#endif
