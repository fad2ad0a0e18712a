// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interrupts, with MSI-X: which vector a cause has, and when it is sent. Data sheet 7.3.
 */
#include "chip.h"

/* Sends the PF's vector, or keeps it until it is enabled. */
static void fire(struct chip *chip, unsigned int vector)
{
	uint64_t bit = 1ull << vector, automask;

	if (!(chip->eims & bit)) {
		chip->pending |= bit;
		return;
	}
	chip->pending &= ~bit;
	automask = reg_get(chip, EIAM_EX) | (uint64_t)reg_get(chip, EIAM_EX + 4) << 32;
	if (reg_get(chip, GPIE) & GPIE_EIAME)
		chip->eims &= ~(automask & bit);
	nic_interrupt(chip->nic, NIC_PF, vector);
}

static void fire_pending(struct chip *chip)
{
	uint64_t ready = chip->pending & chip->eims;
	unsigned int vector;

	for (vector = 0; ready >> vector; vector++)
		if (ready >> vector & 1)
			fire(chip, vector);
}

/* Causes that are no queue's share a vector. */
static void fire_other(struct chip *chip)
{
	uint8_t vector = reg_get(chip, IVAR_MISC) >> 8;

	if (reg_get(chip, EICR) & reg_get(chip, EIMS) & ~EICR_QUEUES && vector & IVAR_VALID)
		nic_interrupt(chip->nic, NIC_PF, vector & 0x3f);
}

void interrupt_cause(struct chip *chip, uint32_t cause)
{
	*reg(chip, EICR) |= cause;
	if (reg_get(chip, EIMS) & cause)
		fire_other(chip);
}

void interrupt_queue(struct chip *chip, unsigned int queue, bool transmit)
{
	int function = chip_function_of(chip, queue);
	uint8_t entry;

	if (function == NIC_PF) {
		entry = reg_get(chip, IVAR + 4 * (queue / 2)) >> (16 * (queue & 1) + 8 * transmit);
		if (entry & IVAR_VALID)
			fire(chip, entry & 0x3f);
		return;
	}
	queue %= chip_queues_per_pool(chip);
	entry = chip->vfs[function].ivar[queue / 2] >> (16 * (queue & 1) + 8 * transmit);
	if (entry & IVAR_VALID)
		interrupt_vf(chip, function, entry & 3);
}

void interrupt_vf(struct chip *chip, int vf, unsigned int vector)
{
	struct chip_vf *own = &chip->vfs[vf];
	uint32_t bit = BIT(vector);

	if (vector >= CHIP_VF_VECTORS)
		return;
	own->eicr |= bit;
	if (!(own->eims & bit))
		return;
	own->eicr &= ~(own->eiac & bit);
	own->eims &= ~(own->eiam & bit);
	nic_interrupt(chip->nic, vf, vector);
}

void interrupt_vf_mailbox(struct chip *chip, int vf)
{
	uint32_t entry = chip->vfs[vf].ivar_misc;

	if (entry & IVAR_VALID)
		interrupt_vf(chip, vf, entry & 3);
}

void interrupt_vf_unmask(struct chip *chip, int vf, uint32_t vectors)
{
	struct chip_vf *own = &chip->vfs[vf];
	unsigned int vector;

	own->eims |= vectors & (BIT(CHIP_VF_VECTORS) - 1);
	for (vector = 0; vector < CHIP_VF_VECTORS; vector++)
		if (own->eicr & vectors & BIT(vector))
			interrupt_vf(chip, vf, vector);
}

void interrupt_write(struct chip *chip, uint32_t at, uint32_t value)
{
	unsigned int high = 32 * (at >> 2 & 1), vector;
	uint64_t vectors;

	switch (at) {
	case EICR:
		*reg(chip, EICR) &= ~value;
		chip->pending &= ~(uint64_t)(value & EICR_QUEUES);
		break;
	case EICS:
		*reg(chip, EICR) |= value & ~EICR_QUEUES;
		chip->pending |= value & EICR_QUEUES;
		fire_other(chip);
		fire_pending(chip);
		break;
	case EIMS:
		*reg(chip, EIMS) |= value;
		chip->eims |= value & EICR_QUEUES;
		fire_pending(chip);
		if (reg_get(chip, EICR) & value & ~EICR_QUEUES)
			fire_other(chip);
		break;
	case EIMC:
		*reg(chip, EIMS) &= ~value;
		chip->eims &= ~(uint64_t)(value & EICR_QUEUES);
		break;
	case EICS_EX:
	case EICS_EX + 4:
		vectors = (uint64_t)value << high;
		for (vector = 0; vector < 64; vector++)
			if (vectors >> vector & 1)
				fire(chip, vector);
		break;
	case EIMS_EX:
	case EIMS_EX + 4:
		chip->eims |= (uint64_t)value << high;
		fire_pending(chip);
		break;
	case EIMC_EX:
	case EIMC_EX + 4:
		chip->eims &= ~((uint64_t)value << high);
		break;
	}
}
