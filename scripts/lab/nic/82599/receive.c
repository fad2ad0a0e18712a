// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames into receive queues: which queue, what the descriptor says, and when there is no place.
 * Data sheet 7.1.
 */
#include <string.h>
#include "chip.h"

#define SECTION_MAX_FRAME 1518 /* with its checksum */
#define DESCRIPTOR 16
#define DESCRIPTORS_MAX 32 /* of one frame */

/* A written back descriptor's second half. */
enum {
	STAT_DD = BIT(0),
	STAT_EOP = BIT(1),
	STAT_VP = BIT(3),
	STAT_UDPCS = BIT(4),
	STAT_L4CS = BIT(5),
	STAT_IPCS = BIT(6),
	STAT_PIF = BIT(7),
	STAT_LB = BIT(18),
};
#define ERROR_L4 BIT(30)
#define ERROR_IP BIT(31)

/* What the hardware found out about a frame. */
struct findings {
	uint32_t type; /* RSS type and packet type, the first dword */
	uint32_t hash;
	uint32_t status; /* and errors */
};

static uint32_t packet_type(const struct frame *frame)
{
	uint32_t type = 0;

	if (!frame->l3)
		return 0;
	if (frame->version == 4)
		type = frame->options ? 3 : 1;
	else
		type = frame->options ? 12 : 4;
	if (frame->l4)
		type |= frame->protocol == PROTOCOL_TCP	  ? 16
			: frame->protocol == PROTOCOL_UDP ? 32
							  : 64;
	return type << 4;
}

static void check_sums(const uint8_t *data, const struct frame *frame, struct findings *found)
{
	if (frame->l3 && frame->version == 4) {
		found->status |= STAT_IPCS;
		if (!frame_l3_is_right(data, frame))
			found->status |= ERROR_IP;
	}
	if (frame->l4) {
		/* UDP without a checksum has not been checked. */
		if (frame->protocol == PROTOCOL_UDP && !frame_get16(data + frame->l4 + 6))
			return;
		found->status |= STAT_L4CS;
		if (frame->protocol == PROTOCOL_UDP)
			found->status |= STAT_UDPCS;
		if (!frame_l4_is_right(data, frame))
			found->status |= ERROR_L4;
	}
}

static void hash_frame(struct chip *chip, const uint8_t *data, const struct frame *frame,
		       struct findings *found)
{
	uint32_t fields = reg_get(chip, MRQC) >> 16;
	unsigned int wanted = 0, made;

	wanted |= fields & BIT(0) ? RSS_IPV4_TCP : 0;
	wanted |= fields & BIT(1) ? RSS_IPV4 : 0;
	wanted |= fields & BIT(4) ? RSS_IPV6 : 0;
	wanted |= fields & BIT(5) ? RSS_IPV6_TCP : 0;
	wanted |= fields & BIT(6) ? RSS_IPV4_UDP : 0;
	wanted |= fields & BIT(7) ? RSS_IPV6_UDP : 0;
	made = frame_rss(data, frame, wanted, (const uint8_t *)reg(chip, RSSRK), &found->hash);
	found->type |= made == RSS_IPV4_TCP   ? 1
		       : made == RSS_IPV4     ? 2
		       : made == RSS_IPV6_TCP ? 3
		       : made == RSS_IPV6     ? 5
		       : made == RSS_IPV4_UDP ? 7
		       : made == RSS_IPV6_UDP ? 8
					      : 0;
}

/* Does the mode of MRQC spread frames by their hash? */
static bool has_rss(const struct chip *chip)
{
	uint32_t mode = reg_get(chip, MRQC) & 15;

	return mode == 1 || mode == 4 || mode == 5 || mode == 10 || mode == 11;
}

static void look_at(struct chip *chip, const uint8_t *data, size_t len, bool looped,
		    struct findings *found)
{
	struct frame frame;

	memset(found, 0, sizeof(*found));
	if (looped) {
		/* Before the X550, frames between pools are neither parsed nor checked. */
		found->status = STAT_LB;
		return;
	}
	frame_parse(data, len, &frame);
	found->type = packet_type(&frame);
	if (data[0] & 1)
		found->status |= STAT_PIF;
	check_sums(data, &frame, found);
	if (has_rss(chip))
		hash_frame(chip, data, &frame, found);
}

/* The queue within @count ones, by the redirection table. */
static unsigned int spread(const struct chip *chip, const struct findings *found,
			   unsigned int count)
{
	unsigned int entry = found->hash & 127;

	if (!(found->type & 15))
		return 0;
	return (reg_get(chip, RETA + 4 * (entry / 4)) >> 8 * (entry % 4) & 15) % count;
}

static unsigned int queue_of(const struct chip *chip, int pool, const struct findings *found)
{
	unsigned int count = chip_queues_per_pool(chip), used;

	if (!count)
		return spread(chip, found, 16);
	used = 1u << (reg_get(chip, PSRTYPE + 4 * pool) >> PSRTYPE_QUEUES & 3);
	return pool * count + spread(chip, found, used < count ? used : count);
}

/* Puts a frame into a queue's buffers. False: there is no room, or no such queue. */
static bool put_in_queue(struct chip *chip, unsigned int queue, const uint8_t *data, size_t len,
			 const struct findings *found)
{
	uint32_t at = rx_queue_at(queue), control = reg_get(chip, at + Q_DCTL);
	uint64_t base = reg_get(chip, at + Q_BAL) | (uint64_t)reg_get(chip, at + Q_BAH) << 32;
	uint32_t count = queue_length(chip, at), head, tail, room, need, i;
	size_t size = (reg_get(chip, at + RX_SRRCTL) & 31) * 1024, done = 0;
	int function = chip_function_of(chip, queue);
	uint8_t stripped[NIC_FRAME_MAX + FRAME_VLAN];
	uint32_t status = found->status;
	uint16_t tag = 0;

	if (!(control & DCTL_ENABLE) || !count)
		return false;
	size = size ? size : 2048;
	if (control & RXDCTL_VME && frame_tag(data, len, &tag)) {
		status |= STAT_VP;
		memcpy(stripped, data, 12);
		memcpy(stripped + 12, data + 16, len - 16);
		data = stripped;
		len -= FRAME_VLAN;
	}
	head = reg_get(chip, at + Q_HEAD) % count;
	tail = reg_get(chip, at + Q_TAIL) % count;
	room = (tail + count - head) % count;
	need = (len + size - 1) / size;
	if (need > room || need > DESCRIPTORS_MAX)
		return false;
	for (i = 0; i < need; i++) {
		uint64_t descriptor[2];
		size_t part = len - done < size ? len - done : size;
		uint32_t written[4];

		nic_dma_read(chip->nic, function, base + DESCRIPTOR * head, descriptor,
			     sizeof(descriptor));
		if (descriptor[0])
			nic_dma_write(chip->nic, function, descriptor[0], data + done, part);
		done += part;
		written[0] = found->type;
		written[1] = found->hash;
		written[2] = STAT_DD | (done == len ? STAT_EOP | status : 0);
		written[3] = part | (uint32_t)tag << 16;
		nic_dma_write(chip->nic, function, base + DESCRIPTOR * head, written,
			      sizeof(written));
		head = (head + 1) % count;
	}
	*reg(chip, at + Q_HEAD) = head;
	count_rx_queue(chip, queue, len);
	interrupt_queue(chip, queue, false);
	return true;
}

void receive_in_pool(struct chip *chip, int pool, const uint8_t *frame, size_t len, bool looped)
{
	struct findings found;
	unsigned int queue;

	look_at(chip, frame, len, looped, &found);
	queue = queue_of(chip, pool, &found);
	if (put_in_queue(chip, queue, frame, len, &found)) {
		count_pool_received(chip, pool, frame, len);
		return;
	}
	if (queue < 16)
		count_add(chip, QPRDC + Q_SIZE * queue, 1);
}

void receive_in_pools(struct chip *chip, uint64_t pools, const uint8_t *frame, size_t len,
		      bool looped)
{
	int pool;

	for (pool = 0; pools >> pool; pool++) {
		if (pools >> pool & 1)
			path_to_pool(chip, pool, frame, len, looped);
		if (pool == CHIP_POOLS - 1)
			break;
	}
}

/* The longest frame, with its checksum; a tag may be on top of it. */
static size_t longest(const struct chip *chip)
{
	size_t max = reg_get(chip, MAXFRS) >> 16;

	if (!(reg_get(chip, HLREG0) & HLREG0_JUMBOEN) || max < SECTION_MAX_FRAME ||
	    fault_has(&chip->nic->faults, FAULT_MTU_SHORT))
		max = SECTION_MAX_FRAME;
	return max;
}

void receive_frame(struct nic *nic, const uint8_t *frame, size_t len)
{
	struct chip *chip = chip_of(nic);
	uint8_t padded[FRAME_MIN];
	uint64_t pools;
	uint16_t tci;

	if (!(reg_get(chip, RXCTRL) & RXCTRL_RXEN) || !chip->link_up || len < FRAME_HEADER)
		return;
	if (len < FRAME_MIN) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, frame, len);
		frame = padded;
		len = FRAME_MIN;
	}
	if (len + FRAME_FCS > longest(chip) + (frame_tag(frame, len, &tci) ? FRAME_VLAN : 0)) {
		count_add(chip, ROC, 1);
		count_add(chip, RLEC, 1);
		return;
	}
	filter_update(chip);
	if (!filter_lets_in(chip, frame, len))
		return;
	pools = switch_from_wire(&chip->nic_switch, frame, len);
	if (!pools)
		return;
	count_received(chip, frame, len);
	receive_in_pools(chip, pools, frame, len, false);
}

void receive_from_wire(struct nic *nic, const uint8_t *frame, size_t len)
{
	if (!(reg_get(chip_of(nic), HLREG0) & HLREG0_LPBK))
		receive_frame(nic, frame, len);
}
