// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transmit queues: descriptors, offloads, tags, spoof checks and rates. Data sheet 7.2 and 7.10.3.
 */
#include <string.h>
#include "chip.h"

#define DESCRIPTOR 16
#define DESCRIPTOR_DONE 1

enum { TYPE_CONTEXT = 2, TYPE_DATA = 3 };
#define CMD_EOP BIT(24)
#define CMD_RS BIT(27)
#define CMD_DEXT BIT(29)
#define CMD_VLE BIT(30)
#define CMD_TSE BIT(31)
#define OPT_IXSM BIT(8)
#define OPT_TXSM BIT(9)
#define CONTEXT_IPV4 BIT(10)

/* A frame as its descriptors describe it. */
struct sending {
	struct chip *chip;
	unsigned int queue;
	int pool; /* -1: there are none */
	size_t len; /* of chip->frame so far */
	uint32_t command, options; /* of its first data descriptor */
	int tag; /* that the driver wants; -1: none */
	bool began, broken;
};

static bool queue_may_send(const struct chip *chip, unsigned int queue)
{
	unsigned int count = chip_queues_per_pool(chip);
	unsigned int pool = count ? queue / count : 0;

	if (chip->stopped || !(reg_get(chip, DMATXCTL) & DMATXCTL_TE) ||
	    !(reg_get(chip, tx_queue_at(queue) + Q_DCTL) & DCTL_ENABLE))
		return false;
	if (!chip->link_up && !(reg_get(chip, HLREG0) & HLREG0_LPBK))
		return false;
	return !count || reg_get(chip, VFTE + 4 * (pool / 32)) >> pool % 32 & 1 ||
	       fault_has(&chip->nic->faults, FAULT_LINK_STATE_IGNORED);
}

/* The tag that is put in: the pool's, the driver's, or none. */
static int tag_of(const struct sending *sending)
{
	struct chip *chip = sending->chip;
	uint32_t rule;

	if (sending->pool < 0 || (fault_has(&chip->nic->faults, FAULT_VLAN_IGNORED) &&
				  nic_has_vf(chip->nic, sending->pool)))
		return sending->tag;
	rule = reg_get(chip, VMVIR + 4 * sending->pool);
	if (rule & VMVIR_NEVER)
		return -1;
	return rule & VMVIR_ALWAYS ? (int)(rule & 0xffff) : sending->tag;
}

void transmit_frame(struct chip *chip, int pool, const uint8_t *frame, size_t len)
{
	uint64_t pools = 0;
	bool wire = true;

	if (pool >= 0)
		pools = switch_from_port(&chip->nic_switch, pool, frame, len, &wire);
	if (pools && reg_get(chip, RXCTRL) & RXCTRL_RXEN)
		receive_in_pools(chip, pools, frame, len, true);
	if (!wire)
		return;
	if (reg_get(chip, HLREG0) & HLREG0_LPBK) {
		receive_frame(chip->nic, frame, len);
		return;
	}
	count_sent(chip, frame, len);
	if (!fault_has(&chip->nic->faults, FAULT_MTU_SHORT) || len + FRAME_FCS <= 1522)
		nic_send(chip->nic, frame, len);
}

/* A frame, or a segment of one, that is complete but for its tag; there is room for it. */
static void send_one(void *arg, uint8_t *frame, size_t len)
{
	struct sending *sending = arg;
	struct chip *chip = sending->chip;
	int tag = tag_of(sending);

	if (len < FRAME_HEADER || len > NIC_FRAME_MAX)
		return;
	if (tag >= 0)
		len = frame_insert_tag(frame, len, tag);
	if (len < FRAME_MIN) {
		memset(frame + len, 0, FRAME_MIN - len);
		len = FRAME_MIN;
	}
	filter_update(chip);
	if (sending->pool >= 0 &&
	    !switch_is_allowed(&chip->nic_switch, sending->pool, frame, len)) {
		if (reg_get(chip, VMECM + 4 * (sending->pool / 32)) >> sending->pool % 32 & 1)
			count_add(chip, SSVPC, 1);
		return;
	}
	count_tx_queue(chip, sending->queue, len);
	rate_take(&chip->rates[sending->queue], nic_now(), len);
	if (sending->pool < 0) {
		transmit_frame(chip, -1, frame, len);
		return;
	}
	count_pool_sent(chip, sending->pool, len);
	path_from_pool(chip, sending->pool, frame, len);
}

static struct offload offload_of(const struct sending *sending)
{
	struct chip *chip = sending->chip;
	const struct chip_context *context =
		&chip->contexts[sending->queue][sending->options >> 4 & 1];
	uint32_t lengths = context->word[0], kind = context->word[2], sizes = context->word[3];

	return (struct offload){
		.ip_checksum = sending->options & OPT_IXSM,
		.l4_checksum = sending->options & OPT_TXSM,
		.segment = sending->command & CMD_TSE,
		.ipv4 = kind & CONTEXT_IPV4,
		.protocol = (kind >> 11 & 3) == 0   ? PROTOCOL_UDP
			    : (kind >> 11 & 3) == 1 ? PROTOCOL_TCP
						    : PROTOCOL_SCTP,
		.l2_len = lengths >> 9 & 127,
		.l3_len = lengths & 511,
		.l4_len = sizes >> 8 & 255,
		.mss = sizes >> 16,
		.flags_first = reg_get(chip, DTXTCPFLGL) & 0xfff,
		.flags_middle = reg_get(chip, DTXTCPFLGL) >> 16 & 0xfff,
		.flags_last = reg_get(chip, DTXTCPFLGH) & 0xfff,
	};
}

static void finish_frame(struct sending *sending)
{
	struct chip *chip = sending->chip;
	struct offload offload = offload_of(sending);

	if (!sending->broken && offload.segment) {
		offload_segment(chip->frame, sending->len, &offload, chip->segment,
				sizeof(chip->segment) - 64, send_one, sending);
	} else if (!sending->broken) {
		offload_checksum(chip->frame, sending->len, &offload);
		send_one(sending, chip->frame, sending->len);
	}
	sending->len = 0;
	sending->began = sending->broken = false;
}

static void take_data(struct sending *sending, const uint32_t *descriptor)
{
	struct chip *chip = sending->chip;
	bool extended = descriptor[2] & CMD_DEXT;
	size_t len = descriptor[2] & 0xffff;
	uint64_t from = descriptor[0] | (uint64_t)descriptor[1] << 32;

	if (!sending->began) {
		sending->began = true;
		sending->command = extended ? descriptor[2] : descriptor[2] & ~CMD_TSE;
		sending->options = extended ? descriptor[3] : 0;
		sending->tag = -1;
		if (descriptor[2] & CMD_VLE)
			sending->tag =
				extended ? chip->contexts[sending->queue][sending->options >> 4 & 1]
							   .word[0] >>
						   16
					 : descriptor[3] >> 16;
	}
	/* A frame that could not be read is not sent. */
	if (sending->len + len > sizeof(chip->frame) - 64 ||
	    !nic_dma_read(chip->nic, chip_function_of(chip, sending->queue), from,
			  chip->frame + sending->len, len))
		sending->broken = true;
	else
		sending->len += len;
	if (descriptor[2] & CMD_EOP)
		finish_frame(sending);
}

/* Says that the descriptor is done: in it, or where the driver wants the head. */
static void write_back(struct chip *chip, unsigned int queue, uint64_t where, uint32_t next)
{
	uint32_t at = tx_queue_at(queue), low = reg_get(chip, at + TX_WBAL), done = DESCRIPTOR_DONE;
	int function = chip_function_of(chip, queue);

	if (low & WBAL_ENABLE)
		nic_dma_write_dword(chip->nic, function,
				    (low & ~3u) | (uint64_t)reg_get(chip, at + TX_WBAH) << 32,
				    next);
	else
		nic_dma_write(chip->nic, function, where + 12, &done, sizeof(done));
}

/* A queue has sent all that it may for now. The first one's time counts. */
static void send_later(struct chip *chip, int64_t when)
{
	if (chip->rate_at && chip->rate_at <= when)
		return;
	chip->rate_at = when;
	nic_timer_set(chip->nic, TIMER_RATE, when);
}

/* One descriptor after the other. True: one of them wants to be reported. */
static bool run_queue(struct sending *sending)
{
	struct chip *chip = sending->chip;
	uint32_t at = tx_queue_at(sending->queue), count = queue_length(chip, at);
	uint64_t base = reg_get(chip, at + Q_BAL) | (uint64_t)reg_get(chip, at + Q_BAH) << 32;
	int function = chip_function_of(chip, sending->queue);
	bool report = false;
	uint32_t left = count; /* a tail beyond the ring would never be met */

	while (left-- && reg_get(chip, at + Q_HEAD) != reg_get(chip, at + Q_TAIL)) {
		uint32_t head = reg_get(chip, at + Q_HEAD) % count, descriptor[4];
		int64_t now = nic_now(), when = rate_when(&chip->rates[sending->queue], now);

		if (!sending->began && when > now) {
			send_later(chip, when);
			break;
		}
		if (!sending->began && fault_due(&chip->nic->faults, FAULT_TX_HANG))
			break;
		nic_dma_read(chip->nic, function, base + DESCRIPTOR * head, descriptor,
			     sizeof(descriptor));
		if (descriptor[2] & CMD_DEXT && (descriptor[2] >> 20 & 15) == TYPE_CONTEXT)
			memcpy(&chip->contexts[sending->queue][descriptor[3] >> 4 & 1], descriptor,
			       sizeof(descriptor));
		else
			take_data(sending, descriptor);
		if (descriptor[2] & CMD_DEXT && (descriptor[2] >> 20 & 15) > TYPE_DATA &&
		    fault_has(&chip->nic->faults, FAULT_BAD_DESCRIPTOR_STOPS)) {
			chip->stopped = true;
			break;
		}
		head = (head + 1) % count;
		*reg(chip, at + Q_HEAD) = head;
		if (descriptor[2] & CMD_RS) {
			write_back(chip, sending->queue,
				   base + DESCRIPTOR * ((head + count - 1) % count), head);
			report = true;
		}
	}
	return report;
}

void transmit_queue(struct chip *chip, unsigned int queue)
{
	unsigned int count = chip_queues_per_pool(chip);
	struct sending sending = {
		.chip = chip,
		.queue = queue,
		.pool = count ? (int)(queue / count) : -1,
	};

	if (chip->sending || !queue_may_send(chip, queue) ||
	    !queue_length(chip, tx_queue_at(queue)))
		return;
	chip->sending = true;
	if (run_queue(&sending))
		interrupt_queue(chip, queue, true);
	chip->sending = false;
}

void transmit_all(struct chip *chip)
{
	unsigned int queue;

	for (queue = 0; queue < CHIP_QUEUES; queue++)
		if (reg_get(chip, tx_queue_at(queue) + Q_HEAD) !=
		    reg_get(chip, tx_queue_at(queue) + Q_TAIL))
			transmit_queue(chip, queue);
}
