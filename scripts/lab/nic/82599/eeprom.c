// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The EEPROM: only what drivers look at. Data sheet 6.
 */
#include <string.h>
#include "chip.h"

#define CHECKSUM_TOTAL 0xbaba
#define NO_POINTER 0xffff

/* Words. */
enum {
	FIRST_POINTER = 0x03, /* of modules that the checksum covers */
	FIRMWARE_POINTER = 0x0f,
	PBA = 0x15, /* a flag, and a pointer to a text */
	PBA_IS_TEXT = 0xfafa,
	OPTION_ROM_POINTER = 0x17,
	OEM_POINTER = 0x1b,
	WWN_POINTER = 0x27,
	SAN_MAC_POINTER = 0x28,
	SFP_POINTER = 0x2b,
	VERSION_LOW = 0x2d,
	VERSION_HIGH = 0x2e,
	ALTERNATE_MAC_POINTER = 0x37,
	CHECKSUM = 0x3f,
	/* Ours. */
	FIRMWARE = 0x80,
	PATCH = 0x90,
	SFP_LIST = 0xa0,
	SFP_DATA = 0xd0,
	PBA_TEXT = 0xe0,
};

#define SFP_KINDS 16 /* of modules that the list has */
#define VERSION 0x0835
#define PATCH_VERSION 7 /* drivers want more than 5 */

static void fill_pointers(uint16_t *eeprom)
{
	static const uint8_t none[] = { OPTION_ROM_POINTER, OEM_POINTER, WWN_POINTER,
					SAN_MAC_POINTER, ALTERNATE_MAC_POINTER };
	size_t i;

	for (i = FIRST_POINTER; i < FIRMWARE_POINTER; i++)
		eeprom[i] = NO_POINTER;
	for (i = 0; i < sizeof(none); i++)
		eeprom[none[i]] = NO_POINTER;
}

/* Firmware without the parts that a driver would talk to, and what to write for which SFP+ module:
 * nothing. */
static void fill_modules(uint16_t *eeprom)
{
	int i;

	eeprom[FIRMWARE_POINTER] = FIRMWARE;
	eeprom[FIRMWARE + 4] = PATCH;
	eeprom[PATCH + 7] = PATCH_VERSION;
	eeprom[SFP_POINTER] = SFP_LIST;
	for (i = 0; i < SFP_KINDS; i++) {
		eeprom[SFP_LIST + 1 + 2 * i] = i;
		eeprom[SFP_LIST + 2 + 2 * i] = SFP_DATA;
	}
}

static void fill_text(uint16_t *at, const char *text)
{
	size_t len = strlen(text), i;

	at[0] = 1 + (len + 1) / 2;
	for (i = 0; i < len; i += 2)
		at[1 + i / 2] = (uint8_t)text[i] << 8 | (uint8_t)text[i + 1];
}

void eeprom_fill(struct chip *chip)
{
	const uint8_t *mac = chip->nic->mac;
	uint16_t *eeprom = chip->eeprom, sum = 0;
	int i;

	memset(eeprom, 0, 2 * (CHECKSUM + 1));
	memset(eeprom + CHECKSUM + 1, 0xff, 2 * (CHIP_EEPROM_WORDS - CHECKSUM - 1));
	fill_pointers(eeprom);
	fill_modules(eeprom);
	eeprom[PBA] = PBA_IS_TEXT;
	eeprom[PBA + 1] = PBA_TEXT;
	fill_text(&eeprom[PBA_TEXT], "LAB000-001");
	eeprom[VERSION_LOW] = VERSION + fault_has(&chip->nic->faults, FAULT_FW_VERSION);
	eeprom[VERSION_HIGH] = 0x8000;
	for (i = 0; i < 3; i++) /* for people; the card loads its address itself */
		eeprom[CHIP_EEPROM_WORDS - 3 + i] = mac[2 * i] | mac[2 * i + 1] << 8;
	for (i = 0; i < CHECKSUM; i++)
		sum += eeprom[i];
	eeprom[CHECKSUM] = CHECKSUM_TOTAL - sum + fault_has(&chip->nic->faults, FAULT_EEPROM);
}

uint32_t eeprom_read(const struct chip *chip, uint32_t command)
{
	uint32_t word = command >> 2 & 0x3fff;

	return (uint32_t)(word < CHIP_EEPROM_WORDS ? chip->eeprom[word] : NO_POINTER) << 16 |
	       EERD_DONE;
}
