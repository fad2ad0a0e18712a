// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mailbox between the PF and each VF: 64 bytes, who owns them, and bells. Data sheet 7.10.2.9.
 */
#include "chip.h"

#define MAILBOX_CLEARED_BY_READ (VFMAILBOX_PFSTS | VFMAILBOX_PFACK | VFMAILBOX_RSTD)

/* A bell for the PF. */
static void tell_pf(struct chip *chip, int vf, bool acknowledge)
{
	*reg(chip, MBVFICR + 4 * (vf / 16)) |= BIT(vf % 16 + 16 * acknowledge);
	interrupt_cause(chip, EICR_MAILBOX);
}

static void tell_vf(struct chip *chip, int vf, uint32_t what)
{
	chip->vfs[vf].mailbox |= what;
	interrupt_vf_mailbox(chip, vf);
}

void mailbox_write_pf(struct chip *chip, int vf, uint32_t value)
{
	uint32_t *pf = reg(chip, PFMAILBOX + 4 * vf);
	uint32_t *own = &chip->vfs[vf].mailbox;

	if (value & PFMAILBOX_RVFU) {
		*own &= ~VFMAILBOX_VFU;
		*pf &= ~PFMAILBOX_VFU;
	}
	*pf &= ~PFMAILBOX_PFU;
	*own &= ~VFMAILBOX_PFU;
	if (value & PFMAILBOX_PFU && !(*pf & PFMAILBOX_VFU)) {
		*pf |= PFMAILBOX_PFU;
		*own |= VFMAILBOX_PFU;
	}
	if (value & PFMAILBOX_STS)
		tell_vf(chip, vf, VFMAILBOX_PFSTS);
	if (value & PFMAILBOX_ACK)
		tell_vf(chip, vf, VFMAILBOX_PFACK);
}

/* A message of a VF: at once, or as the card's faults have it. */
static void request(struct chip *chip, int vf)
{
	struct faults *faults = &chip->nic->faults;

	if (fault_due(faults, FAULT_MBX_DEAD))
		return;
	if (fault_has(faults, FAULT_MBX_SLOW)) {
		chip->vfs[vf].message_at =
			nic_now() + 1000000 * (int64_t)fault_number(faults, FAULT_MBX_SLOW);
		mailbox_timer(chip);
		return;
	}
	tell_pf(chip, vf, false);
}

void mailbox_write_vf(struct chip *chip, int vf, uint32_t value)
{
	uint32_t *pf = reg(chip, PFMAILBOX + 4 * vf);
	uint32_t *own = &chip->vfs[vf].mailbox;

	*own &= ~VFMAILBOX_VFU;
	*pf &= ~PFMAILBOX_VFU;
	if (value & VFMAILBOX_VFU && !(*pf & PFMAILBOX_PFU)) {
		*own |= VFMAILBOX_VFU;
		*pf |= PFMAILBOX_VFU;
	}
	if (value & VFMAILBOX_REQ)
		request(chip, vf);
	if (value & VFMAILBOX_ACK)
		tell_pf(chip, vf, true);
}

uint32_t mailbox_read_vf(struct chip *chip, int vf)
{
	uint32_t value = chip->vfs[vf].mailbox;

	chip->vfs[vf].mailbox &= ~MAILBOX_CLEARED_BY_READ;
	return value;
}

void mailbox_timer(struct chip *chip)
{
	int64_t now = nic_now(), next = 0;
	int vf;

	for (vf = 0; vf < CHIP_POOLS; vf++) {
		struct chip_vf *own = &chip->vfs[vf];

		if (own->message_at && own->message_at <= now) {
			own->message_at = 0;
			tell_pf(chip, vf, false);
		}
		if (own->message_at && (!next || own->message_at < next))
			next = own->message_at;
	}
	if (next)
		nic_timer_set(chip->nic, TIMER_MAIL, next);
}
