/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/dmi.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/sysroot.h"

void dmi_read(const struct sysroot *root, const char *name, char *buf, size_t size)
{
	if (sysroot_read(root, buf, size, "sys/class/dmi/id/%s", name) < 0)
		buf[0] = '\0';
	util_sanitise(buf);
}

void dmi_read_number(const struct sysroot *root, const char *name, char *buf, size_t size)
{
	dmi_read(root, name, buf, size);
	if (dmi_is_placeholder(buf))
		buf[0] = '\0';
}

/* Letters and digits alone, in upper case. */
static void squeeze(const char *text, char *buf, size_t size)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		if (isalnum((unsigned char)*text))
			buf[n++] = (char)toupper((unsigned char)*text);
	buf[n] = '\0';
}

/* 0123456789, 123456789ABC, 987654321 and the like, from four characters on. */
static bool is_sequence(const char *s)
{
	static const char *const runs[] = { "01234567890123456789ABCDEF", "123456789ABCDEF",
					    "0123456789ABCDEF", "12345678901234567890",
					    "98765432109876543210" };
	const size_t len = strlen(s);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(runs); i++)
		if (len >= 4 && len <= strlen(runs[i]) && strncmp(s, runs[i], len) == 0)
			return true;
	return false;
}

bool dmi_is_placeholder(const char *text)
{
	static const char *const starts[] = { "TOBEFILLED",   "DEFAULTSTRING", "NOTSPECIFIED",
					      "NOTAVAILABLE", "NOTAPPLICABLE", "NOTPRESENT",
					      "NOTSET",	      "NOTDEFINED",    "UNSPECIFIED" };
	static const char *const texts[] = {
		/* Words in place of a number. */
		"SYSTEMSERIALNUMBER", "SERIALNUMBER", "BASEBOARDSERIALNUMBER", "BOARDSERIALNUMBER",
		"CHASSISSERIALNUMBER", "MBSERIALNUMBER", "NONE", "NULL", "NA", "OEM", "OEMSTRING",
		"UNKNOWN", "INVALID", "EMPTY", "DEFAULT", "SERIAL", "ASSETTAG", "STRING",
		/* UUIDs of AMI's and of other makers' examples, as both byte orders show them. */
		"03000200040005000006000700080009", "00020003000400050006000700080009",
		"12345678123456789012123456789012", "FEFEFEFEFEFEFEFEFEFEFEFEFEFEFEFE"
	};
	char s[96];
	size_t i;

	squeeze(text, s, sizeof(s));
	/* Nothing, or one character all over. */
	if (strspn(s, (char[]){ s[0], '\0' }) == strlen(s))
		return true;
	for (i = 0; i < ARRAY_SIZE(starts); i++)
		if (strncmp(s, starts[i], strlen(starts[i])) == 0)
			return true;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(s, texts[i]) == 0)
			return true;
	return is_sequence(s);
}
