/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses ACPI table SPCR. */
#include "sys/spcr.h"

#include <errno.h>
#include <string.h>
#include "base/le.h"
#include "base/sysroot.h"

#define MAX_TABLE 4096
#define MIN_LENGTH 80
#define PRECISE_LENGTH 84 /* from revision 4 on */

enum {
	AT_LENGTH = 4,
	AT_REVISION = 8,
	AT_TYPE = 36,
	AT_SPACE = 40,
	AT_ADDRESS = 44,
	AT_BAUD = 58,
	AT_PRECISE_BAUD = 80,
};

enum { TYPE_16550 = 0, TYPE_16450 = 1, TYPE_16550_GAS = 0x12 };
enum { SPACE_MEMORY = 0, SPACE_IO = 1 };

static unsigned int baud_of(uint8_t code)
{
	switch (code) {
	case 3:
		return 9600;
	case 4:
		return 19200;
	case 6:
		return 57600;
	case 7:
		return 115200;
	}
	return 0;
}

int spcr_parse(const void *table, size_t len, struct spcr *out)
{
	const uint8_t *p = table;
	uint32_t length;
	uint8_t sum = 0;
	size_t i;

	*out = (struct spcr){ 0 };
	if (len < MIN_LENGTH || memcmp(p, "SPCR", 4) != 0)
		return -EBADMSG;
	length = le_get32(p + AT_LENGTH);
	if (length < MIN_LENGTH || length > len)
		return -EBADMSG;
	for (i = 0; i < length; i++)
		sum = (uint8_t)(sum + p[i]);
	if (sum != 0 || p[AT_SPACE] > SPACE_IO)
		return -EBADMSG;
	out->is_8250 = p[AT_TYPE] == TYPE_16550 || p[AT_TYPE] == TYPE_16450 ||
		       p[AT_TYPE] == TYPE_16550_GAS;
	out->is_memory = p[AT_SPACE] == SPACE_MEMORY;
	out->address = le_get64(p + AT_ADDRESS);
	out->baud = baud_of(p[AT_BAUD]);
	if (p[AT_REVISION] >= 4 && length >= PRECISE_LENGTH && le_get32(p + AT_PRECISE_BAUD) > 0)
		out->baud = le_get32(p + AT_PRECISE_BAUD);
	return 0;
}

int spcr_read(const struct sysroot *root, struct spcr *out)
{
	_cleanup_free_ char *table = NULL;
	size_t len;
	int ret = sysroot_slurp(root, &table, &len, MAX_TABLE, "sys/firmware/acpi/tables/SPCR");

	*out = (struct spcr){ 0 };
	return ret < 0 ? ret : spcr_parse(table, len, out);
}
