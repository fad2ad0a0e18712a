// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics: of the port, of its queues, and of each VF. Data sheet 8.2.3.23.
 */
#include "chip.h"

/* Read means cleared, for these. */
static const struct {
	uint32_t first, end;
} cleared[] = {
	{ STATISTICS, STATISTICS_END }, { MPC, MPC + 32 },
	{ RXDGPC, RXDGPC + 48 },	{ QPTC, QPTC + 64 },
	{ QBTC, QBTC + 128 },		{ SSVPC, SSVPC + 4 },
	{ TXDGPC, TXDGPC + 12 },
};

bool count_clears(uint32_t at)
{
	size_t i;

	for (i = 0; i < sizeof(cleared) / sizeof(cleared[0]); i++)
		if (at >= cleared[i].first && at < cleared[i].end)
			return true;
	/* Between a queue's registers: QPRC and QBRC of 16 queues, and QPRDC in the place of 16
	 * more. */
	if (at >= RX_QUEUES && at < RX_QUEUES + 32 * Q_SIZE)
		return at % Q_SIZE >= RX_QPRC && at % Q_SIZE < RX_QBRC + 8;
	return false;
}

bool count_read_vf(const struct chip *chip, uint32_t at, uint32_t *value)
{
	const struct chip_vf *vfs = chip->vfs;

	if (at >= RX_QUEUES && at < RX_QUEUES_END && at % Q_SIZE == RX_PVFGPRC)
		*value = vfs[(at - RX_QUEUES) / Q_SIZE].rx_frames;
	else if (at >= RX_QUEUES && at < RX_QUEUES_END && at % Q_SIZE == RX_PVFGORC)
		*value = vfs[(at - RX_QUEUES) / Q_SIZE].rx_bytes;
	else if (at >= RX_QUEUES_2 && at < RX_QUEUES_2_END && at % Q_SIZE == RX_PVFGORC)
		*value = vfs[(at - RX_QUEUES_2) / Q_SIZE].rx_bytes >> 32 & 15;
	else if (at >= RX_QUEUES_2 && at < RX_QUEUES_2_END && at % Q_SIZE == RX_PVFGPRC)
		*value = vfs[(at - RX_QUEUES_2) / Q_SIZE].rx_groups;
	else if (at >= PVFGPTC && at < PVFGPTC + 4 * CHIP_POOLS)
		*value = vfs[(at - PVFGPTC) / 4].tx_frames;
	else if (at >= PVFGOTC && at < PVFGOTC + 8 * CHIP_POOLS)
		*value = at & 4 ? vfs[(at - PVFGOTC) / 8].tx_bytes >> 32 & 15
				: vfs[(at - PVFGOTC) / 8].tx_bytes;
	else
		return false;
	return true;
}

/* What a counter goes up by. */
static uint64_t amount(const struct chip *chip, uint64_t n)
{
	return fault_has(&chip->nic->faults, FAULT_STATS_WRONG) ? 2 * n : n;
}

void count_add(struct chip *chip, uint32_t at, uint64_t n)
{
	*reg(chip, at) += amount(chip, n);
}

void count_add_pair(struct chip *chip, uint32_t at, uint64_t n)
{
	uint64_t value = reg_get(chip, at) | (uint64_t)reg_get(chip, at + 4) << 32;

	value += amount(chip, n);
	*reg(chip, at) = value;
	*reg(chip, at + 4) = value >> 32;
}

/* The register, of six from @first, for a frame of this length. */
static uint32_t size_register(uint32_t first, size_t len)
{
	static const size_t limits[] = { 64, 127, 255, 511, 1023 };
	unsigned int i;

	for (i = 0; i < 5 && len > limits[i]; i++)
		;
	return first + 4 * i;
}

static bool is_broadcast(const uint8_t *frame)
{
	return (frame[0] & frame[1] & frame[2] & frame[3] & frame[4] & frame[5]) == 0xff;
}

void count_received(struct chip *chip, const uint8_t *frame, size_t len)
{
	len += FRAME_FCS;
	count_add(chip, GPRC, 1);
	count_add(chip, TPR, 1);
	count_add(chip, RXDGPC, 1);
	count_add_pair(chip, GORCL, len);
	count_add_pair(chip, TORL, len);
	count_add(chip, size_register(PRC64, len), 1);
	if (is_broadcast(frame))
		count_add(chip, BPRC, 1);
	else if (frame[0] & 1)
		count_add(chip, MPRC, 1);
}

void count_sent(struct chip *chip, const uint8_t *frame, size_t len)
{
	len += FRAME_FCS;
	count_add(chip, GPTC, 1);
	count_add(chip, TPT, 1);
	count_add(chip, TXDGPC, 1);
	count_add_pair(chip, GOTCL, len);
	count_add_pair(chip, TXDGBC, len);
	count_add(chip, size_register(PTC64, len), 1);
	if (is_broadcast(frame))
		count_add(chip, BPTC, 1);
	else if (frame[0] & 1)
		count_add(chip, MPTC, 1);
}

void count_rx_queue(struct chip *chip, unsigned int queue, size_t len)
{
	unsigned int to = reg_get(chip, RQSMR + 4 * (queue / 4)) >> 8 * (queue % 4) & 15;

	count_add(chip, RX_QUEUES + Q_SIZE * to + RX_QPRC, 1);
	count_add(chip, RX_QUEUES + Q_SIZE * to + RX_QBRC, len);
}

void count_tx_queue(struct chip *chip, unsigned int queue, size_t len)
{
	unsigned int to = reg_get(chip, TQSM + 4 * (queue / 4)) >> 8 * (queue % 4) & 15;

	count_add(chip, QPTC + 4 * to, 1);
	count_add_pair(chip, QBTC + 8 * to, len);
}

void count_pool_received(struct chip *chip, int pool, const uint8_t *frame, size_t len)
{
	struct chip_vf *own = &chip->vfs[pool];

	own->rx_frames += amount(chip, 1);
	own->rx_bytes += amount(chip, len + FRAME_FCS);
	if (frame[0] & 1)
		own->rx_groups += amount(chip, 1);
}

void count_pool_sent(struct chip *chip, int pool, size_t len)
{
	chip->vfs[pool].tx_frames += amount(chip, 1);
	chip->vfs[pool].tx_bytes += amount(chip, len + FRAME_FCS);
}
