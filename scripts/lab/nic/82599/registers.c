// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PF's registers: what reading and writing does beside. Data sheet 8.2.
 */
#include "chip.h"

#define X540_REGSMP BIT(31) /* SW_FW_SYNC: a semaphore of that register */
#define EEC_READY 0x2380u /* granted, there, read, 1024 words */

/* Registers that are in two places; the model has the second one. */
static uint32_t place(uint32_t at)
{
	if (at >= RAL_OLD && at < RAL_OLD + 16 * 8)
		return at - RAL_OLD + RAL;
	if (at >= SRRCTL_OLD && at < SRRCTL_OLD + 16 * 4)
		return rx_queue_at((at - SRRCTL_OLD) / 4) + RX_SRRCTL;
	if (at >= DCA_RXCTRL_OLD && at < DCA_RXCTRL_OLD + 16 * 4)
		return rx_queue_at((at - DCA_RXCTRL_OLD) / 4) + 0x0c;
	if (at >= PSRTYPE_OLD && at < PSRTYPE_OLD + 16 * 4)
		return at - PSRTYPE_OLD + PSRTYPE;
	return at == CTRL_2 ? CTRL : at;
}

/* Bits of a register that can be written; the others stay 0. */
static uint32_t writable(uint32_t at)
{
	bool receive = (at >= RX_QUEUES && at < RX_QUEUES_END) ||
		       (at >= RX_QUEUES_2 && at < RX_QUEUES_2_END);

	if (at >= RAL && at < MPSAR && at & 4)
		return RAH_VALID | 0xffff;
	if (!receive && (at < TX_QUEUES || at >= TX_QUEUES_END))
		return ~0u;
	switch (at % Q_SIZE) {
	case Q_BAL:
		return 0xffffff80;
	case Q_LEN:
		return 0x000fff80;
	case Q_HEAD:
	case Q_TAIL:
		return 0x0000ffff;
	default:
		return ~0u;
	}
}

static uint32_t read_pf(struct chip *chip, uint32_t at)
{
	uint32_t value = reg_get(chip, at);

	if (count_read_vf(chip, at, &value))
		return value;
	if (count_clears(at)) {
		*reg(chip, at) = 0;
		return value;
	}
	switch (at) {
	case STATUS:
		return reg_get(chip, CTRL) & CTRL_GIO_DISABLE ? 0 : STATUS_GIO_ENABLED;
	case ESDP:
		return value | (chip->variant->media == MEDIA_SFP ? ESDP_MODULE : 0);
	case I2CCTL:
		return i2c_lines(&chip->i2c);
	case EICR:
		*reg(chip, EICR) = 0;
		return value;
	case EICS:
		return reg_get(chip, EICR);
	case EIMS_EX:
		return chip->eims;
	case EIMS_EX + 4:
		return chip->eims >> 32;
	case VFLREC:
		return reg_get(chip, VFLRE_0);
	case VFLREC + 4:
		return reg_get(chip, VFLRE_1);
	case RDRXCTL:
		return value | RDRXCTL_DMAIDONE;
	case SECTXSTAT:
	case SECRXSTAT:
		return BIT(0); /* ready */
	case LINKS:
		return link_register(chip);
	case ANLP1:
		return 0x10000; /* auto negotiation goes on */
	case FDIRCTRL:
		return value | BIT(3); /* done */
	case FDIRCMD:
		return value & ~3u;
	case EEC:
		return value | EEC_READY;
	case EEWR:
		return EERD_DONE;
	case SWSM:
		*reg(chip, SWSM) |= SWSM_SMBI;
		return value;
	case SW_FW_SYNC:
		if (chip->variant->x540)
			*reg(chip, SW_FW_SYNC) |= X540_REGSMP;
		return value;
	}
	return value;
}

static void write_control(struct chip *chip, uint32_t value)
{
	if (value & (CTRL_RESET | CTRL_LINK_RESET)) {
		card_soft_reset(chip);
		if (value & CTRL_LINK_RESET || !chip->link_up)
			link_train(chip);
	}
	*reg(chip, CTRL) = value & ~(CTRL_RESET | CTRL_LINK_RESET);
}

static void write_rate(struct chip *chip, uint32_t value)
{
	uint64_t mbit = fault_has(&chip->nic->faults, FAULT_LINK_1G) ? 1000 : 10000;
	struct rate *rate = &chip->rates[reg_get(chip, RTTDQSEL) & (CHIP_QUEUES - 1)];
	uint32_t factor = value & RTTBCNRC_FACTOR;

	rate->bits_per_s = 0;
	if (value & RTTBCNRC_ENABLE && factor && !fault_has(&chip->nic->faults, FAULT_RATE_IGNORED))
		rate->bits_per_s = ((mbit << 14) / factor) * 1000000;
}

/* Registers that are not simply kept. True: it was one. */
static bool write_special(struct chip *chip, uint32_t at, uint32_t value)
{
	switch (at) {
	case CTRL:
		write_control(chip, value);
		return true;
	case I2CCTL:
		i2c_drive(&chip->i2c, value);
		return true;
	case EICR:
	case EICS:
	case EIMS:
	case EIMC:
	case EICS_EX:
	case EICS_EX + 4:
	case EIMS_EX:
	case EIMS_EX + 4:
	case EIMC_EX:
	case EIMC_EX + 4:
		interrupt_write(chip, at, value);
		return true;
	case VFLREC:
	case VFLREC + 4:
		*reg(chip, at == VFLREC ? VFLRE_0 : VFLRE_1) &= ~value;
		return true;
	case MBVFICR ... MBVFICR + 12:
		*reg(chip, at) &= ~value;
		return true;
	case PFMAILBOX ... PFMAILBOX + 4 * (CHIP_POOLS - 1):
		mailbox_write_pf(chip, (at - PFMAILBOX) / 4, value);
		return true;
	case EERD:
		*reg(chip, EERD) = eeprom_read(chip, value);
		return true;
	case MSCA:
		phy_command(chip, value);
		return true;
	case STATUS:
	case LINKS:
		return true; /* cannot be written */
	}
	return false;
}

/* What happens after a register has its new value. */
static void act(struct chip *chip, uint32_t at, uint32_t value)
{
	if (filter_is_input(at))
		chip->switch_is_old = true;
	if (at >= TX_QUEUES && at < TX_QUEUES_END && at % Q_SIZE == Q_TAIL) {
		transmit_queue(chip, (at - TX_QUEUES) / Q_SIZE);
		return;
	}
	switch (at) {
	case CTRL_EXT:
		if (value & CTRL_EXT_PFRSTD)
			vf_pf_is_ready(chip);
		break;
	case AUTOC:
		*reg(chip, AUTOC) &= ~AUTOC_RESTART;
		if (value & AUTOC_RESTART)
			link_train(chip);
		break;
	case RTTBCNRC:
		write_rate(chip, value);
		break;
	case DMATXCTL:
	case VFTE:
	case VFTE + 4:
		transmit_all(chip);
		break;
	}
}

uint32_t registers_read(struct nic *nic, int function, int bar, uint32_t at)
{
	(void)bar;
	if (function != NIC_PF)
		return vf_read(chip_of(nic), function, at);
	return read_pf(chip_of(nic), place(at));
}

void registers_write(struct nic *nic, int function, int bar, uint32_t at, uint32_t value)
{
	struct chip *chip = chip_of(nic);

	(void)bar;
	if (function != NIC_PF) {
		vf_write(chip, function, at, value);
		return;
	}
	at = place(at);
	if (write_special(chip, at, value))
		return;
	*reg(chip, at) = value & writable(at);
	act(chip, at, value);
}
