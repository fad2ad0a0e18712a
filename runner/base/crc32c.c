/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Eight bytes at a time: table k has what a byte makes of k bytes of zeroes behind it. */
#include "base/crc32c.h"

#include <string.h>

#define POLYNOMIAL 0x82f63b78u /* with the bits reversed */

static uint32_t of_byte(uint32_t crc)
{
	int bit;

	for (bit = 0; bit < 8; bit++)
		crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
	return crc;
}

static void make_tables(uint32_t tables[8][256])
{
	unsigned int k, i;

	for (i = 0; i < 256; i++)
		tables[0][i] = of_byte(i);
	for (k = 1; k < 8; k++)
		for (i = 0; i < 256; i++)
			tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 0xff];
}

uint32_t crc32c_add(uint32_t crc, const void *buf, size_t len)
{
	static uint32_t tables[8][256];
	const uint8_t *p = buf;

	if (!tables[0][1])
		make_tables(tables);
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8) {
		uint64_t word;
		unsigned int k;

		memcpy(&word, p, sizeof(word)); /* little-endian, as all that this runs on */
		word ^= crc;
		for (crc = 0, k = 0; k < 8; k++)
			crc ^= tables[7 - k][word >> 8 * k & 0xff];
	}
	while (len-- > 0)
		crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 0xff];
	return ~crc;
}
