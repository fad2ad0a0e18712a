// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module in the SFP+ cage: 10GBASE-SR, with diagnostics. SFF-8472.
 */
#include <string.h>
#include "chip.h"

#define DEVICE_ID 0xa0
#define DEVICE_DIAGNOSTICS 0xa2

/* Place and text, filled up with blanks. */
static const struct {
	uint8_t at, len;
	const char *text;
} texts[] = {
	{ 20, 16, "VFPROOF" }, /* vendor */
	{ 40, 16, "LAB-SFP-SR" }, /* part */
	{ 56, 4, "A" }, /* revision */
	{ 68, 16, "LAB0001" }, /* serial number */
	{ 84, 8, "261129" }, /* date */
};

static const struct {
	uint8_t at, value;
} bytes[] = {
	{ 0, 0x03 }, /* SFP */
	{ 1, 0x04 },
	{ 2, 0x07 }, /* LC connector */
	{ 3, 0x10 }, /* 10GBASE-SR */
	{ 11, 0x06 }, /* 64B/66B */
	{ 12, 103 }, /* 10.3 Gbit/s */
	{ 16, 8 }, /* 80 m of OM2 */
	{ 18, 2 },
	{ 19, 30 }, /* 300 m of OM3 */
	/* Intel's, which is the only vendor whose modules drivers take without asking. */
	{ 37, 0x00 },
	{ 38, 0x1b },
	{ 39, 0x21 },
	{ 60, 0x03 }, /* 850 nm */
	{ 61, 0x52 },
	{ 92, 0x68 }, /* diagnostics, calibrated inside */
	{ 94, 0x05 }, /* SFF-8472 */
};

/* Diagnostics: limits that nothing comes near, and 25 degrees, 3.3 V, 6 mA, 0.5 mW each way. */
static const struct {
	uint8_t at;
	uint16_t value;
} measures[] = {
	{ 0, 75 << 8 },	 { 2, 0xfb00 }, { 4, 70 << 8 }, { 6, 0 },      { 8, 36300 },
	{ 10, 29700 },	 { 12, 34650 }, { 14, 31350 },	{ 16, 5000 },  { 18, 1000 },
	{ 20, 4500 },	 { 22, 1500 },	{ 24, 10000 },	{ 26, 1000 },  { 28, 9000 },
	{ 30, 1500 },	 { 32, 12000 }, { 34, 500 },	{ 36, 10000 }, { 38, 1000 },
	{ 96, 25 << 8 }, { 98, 33000 }, { 100, 3000 },	{ 102, 5000 }, { 104, 5000 },
};

static uint8_t identity(uint8_t at);

/* The sum of the bytes from @first to @last. */
static uint8_t sum(uint8_t first, uint8_t last)
{
	uint8_t total = 0;

	for (; first <= last; first++)
		total += identity(first);
	return total;
}

static uint8_t identity(uint8_t at)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (at >= texts[i].at && at < texts[i].at + texts[i].len) {
			size_t offset = at - texts[i].at;

			return offset < strlen(texts[i].text) ? texts[i].text[offset] : ' ';
		}
	for (i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		if (bytes[i].at == at)
			return bytes[i].value;
	if (at == 63)
		return sum(0, 62);
	if (at == 95)
		return sum(64, 94);
	return 0;
}

int sfp_read(void *chip, uint8_t device, uint8_t at)
{
	size_t i;

	if (((const struct chip *)chip)->variant->media != MEDIA_SFP)
		return -1;
	if (device == DEVICE_ID)
		return identity(at);
	if (device != DEVICE_DIAGNOSTICS)
		return -1;
	for (i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
		if (at == measures[i].at || at == measures[i].at + 1)
			return at & 1 ? measures[i].value & 0xff : measures[i].value >> 8;
	return 0;
}
