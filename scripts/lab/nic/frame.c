// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include "frame.h"

enum { TYPE_VLAN = 0x8100, TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };
enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, UDP_HEADER = 8, SCTP_HEADER = 12 };

#define MAX_EXTENSIONS 8

bool frame_tag(const uint8_t *data, size_t len, uint16_t *tci)
{
	if (len < FRAME_HEADER + FRAME_VLAN || frame_get16(data + 12) != TYPE_VLAN)
		return false;
	*tci = frame_get16(data + 14);
	return true;
}

size_t frame_insert_tag(uint8_t *data, size_t len, uint16_t tci)
{
	memmove(data + 16, data + 12, len - 12);
	frame_set16(data + 12, TYPE_VLAN);
	frame_set16(data + 14, tci);
	return len + FRAME_VLAN;
}

static bool is_l4(uint8_t protocol, size_t room)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return room >= TCP_HEADER;
	case PROTOCOL_UDP:
		return room >= UDP_HEADER;
	case PROTOCOL_SCTP:
		return room >= SCTP_HEADER;
	default:
		return false;
	}
}

static void parse_ipv4(const uint8_t *data, size_t len, size_t at, struct frame *frame)
{
	const uint8_t *ip = data + at;
	size_t header, total;

	if (at + IPV4_HEADER > len || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15) * 4;
	total = frame_get16(ip + 2);
	if (header < IPV4_HEADER || total < header || at + total > len)
		return;
	frame->l3 = at;
	frame->version = 4;
	frame->end = at + total;
	frame->protocol = ip[9];
	frame->options = header > IPV4_HEADER;
	/* More fragments, or not the first one. */
	if (!(frame_get16(ip + 6) & 0x3fff) && is_l4(ip[9], total - header))
		frame->l4 = at + header;
}

static void parse_ipv6(const uint8_t *data, size_t len, size_t at, struct frame *frame)
{
	const uint8_t *ip = data + at;
	uint8_t next;
	size_t pos;
	int i;

	if (at + IPV6_HEADER > len || ip[0] >> 4 != 6)
		return;
	frame->l3 = at;
	frame->version = 6;
	frame->end = at + IPV6_HEADER + frame_get16(ip + 4);
	if (frame->end > len) {
		frame->l3 = 0;
		return;
	}
	next = ip[6];
	pos = at + IPV6_HEADER;
	for (i = 0; i < MAX_EXTENSIONS && pos + 8 <= frame->end; i++) {
		/* Hop by hop, routing, destination options; of fragments nothing is known. */
		if (next != 0 && next != 43 && next != 60)
			break;
		frame->options = true;
		next = data[pos];
		pos += (data[pos + 1] + 1) * 8;
	}
	frame->protocol = next;
	if (pos <= frame->end && is_l4(next, frame->end - pos))
		frame->l4 = pos;
}

void frame_parse(const uint8_t *data, size_t len, struct frame *frame)
{
	size_t at = 12;
	uint16_t tci;

	memset(frame, 0, sizeof(*frame));
	if (len < FRAME_HEADER || len > UINT16_MAX)
		return;
	if (frame_tag(data, len, &tci))
		at += FRAME_VLAN;
	if (frame_get16(data + at) == TYPE_IPV4)
		parse_ipv4(data, len, at + 2, frame);
	else if (frame_get16(data + at) == TYPE_IPV6)
		parse_ipv6(data, len, at + 2, frame);
}

uint64_t frame_sum(const uint8_t *data, size_t len, uint64_t sum)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += frame_get16(data + i);
	if (len & 1)
		sum += data[len - 1] << 8;
	return sum;
}

uint16_t frame_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

uint32_t frame_crc32c(const uint8_t *data, size_t len)
{
	uint32_t crc = ~0u;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		crc ^= data[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

bool frame_l3_is_right(const uint8_t *data, const struct frame *frame)
{
	return frame_fold(frame_sum(data + frame->l3, (data[frame->l3] & 15) * 4, 0)) == 0xffff;
}

/* Addresses, protocol and length, which TCP and UDP sum up with their data. */
static uint64_t pseudo_header(const uint8_t *data, const struct frame *frame)
{
	uint64_t sum = frame->protocol + (frame->end - frame->l4);

	if (frame->version == 4)
		return frame_sum(data + frame->l3 + 12, 8, sum);
	return frame_sum(data + frame->l3 + 8, 32, sum);
}

bool frame_l4_is_right(const uint8_t *data, const struct frame *frame)
{
	const uint8_t *l4 = data + frame->l4;
	size_t len = frame->end - frame->l4;

	if (frame->protocol == PROTOCOL_SCTP) {
		uint8_t copy[UINT16_MAX];
		uint32_t crc;

		memcpy(copy, l4, len);
		memset(copy + 8, 0, 4);
		crc = frame_crc32c(copy, len);
		return l4[8] == (crc & 0xff) && l4[9] == (crc >> 8 & 0xff) &&
		       l4[10] == (crc >> 16 & 0xff) && l4[11] == crc >> 24;
	}
	/* UDP on IPv4 may have none. */
	if (frame->protocol == PROTOCOL_UDP && frame->version == 4 && !frame_get16(l4 + 6))
		return true;
	return frame_fold(frame_sum(l4, len, pseudo_header(data, frame))) == 0xffff;
}

static uint32_t toeplitz(const uint8_t *input, size_t len, const uint8_t *key)
{
	uint32_t window = (uint32_t)key[0] << 24 | key[1] << 16 | key[2] << 8 | key[3];
	uint32_t hash = 0;
	size_t i;
	int bit;

	for (i = 0; i < len; i++)
		for (bit = 7; bit >= 0; bit--) {
			if (input[i] >> bit & 1)
				hash ^= window;
			window = window << 1 | (key[i + 4] >> bit & 1);
		}
	return hash;
}

unsigned int frame_rss(const uint8_t *data, const struct frame *frame, unsigned int fields,
		       const uint8_t *key, uint32_t *hash)
{
	bool v4 = frame->version == 4;
	size_t addresses = v4 ? 8 : 32;
	uint8_t input[36];
	unsigned int with_ports = 0;

	if (!frame->l3)
		return 0;
	memcpy(input, data + frame->l3 + (v4 ? 12 : 8), addresses);
	if (frame->l4 && frame->protocol == PROTOCOL_TCP)
		with_ports = v4 ? RSS_IPV4_TCP : RSS_IPV6_TCP;
	else if (frame->l4 && frame->protocol == PROTOCOL_UDP)
		with_ports = v4 ? RSS_IPV4_UDP : RSS_IPV6_UDP;
	if (fields & with_ports) {
		memcpy(input + addresses, data + frame->l4, 4);
		*hash = toeplitz(input, addresses + 4, key);
		return with_ports;
	}
	if (!(fields & (v4 ? RSS_IPV4 : RSS_IPV6)))
		return 0;
	*hash = toeplitz(input, addresses, key);
	return v4 ? RSS_IPV4 : RSS_IPV6;
}
