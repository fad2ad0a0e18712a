// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The X540's PHY, behind MDIO (IEEE 802.3 clause 45). The 82599 has none.
 */
#include "chip.h"

enum { OP_ADDRESS = 0, OP_WRITE = 1 };
enum { DEVICE_PMA = 1, DEVICE_AN = 7, DEVICE_VENDOR = 30 };

#define PHY_ADDRESS 0
#define ID_HIGH 0x0154
#define ID_LOW 0x0200
#define FIRMWARE 0x0205

static uint16_t read_phy(const struct chip *chip, unsigned int device)
{
	switch (chip->phy_address) {
	case 0: /* control: a reset is over at once */
		return chip->phy_control & ~0x8000;
	case 1: /* status: link */
		return chip->link_up ? 0x002d : 0x0029;
	case 2:
		return ID_HIGH;
	case 3:
		return ID_LOW;
	case 4: /* speeds: 10 Gbit/s, 1 Gbit/s, 100 Mbit/s */
		return 0x0031;
	case 5: /* devices in this package */
		return 0x009a;
	case 8: /* status 2: there is such a device, with extended abilities */
		return 0x8200;
	case 11: /* extended abilities: 10GBASE-T, 1000BASE-T, 100BASE-TX */
		return device == DEVICE_PMA ? 0x01a4 : 0;
	case 0x20: /* 10GBASE-T control */
		return device == DEVICE_AN ? 0x1001 : FIRMWARE;
	case 0xc800: /* vendor status of auto negotiation: 10 Gbit/s, full duplex */
		return device == DEVICE_AN ? 0x0007 : 0;
	default:
		return 0;
	}
}

void phy_command(struct chip *chip, uint32_t command)
{
	unsigned int op = command >> 26 & 3, address = command >> 21 & 31;
	unsigned int device = command >> 16 & 31;
	uint32_t value = 0xffff;

	*reg(chip, MSCA) = command & ~BIT(30); /* done */
	if (chip->variant->media != MEDIA_COPPER || address != PHY_ADDRESS) {
		*reg(chip, MSRWD) = value << 16;
		return;
	}
	if (op == OP_ADDRESS) {
		chip->phy_address = command & 0xffff;
	} else if (op == OP_WRITE) {
		if (!chip->phy_address)
			chip->phy_control = reg_get(chip, MSRWD) & 0xffff;
	} else {
		value = read_phy(chip, device);
		*reg(chip, MSRWD) = (reg_get(chip, MSRWD) & 0xffff) | value << 16;
	}
}
