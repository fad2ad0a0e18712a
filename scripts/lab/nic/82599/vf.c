// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF's registers: some of its own, and a window on its pool's queues.
 */
#include <string.h>
#include "chip.h"

static void stop_queues(struct chip *chip, int vf)
{
	unsigned int count = chip_queues_per_pool(chip), i;

	for (i = vf * count; i < (vf + 1) * count; i++) {
		*reg(chip, rx_queue_at(i) + Q_DCTL) &= ~DCTL_ENABLE;
		*reg(chip, tx_queue_at(i) + Q_DCTL) &= ~DCTL_ENABLE;
	}
}

/* What both kinds of resets of a VF do. */
static void quiet(struct chip *chip, int vf)
{
	struct chip_vf *own = &chip->vfs[vf];

	stop_queues(chip, vf);
	own->eicr = own->eims = own->eiac = own->eiam = 0;
	memset(own->ivar, 0, sizeof(own->ivar));
	own->ivar_misc = 0;
	*reg(chip, PFMAILBOX + 4 * vf) &= ~(PFMAILBOX_VFU | PFMAILBOX_PFU);
	own->mailbox &= VFMAILBOX_RSTI;
	if (!own->mailbox)
		own->mailbox = VFMAILBOX_RSTD;
}

void vf_reset(struct nic *nic, int vf)
{
	struct chip *chip = chip_of(nic);

	quiet(chip, vf);
	chip->vfs[vf].message_at = 0;
	chip->vfs[vf].used = false;
	*reg(chip, vf < 32 ? VFLRE_0 : VFLRE_1) |= BIT(vf % 32);
	interrupt_cause(chip, EICR_MAILBOX);
}

void vf_pf_is_reset(struct chip *chip)
{
	int vf;

	for (vf = 0; vf < CHIP_POOLS; vf++) {
		struct chip_vf *own = &chip->vfs[vf];

		own->mailbox = VFMAILBOX_RSTI;
		own->message_at = 0;
		own->rx_frames = own->rx_bytes = own->rx_groups = 0;
		own->tx_frames = own->tx_bytes = 0;
		interrupt_vf_mailbox(chip, vf);
	}
}

void vf_pf_is_ready(struct chip *chip)
{
	int vf;

	for (vf = 0; vf < CHIP_POOLS; vf++) {
		struct chip_vf *own = &chip->vfs[vf];

		if (!(own->mailbox & VFMAILBOX_RSTI))
			continue;
		if (own->used && fault_has(&chip->nic->faults, FAULT_VFS_STAY_OFF))
			continue;
		own->mailbox = VFMAILBOX_RSTD;
		interrupt_vf_mailbox(chip, vf);
	}
}

/* The PF's register that the VF sees at @at; 0 if it has none there, or no queue so far. */
static uint32_t in_pool(const struct chip *chip, int vf, uint32_t at)
{
	unsigned int count = chip_queues_per_pool(chip), queue = at / Q_SIZE % 8;

	if (at >= VF_MBMEM && at < VF_MBMEM + 64)
		return PFMBMEM + 64 * vf + (at - VF_MBMEM);
	if (at == VF_PSRTYPE)
		return PSRTYPE + 4 * vf;
	if (at % 0x1000 >= 8 * Q_SIZE || queue >= count)
		return 0;
	if (at / 0x1000 == VF_RX_QUEUES / 0x1000)
		return rx_queue_at(vf * count + queue) + at % Q_SIZE;
	if (at / 0x1000 == VF_TX_QUEUES / 0x1000)
		return tx_queue_at(vf * count + queue) + at % Q_SIZE;
	return 0;
}

/* Counters that go round, and are not cleared. */
static bool read_counter(const struct chip *chip, int vf, uint32_t at, uint32_t *value)
{
	const struct chip_vf *own = &chip->vfs[vf];

	switch (at) {
	case VF_GPRC:
		*value = own->rx_frames;
		return true;
	case VF_GORC:
		*value = own->rx_bytes;
		return true;
	case VF_GORC + 4:
		*value = own->rx_bytes >> 32 & 15;
		return true;
	case VF_MPRC:
		*value = own->rx_groups;
		return true;
	case VF_GPTC:
		*value = own->tx_frames;
		return true;
	case VF_GOTC:
		*value = own->tx_bytes;
		return true;
	case VF_GOTC + 4:
		*value = own->tx_bytes >> 32 & 15;
		return true;
	}
	return false;
}

uint32_t vf_read(struct chip *chip, int vf, uint32_t at)
{
	struct chip_vf *own = &chip->vfs[vf];
	uint32_t value = 0;

	if (read_counter(chip, vf, at, &value))
		return value;
	switch (at) {
	case VF_LINKS:
		return link_register(chip);
	case VF_EICR:
		value = own->eicr;
		own->eicr = 0;
		return value;
	case VF_EICS:
		return own->eicr;
	case VF_EIMS:
		return own->eims;
	case VF_EIAC:
		return own->eiac;
	case VF_EIAM:
		return own->eiam;
	case VF_IVAR ... VF_IVAR + 12:
		return own->ivar[(at - VF_IVAR) / 4];
	case VF_IVAR_MISC:
		return own->ivar_misc;
	case VF_MAILBOX:
		return mailbox_read_vf(chip, vf);
	}
	at = in_pool(chip, vf, at);
	return at ? reg_get(chip, at) : 0;
}

void vf_write(struct chip *chip, int vf, uint32_t at, uint32_t value)
{
	struct chip_vf *own = &chip->vfs[vf];
	unsigned int vector;

	switch (at) {
	case VF_CTRL:
		if (value & CTRL_RESET)
			quiet(chip, vf);
		return;
	case VF_EICR:
		own->eicr &= ~value;
		return;
	case VF_EICS:
		for (vector = 0; vector < CHIP_VF_VECTORS; vector++)
			if (value & BIT(vector))
				interrupt_vf(chip, vf, vector);
		return;
	case VF_EIMS:
		interrupt_vf_unmask(chip, vf, value);
		return;
	case VF_EIMC:
		own->eims &= ~value;
		return;
	case VF_EIAC:
		own->eiac = value;
		return;
	case VF_EIAM:
		own->eiam = value;
		return;
	case VF_IVAR ... VF_IVAR + 12:
		own->ivar[(at - VF_IVAR) / 4] = value;
		return;
	case VF_IVAR_MISC:
		own->ivar_misc = value;
		return;
	case VF_MAILBOX:
		mailbox_write_vf(chip, vf, value);
		return;
	}
	at = in_pool(chip, vf, at);
	own->used |= at >= TX_QUEUES && at < TX_QUEUES_END && at % Q_SIZE == Q_TAIL;
	if (at)
		registers_write(chip->nic, NIC_PF, 0, at, value);
}
