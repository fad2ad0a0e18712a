/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a NIC sees in an Ethernet frame: where its headers are, checksums, and the hash by which it
 * chooses a queue (RSS). Frames come from guests and from the wire: every length in them is
 * doubted.
 */
#ifndef VFPROOF_LAB_NIC_FRAME_H
#define VFPROOF_LAB_NIC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 14
#define FRAME_MIN 60 /* without its checksum */
#define FRAME_FCS 4
#define FRAME_VLAN 4

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_SCTP = 132 };

struct frame {
	uint16_t l3; /* where the IP header begins; 0: no IP */
	uint16_t l4; /* where TCP, UDP or SCTP begins; 0: none, or a fragment */
	uint16_t end; /* where the IP packet ends */
	uint8_t version; /* of IP: 4 or 6 */
	uint8_t protocol;
	bool options; /* IPv4 options, or IPv6 extension headers */
};

static inline uint16_t frame_get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static inline void frame_set16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Where the headers of the frame are, that has at most one VLAN tag. */
void frame_parse(const uint8_t *data, size_t len, struct frame *frame);

/* Has it an 802.1Q tag? *@tci is priority and VLAN. */
bool frame_tag(const uint8_t *data, size_t len, uint16_t *tci);
/* Inserts one; there is room for it behind @len. The new length. */
size_t frame_insert_tag(uint8_t *data, size_t len, uint16_t tci);

/* The sum of 16-bit words as in RFC 1071, not folded; it is added to @sum. */
uint64_t frame_sum(const uint8_t *data, size_t len, uint64_t sum);
/* The folded sum, not inverted. */
uint16_t frame_fold(uint64_t sum);
/* CRC32c, as SCTP has it (RFC 9260, appendix A). */
uint32_t frame_crc32c(const uint8_t *data, size_t len);

/* Are the checksums of the IPv4 header, and of TCP, UDP or SCTP, right? There must be such a
 * header. */
bool frame_l3_is_right(const uint8_t *data, const struct frame *frame);
bool frame_l4_is_right(const uint8_t *data, const struct frame *frame);

/* Which headers an RSS hash is made of; bits. */
enum {
	RSS_IPV4 = 1,
	RSS_IPV4_TCP = 2,
	RSS_IPV4_UDP = 4,
	RSS_IPV6 = 8,
	RSS_IPV6_TCP = 16,
	RSS_IPV6_UDP = 32,
};

/*
 * The Toeplitz hash of a frame with a 40 byte key. Returns what it was made of, one of @fields, or
 * 0 and no hash.
 */
unsigned int frame_rss(const uint8_t *data, const struct frame *frame, unsigned int fields,
		       const uint8_t *key, uint32_t *hash);

#endif
