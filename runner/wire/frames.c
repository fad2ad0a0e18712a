/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building and checking of test frames; shared by runner and agent. */
#include "wire/frames.h"

#include <arpa/inet.h>
#include <string.h>

/* CRC-32 of IEEE Std 802.3, four bits at a time. */
static uint32_t frames_crc_more(uint32_t crc, const uint8_t *p, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	while (len-- > 0) {
		crc ^= *p++;
		crc = table[crc & 15] ^ crc >> 4;
		crc = table[crc & 15] ^ crc >> 4;
	}
	return crc;
}

/* Of a frame of @size bytes; @h is its header, without the CRC. */
static uint32_t frames_crc(const struct frame_header *h, const uint8_t *frame, size_t size)
{
	uint32_t crc = frames_crc_more(0xffffffff, (const uint8_t *)&h->magic,
				       sizeof(*h) - sizeof(h->eth));

	return ~frames_crc_more(crc, frame + sizeof(*h), size - sizeof(*h));
}

/* The pattern: a 32-bit xorshift generator seeded so that no two frames share a sequence. */
static uint32_t frames_seed(uint32_t session, uint32_t seq, unsigned int direction)
{
	uint32_t x = session ^ seq * 0x9e3779b1u ^ direction << 30;

	return x != 0 ? x : 1;
}

static uint8_t frames_next_byte(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return (uint8_t)(*state >> 24);
}

size_t frames_size(uint32_t seq)
{
	const size_t sizes = FRAME_MAX_SIZE - FRAME_MIN_SIZE + 1;

	if (seq % 32 < 2)
		return seq % 2 == 0 ? FRAME_MAX_SIZE : FRAME_MIN_SIZE;
	/* 463 and the number of sizes have no common factor, so all sizes come in turn. */
	return FRAME_MIN_SIZE + (size_t)463 * seq % sizes;
}

void frames_build(uint8_t *buf, const struct frame *f)
{
	struct frame_header h = {
		.magic = FRAME_MAGIC,
		.version = FRAME_VERSION,
		.direction = (uint8_t)f->direction,
		.size = (uint16_t)f->size,
		.session = f->session,
		.seq = f->seq,
	};
	uint32_t state = frames_seed(f->session, f->seq, f->direction);

	memcpy(h.eth.ether_dhost, f->dst, ETH_ALEN);
	memcpy(h.eth.ether_shost, f->src, ETH_ALEN);
	h.eth.ether_type = htons(FRAME_ETHERTYPE);
	for (size_t i = sizeof(h); i < f->size; i++)
		buf[i] = frames_next_byte(&state);
	h.crc = frames_crc(&h, buf, f->size);
	memcpy(buf, &h, sizeof(h));
}

static bool frames_intact(const uint8_t *buf, size_t len, const struct frame_header *h)
{
	struct frame_header plain = *h;
	uint32_t state = frames_seed(h->session, h->seq, h->direction);

	if (h->size < FRAME_MIN_SIZE || h->size > FRAME_LARGEST || h->size > len)
		return false;
	if (h->direction != FRAME_REQUEST && h->direction != FRAME_ANSWER)
		return false;
	for (size_t i = sizeof(*h); i < h->size; i++)
		if (buf[i] != frames_next_byte(&state))
			return false;
	plain.crc = 0;
	return frames_crc(&plain, buf, h->size) == h->crc;
}

enum frame_check frames_parse(const uint8_t *buf, size_t len, struct frame *out)
{
	struct frame_header h;

	if (len < sizeof(h))
		return FRAME_FOREIGN;
	memcpy(&h, buf, sizeof(h));
	if (h.eth.ether_type != htons(FRAME_ETHERTYPE) || h.magic != FRAME_MAGIC ||
	    h.version != FRAME_VERSION)
		return FRAME_FOREIGN;
	*out = (struct frame){
		.direction = h.direction,
		.session = h.session,
		.seq = h.seq,
		.size = h.size,
	};
	memcpy(out->dst, h.eth.ether_dhost, ETH_ALEN);
	memcpy(out->src, h.eth.ether_shost, ETH_ALEN);
	return frames_intact(buf, len, &h) ? FRAME_GOOD : FRAME_CORRUPT;
}
