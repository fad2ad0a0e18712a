/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/crc32c.h"

#define POLYNOMIAL 0x82f63b78u /* with the bits reversed */

static uint32_t of_byte(uint32_t crc)
{
	int bit;

	for (bit = 0; bit < 8; bit++)
		crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
	return crc;
}

uint32_t crc32c_add(uint32_t crc, const void *buf, size_t len)
{
	static uint32_t table[256];
	const uint8_t *p = buf;
	uint32_t i;

	if (!table[1])
		for (i = 0; i < 256; i++)
			table[i] = of_byte(i);
	crc = ~crc;
	while (len-- > 0)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}
