// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cards, and their resets. Data sheet 4.2.
 */
#include <string.h>
#include "chip.h"
#include "models.h"

#define LMS(n) ((uint32_t)(n) << 13) /* AUTOC: what kind of link */
#define POOLS_16 1
#define POOLS_32 2
#define POOLS_64 3

unsigned int chip_queues_per_pool(const struct chip *chip)
{
	switch (reg_get(chip, GCR_EXT) & 3) {
	case POOLS_16:
		return 8;
	case POOLS_32:
		return 4;
	case POOLS_64:
		return 2;
	default:
		return 0;
	}
}

int chip_function_of(const struct chip *chip, unsigned int queue)
{
	unsigned int count = chip_queues_per_pool(chip);

	if (count && nic_has_vf(chip->nic, queue / count))
		return queue / count;
	return NIC_PF;
}

/* Registers that are not 0 after a reset. */
static void set_defaults(struct chip *chip)
{
	const uint8_t *mac = chip->nic->mac;

	memset(chip->regs, 0, sizeof(chip->regs));
	*reg(chip, AUTOC) = chip->variant->autoc;
	*reg(chip, AUTOC2) = chip->variant->autoc2;
	*reg(chip, RXPBSIZE) = 0x80000;
	*reg(chip, MAXFRS) = 0x05ee0000;
	*reg(chip, FWSM) = 0x8000;
	*reg(chip, DTXTCPFLGL) = 0x0ff60ff6; /* no FIN and PSH but in the last segment */
	*reg(chip, DTXTCPFLGH) = 0x00000f7f;
	memcpy(reg(chip, RAL), mac, 4);
	*reg(chip, RAL + 4) = mac[4] | mac[5] << 8 | RAH_VALID;
	*reg(chip, MPSAR) = *reg(chip, MPSAR + 4) = ~0u;
}

void card_soft_reset(struct chip *chip)
{
	chip->eims = chip->pending = 0;
	chip->switch_is_old = true;
	chip->held_len = 0;
	memset(chip->rates, 0, sizeof(chip->rates));
	memset(chip->contexts, 0, sizeof(chip->contexts));
	set_defaults(chip);
	/* Last, as it looks at the queues. */
	vf_pf_is_reset(chip);
}

static void card_reset(struct nic *nic)
{
	struct chip *chip = chip_of(nic);

	card_soft_reset(chip);
	link_reset(chip);
}

static void card_start(struct nic *nic)
{
	struct chip *chip = chip_of(nic);

	chip->nic = nic;
	chip->variant = nic->model->variant;
	eeprom_fill(chip);
	set_defaults(chip);
	chip->switch_is_old = true;
	i2c_init(&chip->i2c, sfp_read, chip);
}

static void timer(struct nic *nic, int which)
{
	struct chip *chip = chip_of(nic);

	switch (which) {
	case TIMER_LINK:
		link_timer(chip);
		break;
	case TIMER_MAIL:
		mailbox_timer(chip);
		break;
	case TIMER_RATE:
		chip->rate_at = 0;
		transmit_all(chip);
		break;
	}
}

static const struct nic_ops ops = {
	.start = card_start,
	.reset = card_reset,
	.reset_vf = vf_reset,
	.read = registers_read,
	.write = registers_write,
	.receive = receive_from_wire,
	.link = link_changed,
	.timer = timer,
};

static const struct chip_variant kx4 = { .media = MEDIA_BACKPLANE, .autoc = LMS(1) | 1u << 7 };
static const struct chip_variant sfp = {
	.media = MEDIA_SFP, .autoc = LMS(3), .autoc2 = 2u << 16, /* SFI */
};
static const struct chip_variant copper = { .media = MEDIA_COPPER, .x540 = true };

/* What all of them have. */
#define COMMON                                                                               \
	.ops = &ops, .state_size = sizeof(struct chip), .vendor = 0x8086, .revision = 1,     \
	.link_width = 8, .link_speed = 2, .vf_offset = 0x80, .vf_stride = 2, .max_vfs = 63,  \
	.bars = { REGISTERS }, .vf_bars = { VF_REGISTERS }, .msix_bar = 4, .vf_msix_bar = 3, \
	.vectors = 64, .vf_vectors = CHIP_VF_VECTORS

const struct nic_model model_82599 = {
	COMMON,
	.name = "lab-82599",
	.vf_name = "lab-82599-vf",
	.description = "Intel 82599 10 Gigabit Ethernet, backplane (lab)",
	.variant = &kx4,
	.device = 0x10f7,
	.vf_device = 0x10ed,
	.subsystem = 1,
};

const struct nic_model model_82599_sfp = {
	COMMON,
	.name = "lab-82599-sfp",
	.vf_name = "lab-82599-sfp-vf",
	.description = "Intel 82599 10 Gigabit Ethernet, SFP+ (lab)",
	.variant = &sfp,
	.device = 0x10fb,
	.vf_device = 0x10ed,
	.subsystem = 3,
};

const struct nic_model model_x540 = {
	COMMON,
	.name = "lab-x540",
	.vf_name = "lab-x540-vf",
	.description = "Intel X540 10 Gigabit Ethernet, 10GBASE-T (lab)",
	.variant = &copper,
	.device = 0x1528,
	.vf_device = 0x1515,
	.subsystem = 1,
};
