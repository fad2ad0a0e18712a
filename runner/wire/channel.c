/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Framing of the agent protocol; shared by runner and agent. */
#include "wire/channel.h"

#include <errno.h>
#include <string.h>

static struct agent_header channel_header(const struct channel *ch)
{
	struct agent_header hdr;

	memcpy(&hdr, ch->buf, sizeof(hdr));
	return hdr;
}

size_t channel_wanted(const struct channel *ch)
{
	if (ch->len < sizeof(struct agent_header))
		return sizeof(struct agent_header) - ch->len;
	return sizeof(struct agent_header) + channel_header(ch).len - ch->len;
}

static bool channel_header_valid(const struct agent_header *hdr)
{
	return hdr->magic == AGENT_MAGIC && hdr->version == AGENT_VERSION &&
	       hdr->type >= AGENT_HELLO && hdr->type <= AGENT_TYPE_MAX &&
	       hdr->len <= AGENT_MAX_PAYLOAD;
}

ssize_t channel_feed(struct channel *ch, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t taken = 0, want;

	while (taken < len && (want = channel_wanted(ch)) > 0) {
		struct agent_header hdr;

		if (want > len - taken)
			want = len - taken;
		memcpy(ch->buf + ch->len, p + taken, want);
		ch->len += want;
		taken += want;
		hdr = channel_header(ch);
		if (ch->len == sizeof(hdr) && !channel_header_valid(&hdr)) {
			ch->len = 0;
			return -EPROTO;
		}
	}
	return (ssize_t)taken;
}

bool channel_next(struct channel *ch, struct agent_header *hdr, const void **payload)
{
	if (ch->len == 0 || channel_wanted(ch) > 0)
		return false;
	*hdr = channel_header(ch);
	*payload = ch->buf + sizeof(*hdr);
	ch->len = 0;
	return true;
}

size_t channel_format(uint8_t *buf, enum agent_type type, uint32_t seq, int32_t status,
		      const void *payload, uint32_t len)
{
	struct agent_header hdr = {
		.magic = AGENT_MAGIC,
		.version = AGENT_VERSION,
		.type = (uint16_t)type,
		.seq = seq,
		.status = status,
		.len = len,
	};

	memcpy(buf, &hdr, sizeof(hdr));
	if (len > 0)
		memcpy(buf + sizeof(hdr), payload, len);
	return sizeof(hdr) + len;
}
