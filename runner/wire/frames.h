/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test frames: what goes over the wire between the runner and an agent. Every byte after the
 * header follows from session, sequence number and direction, so that a frame which was changed,
 * cut, mixed up or reflected is found out. No input or output here: see traffic.h.
 *
 * Layout: Ethernet header, struct frame_header (little-endian), pattern up to the header's size.
 */
#ifndef VFPROOF_WIRE_FRAMES_H
#define VFPROOF_WIRE_FRAMES_H

#include <net/ethernet.h>
#include "base/util.h"

#define FRAME_ETHERTYPE 0x88b5 /* IEEE Std 802 - Local Experimental Ethertype 1 */
#define FRAME_MIN_SIZE 60u /* without the checksum that the hardware adds */
#define FRAME_MAX_SIZE 1514u
#define FRAME_LARGEST 16014u /* one with a larger MTU, which only cases about that send */
#define FRAME_MAGIC 0x46504656u /* "VFPF" */
#define FRAME_VERSION 1

enum frame_direction { FRAME_REQUEST = 1, FRAME_ANSWER = 2 };

struct frame_header {
	struct ether_header eth;
	uint32_t magic;
	uint8_t version;
	uint8_t direction;
	uint16_t size; /* of the whole frame from the Ethernet header on */
	uint32_t session;
	uint32_t seq;
	uint32_t crc; /* CRC-32 of everything from magic on, with this field 0 */
} __attribute__((packed));

struct frame {
	uint8_t dst[ETH_ALEN], src[ETH_ALEN];
	enum frame_direction direction;
	uint32_t session, seq;
	size_t size;
};

enum frame_check {
	FRAME_FOREIGN, /* not a test frame: to be ignored */
	FRAME_GOOD,
	FRAME_CORRUPT, /* a test frame whose contents are wrong; only its session can be used */
};

/* Writes the frame @f, f->size bytes of FRAME_MIN_SIZE..FRAME_LARGEST, into @buf. */
void frames_build(uint8_t *buf, const struct frame *f);
/*
 * Takes a received frame of @len bytes apart. Bytes beyond the header's size are allowed, since a
 * switch may pad. @out is filled unless the frame is FRAME_FOREIGN.
 */
enum frame_check frames_parse(const uint8_t *buf, size_t len, struct frame *out);
/* The size of the frame with number @seq: varies over the whole range, both ends included. */
size_t frames_size(uint32_t seq);

#endif
