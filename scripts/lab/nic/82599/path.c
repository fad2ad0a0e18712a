// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of frames between VFs and the rest, which faults damage. Without faults, frames go by as
 * they are.
 */
#include <string.h>
#include "chip.h"

/* Faults of the path are those of VFs; the PF's frames pass. */
static bool is_ill(const struct chip *chip, int pool)
{
	static const enum fault faults[] = { FAULT_DROP, FAULT_CORRUPT, FAULT_DUPLICATE,
					     FAULT_REORDER, FAULT_TRUNCATE };
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (fault_has(&chip->nic->faults, faults[i]))
			return nic_has_vf(chip->nic, pool);
	return false;
}

#define FLOOD_NS 100000000

/* Another VF has sent too much just now. */
static bool is_starved(struct chip *chip, int pool)
{
	int64_t now = nic_now();
	int i;

	if (!fault_has(&chip->nic->faults, FAULT_FLOOD_STARVES))
		return false;
	if (now - chip->flood.since >= FLOOD_NS) {
		chip->flood.loudest = -1;
		for (i = 0; i < CHIP_POOLS; i++) {
			uint32_t most =
				chip->flood.loudest < 0
					? fault_number(&chip->nic->faults, FAULT_FLOOD_STARVES)
					: chip->flood.sent[chip->flood.loudest];

			if (nic_has_vf(chip->nic, i) && chip->flood.sent[i] > most)
				chip->flood.loudest = i;
		}
		memset(chip->flood.sent, 0, sizeof(chip->flood.sent));
		chip->flood.since = now;
	}
	chip->flood.sent[pool]++;
	return chip->flood.loudest >= 0 && chip->flood.loudest != pool;
}

/* Keeps one in so many frames back until the next one has gone by. */
static void reorder(struct chip *chip, int pool, const uint8_t *frame, size_t len)
{
	if (!chip->held_len && fault_nth(&chip->nic->faults, FAULT_REORDER)) {
		memcpy(chip->held, frame, len);
		chip->held_len = len;
		chip->held_pool = pool;
		return;
	}
	transmit_frame(chip, pool, frame, len);
	if (chip->held_len) {
		size_t held = chip->held_len;

		chip->held_len = 0;
		transmit_frame(chip, chip->held_pool, chip->held, held);
	}
}

void path_from_pool(struct chip *chip, int pool, uint8_t *frame, size_t len)
{
	struct faults *faults = &chip->nic->faults;

	if (is_starved(chip, pool))
		return;
	if (!is_ill(chip, pool)) {
		transmit_frame(chip, pool, frame, len);
		return;
	}
	if (fault_nth(faults, FAULT_DROP))
		return;
	if (fault_nth(faults, FAULT_CORRUPT))
		frame[len - 1] ^= 0x10;
	if (fault_nth(faults, FAULT_TRUNCATE) && len > FRAME_MIN)
		len = len / 2 < FRAME_MIN ? FRAME_MIN : len / 2;
	if (fault_nth(faults, FAULT_DUPLICATE))
		transmit_frame(chip, pool, frame, len);
	reorder(chip, pool, frame, len);
}

void path_to_pool(struct chip *chip, int pool, const uint8_t *frame, size_t len, bool looped)
{
	struct faults *faults = &chip->nic->faults;
	uint8_t copy[NIC_FRAME_MAX + FRAME_VLAN];

	if (!is_ill(chip, pool) || looped) {
		receive_in_pool(chip, pool, frame, len, looped);
		return;
	}
	if (fault_nth(faults, FAULT_DROP))
		return;
	memcpy(copy, frame, len);
	if (fault_nth(faults, FAULT_CORRUPT))
		copy[len - 1] ^= 0x10;
	if (fault_nth(faults, FAULT_TRUNCATE) && len > FRAME_MIN)
		len = len / 2 < FRAME_MIN ? FRAME_MIN : len / 2;
	if (fault_nth(faults, FAULT_DUPLICATE))
		receive_in_pool(chip, pool, copy, len, looped);
	receive_in_pool(chip, pool, copy, len, looped);
}
