/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_smbios.h"

#include <assert.h>
#include <string.h>

static void put_string(struct fake_smbios *t, const char *text)
{
	if (!text)
		return;
	assert(t->len + strlen(text) + 1 < sizeof(t->bytes));
	memcpy(t->bytes + t->len, text, strlen(text) + 1);
	t->len += strlen(text) + 1;
}

void fake_smbios_add(struct fake_smbios *t, uint8_t type, const uint8_t *bytes, uint8_t len,
		     const char *first, const char *second)
{
	uint8_t *p = t->bytes + t->len;

	assert(t->len + len + 2 < sizeof(t->bytes));
	memcpy(p, bytes, len);
	p[0] = type;
	p[1] = len;
	p[2] = (uint8_t)t->handle;
	p[3] = (uint8_t)(t->handle++ >> 8);
	t->len += len;
	put_string(t, first);
	put_string(t, second);
	t->bytes[t->len++] = '\0';
	if (!first)
		t->bytes[t->len++] = '\0';
}

void fake_smbios_place(struct fake_smbios *t, uint8_t type, const char *name, uint16_t segment,
		       uint8_t bus, uint8_t dev, uint8_t fn)
{
	const size_t at = type == 9 ? 0x0d : 0x07;
	uint8_t p[0x11] = { 0 };

	p[4] = 2; /* behind a string of another field */
	p[at] = (uint8_t)segment;
	p[at + 1] = (uint8_t)(segment >> 8);
	p[at + 2] = bus;
	p[at + 3] = (uint8_t)(dev << 3 | fn);
	fake_smbios_add(t, type, p, type == 9 ? 0x11 : 0x0b, "other", name);
}

size_t fake_smbios_end(struct fake_smbios *t)
{
	fake_smbios_add(t, 127, (const uint8_t[4]){ 0 }, 4, NULL, NULL);
	return t->len;
}
