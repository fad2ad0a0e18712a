/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver leaves to the card: checksums of a frame to send, and cutting a large one into
 * segments.
 */
#ifndef VFPROOF_LAB_NIC_OFFLOAD_H
#define VFPROOF_LAB_NIC_OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OFFLOAD_MAX (262144 + 256) /* bytes of a frame that is to be cut */

/* What is to be done, and where the headers are, as the driver says it. */
struct offload {
	bool ip_checksum; /* of an IPv4 header */
	bool l4_checksum;
	bool segment;
	bool ipv4;
	uint8_t protocol; /* PROTOCOL_TCP, _UDP or _SCTP */
	uint16_t l2_len, l3_len, l4_len; /* bytes of the headers */
	uint16_t mss; /* of a segment: bytes behind its headers */
	uint16_t flags_first, flags_middle, flags_last; /* masks of TCP's flags in segments */
};

/*
 * Fills in the checksums. The field holds the sum of the pseudo header already, as drivers do it.
 * Nothing is done to headers that lie outside of the frame.
 */
void offload_checksum(uint8_t *data, size_t len, const struct offload *offload);

/*
 * Cuts a frame into segments and hands them to @send, one after the other in @room, which has place
 * for headers and mss. False: the headers are not there, or mss is 0; nothing was sent.
 */
bool offload_segment(const uint8_t *data, size_t len, const struct offload *offload, uint8_t *room,
		     size_t room_size, void (*send)(void *arg, uint8_t *frame, size_t len),
		     void *arg);

#endif
