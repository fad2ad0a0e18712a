// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include "frame.h"
#include "offload.h"

#define TCP_CHECKSUM 16
#define UDP_CHECKSUM 6
#define SCTP_CHECKSUM 8

static void checksum_ip(uint8_t *ip, size_t header)
{
	frame_set16(ip + 10, 0);
	frame_set16(ip + 10, ~frame_fold(frame_sum(ip, header, 0)));
}

/* @more: what the field's sum lacks. */
static void checksum_l4(uint8_t *l4, size_t len, uint8_t protocol, uint32_t more)
{
	size_t field = protocol == PROTOCOL_TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
	uint16_t sum;

	if (protocol == PROTOCOL_SCTP) {
		uint32_t crc;

		memset(l4 + SCTP_CHECKSUM, 0, 4);
		crc = frame_crc32c(l4, len);
		memcpy(l4 + SCTP_CHECKSUM, &crc, sizeof(crc)); /* the lowest byte comes first */
		return;
	}
	sum = ~frame_fold(frame_sum(l4, len, more));
	/* 0 would say that there is none. */
	if (!sum && protocol == PROTOCOL_UDP)
		sum = 0xffff;
	frame_set16(l4 + field, sum);
}

static size_t l4_header_min(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? 20 : protocol == PROTOCOL_SCTP ? 12 : 8;
}

void offload_checksum(uint8_t *data, size_t len, const struct offload *offload)
{
	size_t l3 = offload->l2_len, l4 = l3 + offload->l3_len;

	if (offload->ip_checksum && offload->ipv4 && offload->l3_len >= 20 && l4 <= len)
		checksum_ip(data + l3, offload->l3_len);
	if (offload->l4_checksum && l4 + l4_header_min(offload->protocol) <= len)
		checksum_l4(data + l4, len - l4, offload->protocol, 0);
}

/* The headers of a segment: @done bytes of data went before it, @part are in it. */
static void fit_headers(uint8_t *frame, const struct offload *offload, unsigned int index,
			size_t done, size_t part, bool last)
{
	uint8_t *ip = frame + offload->l2_len, *l4 = ip + offload->l3_len;
	size_t l4_len = offload->l4_len + part;

	if (offload->ipv4) {
		frame_set16(ip + 2, offload->l3_len + l4_len);
		frame_set16(ip + 4, frame_get16(ip + 4) + index);
		checksum_ip(ip, offload->l3_len);
	} else {
		frame_set16(ip + 4, offload->l3_len - 40 + l4_len);
	}
	if (offload->protocol == PROTOCOL_TCP) {
		uint32_t sequence = (uint32_t)frame_get16(l4 + 4) << 16 | frame_get16(l4 + 6);
		uint16_t mask = last	 ? offload->flags_last
				: !index ? offload->flags_first
					 : offload->flags_middle;

		sequence += done;
		frame_set16(l4 + 4, sequence >> 16);
		frame_set16(l4 + 6, sequence);
		frame_set16(l4 + 12, frame_get16(l4 + 12) & (0xf000 | mask));
	} else {
		frame_set16(l4 + 4, l4_len);
	}
	/* The driver's sum has everything but the length, which differs between segments. */
	checksum_l4(l4, l4_len, offload->protocol, l4_len);
}

bool offload_segment(const uint8_t *data, size_t len, const struct offload *offload, uint8_t *room,
		     size_t room_size, void (*send)(void *arg, uint8_t *frame, size_t len),
		     void *arg)
{
	size_t header = offload->l2_len + offload->l3_len + offload->l4_len, done = 0, total;
	unsigned int index = 0;

	if (!offload->mss || header >= len || header + offload->mss > room_size ||
	    offload->l3_len < (offload->ipv4 ? 20 : 40) ||
	    offload->l4_len < l4_header_min(offload->protocol))
		return false;
	total = len - header;
	while (done < total) {
		size_t part = total - done < offload->mss ? total - done : offload->mss;

		memcpy(room, data, header);
		memcpy(room + header, data + header + done, part);
		fit_headers(room, offload, index++, done, part, done + part == total);
		send(arg, room, header + part);
		done += part;
	}
	return true;
}
