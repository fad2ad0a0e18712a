/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/smbios.h"

#include <errno.h>
#include <string.h>
#include "base/le.h"
#include "base/sysroot.h"
#include "sys/dmi.h"

#define HEADER 4 /* type, length of the formatted part, handle */
#define END_OF_TABLE 127
#define UNKNOWN 0xff /* bus and device of what is no PCI device */

/* Where the fields that say the address begin: segment (2 bytes), bus, device and function. */
static size_t address_offset(uint8_t type)
{
	switch (type) {
	case SMBIOS_SLOT:
		return 0x0d;
	case SMBIOS_ONBOARD:
		return 0x07;
	default:
		return 0;
	}
}

/*
 * The length of the strings behind a structure: NUL-terminated, and a further NUL behind the last,
 * or two if there are none. 0 if they do not end within @len.
 */
static size_t strings_length(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i++)
		if (p[i] == '\0' && p[i + 1] == '\0')
			return i + 2;
	return 0;
}

/* String @number, from 1, of those that end within @len; "" if there is none. */
static void take_string(const uint8_t *p, size_t len, unsigned int number, char *buf, size_t size)
{
	const uint8_t *end = p + len;
	const char *text;

	buf[0] = '\0';
	if (number == 0)
		return;
	while (--number > 0 && p < end && *p)
		p += strnlen((const char *)p, (size_t)(end - p)) + 1;
	if (p >= end || !*p)
		return;
	util_format(buf, size, "%.*s", (int)strnlen((const char *)p, (size_t)(end - p)),
		    (const char *)p);
	util_sanitise(buf);
	util_trim(buf);
	text = buf + strspn(buf, " ");
	memmove(buf, text, strlen(text) + 1);
}

/* Takes a structure of @len bytes with strings of @strings bytes behind it. */
static void take_structure(const uint8_t *p, size_t len, size_t strings, struct smbios *out)
{
	const size_t at = address_offset(p[0]);
	struct smbios_place *place = &out->places[out->n];

	if (at == 0 || len < at + 4 || out->n == SMBIOS_MAX_PLACES)
		return;
	/* A slot of another kind, or an empty one of which nothing is known. */
	if (p[at + 2] == UNKNOWN && p[at + 3] == UNKNOWN)
		return;
	take_string(p + len, strings, p[4], place->name, sizeof(place->name));
	if (dmi_is_placeholder(place->name))
		return;
	place->kind = p[0];
	place->addr = pci_addr_from_rid(le_get16(p + at),
					(uint16_t)((unsigned int)p[at + 2] << 8 | p[at + 3]));
	out->n++;
}

int smbios_parse(const void *table, size_t len, struct smbios *out)
{
	const uint8_t *p = table;

	out->n = 0;
	while (len > 0) {
		const size_t own = len >= HEADER ? p[1] : 0;
		size_t strings;

		if (own < HEADER || own > len)
			return -EBADMSG;
		strings = strings_length(p + own, len - own);
		if (strings == 0)
			return -EBADMSG;
		if (p[0] == END_OF_TABLE)
			return 0;
		take_structure(p, own, strings, out);
		p += own + strings;
		len -= own + strings;
	}
	return 0;
}

int smbios_read(const struct sysroot *root, struct smbios *out)
{
	_cleanup_free_ char *table = NULL;
	size_t len;
	int ret;

	out->n = 0;
	ret = sysroot_slurp(root, &table, &len, SMBIOS_MAX_TABLE, "sys/firmware/dmi/tables/DMI");
	return ret < 0 ? ret : smbios_parse(table, len, out);
}
