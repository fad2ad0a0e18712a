/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices named in a kernel message. */
#include "sys/kmsg_about.h"

#include <ctype.h>
#include <string.h>
#include "sys/kmsg.h"

/* Beginnings of messages about devices that have no PCI address. */
static const char *const other_devices[] = {
	"usb *",	   "hub *-*:*",	       "usb-storage *-*", "uas *-*:*",	"usbhid *-*",
	"hid-generic *",   "input: *",	       "sd *:*",	  "sr *:*",	"ses *:*",
	"scsi *:*",	   "scsi host*",       "ata[0-9]*",	  "nvme*",	"sd[a-z]*: *",
	"sd [a-z]*",	   "mmc[0-9]*",	       "FAT-fs (*",	  "EXT4-fs *",	"exFAT-fs (*",
	"*rror, dev *",	   "*rror on dev *",   "EDAC MC*",	  "ipmi*: *",	"tpm *",
	"i2c *-*",	   "thermal *",	       "clocksource: *",  "md/raid*",	"JBD2: *",
	"cdc_ether *-*:*", "rndis_host *-*:*", "cdc_ncm *-*:*",	  "ftdi_sio *", "hid *",
};

/* Subsystems whose devices are none of PCI's and have no netdev. */
static const char other_subsystems[] =
	"usb,scsi,block,hid,input,ata_*,nvme*,mmc,drm,graphics,sound,tty,i2c,spi,platform,acpi,tpm,"
	"thermal,rtc,hwmon,serio,pnp,edac,ipmi";

/* Reads @n hexadecimal digits at @s; false if they are fewer. */
static bool take_hex(const char **s, unsigned int n, unsigned int *out)
{
	unsigned int i;

	*out = 0;
	for (i = 0; i < n; i++, (*s)++) {
		const int c = tolower((unsigned char)**s);

		if (!isxdigit(c))
			return false;
		*out = *out * 16 + (unsigned int)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return true;
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* ".f", or ".0f" as QLogic's drivers write it; then no digit and no letter follows. */
static bool take_function(const char **s, unsigned int *fn)
{
	if (!take_char(s, '.') || !take_hex(s, 1, fn))
		return false;
	if (*fn == 0 && isdigit((unsigned char)**s) && !take_hex(s, 1, fn))
		return false;
	return *fn < 8 && !isalnum((unsigned char)**s);
}

/* "bb:dd.f" at @s. Returns its length, 0 for none. */
static size_t parse_short(const char *s, struct pci_addr *addr)
{
	const char *p = s;
	unsigned int bus, dev, fn;

	if (!take_hex(&p, 2, &bus) || !take_char(&p, ':') || !take_hex(&p, 2, &dev) || dev > 31 ||
	    !take_function(&p, &fn))
		return 0;
	*addr = (struct pci_addr){ .bus = (uint8_t)bus, .dev = (uint8_t)dev, .fn = (uint8_t)fn };
	return (size_t)(p - s);
}

static void add_address(struct kmsg_about *about, const struct kmsg_address *a)
{
	unsigned int i;

	for (i = 0; i < about->n; i++)
		if (about->addrs[i].any_domain == a->any_domain &&
		    pci_addr_cmp(&about->addrs[i].addr, &a->addr) == 0)
			return;
	if (about->n < KMSG_ABOUT_MAX)
		about->addrs[about->n++] = *a;
}

/* An address at @s with a domain of four digits or more, or without. Returns its length. */
static size_t take_address(struct kmsg_about *about, const char *s)
{
	struct kmsg_address a = { .any_domain = true };
	size_t digits = 0, len = parse_short(s, &a.addr);
	unsigned int domain = 0;
	const char *p = s;

	if (len == 0) {
		while (digits < 9 && isxdigit((unsigned char)s[digits]))
			digits++;
		if (digits < 4 || digits > 8 || s[digits] != ':')
			return 0;
		len = parse_short(s + digits + 1, &a.addr);
		if (len == 0 || !take_hex(&p, (unsigned int)digits, &domain))
			return 0;
		len += digits + 1;
		a.any_domain = false;
	}
	if (domain > UINT16_MAX) { /* behind a VMD controller: no port of ours can be there */
		util_format(about->other, sizeof(about->other), "%.*s", (int)len, s);
		return len;
	}
	a.addr.domain = (uint16_t)domain;
	add_address(about, &a);
	return len;
}

/* "VT-d detected Invalidation Time-out Error: SID 100"; 0: the unit does not know. */
static void take_source_id(struct kmsg_about *about, const char *text)
{
	const char *s = strstr(text, "VT-d detected Invalidation ");
	struct kmsg_address a = { .any_domain = true };
	uint64_t rid;

	s = s ? strstr(s, " SID ") : NULL;
	if (!s || util_parse_u64(s + 5, 16, UINT16_MAX, &rid) < 0 || rid == 0)
		return;
	a.addr = pci_addr_from_rid(0, (uint16_t)rid);
	add_address(about, &a);
}

static bool is_other(const struct kmsg_record *rec)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(other_devices); i++)
		if (util_glob(other_devices[i], rec->text))
			return true;
	return rec->subsystem[0] && util_globs(other_subsystems, rec->subsystem);
}

static void take_other(struct kmsg_about *about, const struct kmsg_record *rec)
{
	const char *text = rec->text, *name = strstr(text, " dev ");
	size_t len;

	if (!is_other(rec))
		return;
	name = name && util_glob("*rror*", text) ? name + 5 : text;
	for (len = strcspn(name, ":,"); name[len] == ':' && name[len + 1] && name[len + 1] != ' ';)
		len += 1 + strcspn(name + len + 1, ":,");
	util_format(about->other, sizeof(about->other), "%.*s", (int)len, name);
}

void kmsg_about(const struct kmsg_record *rec, struct kmsg_about *about)
{
	const char *text = rec->text, *p = text;

	*about = (struct kmsg_about){ 0 };
	while (*p) {
		const unsigned char before = p == text ? ' ' : (unsigned char)p[-1];
		size_t len = 0;

		if (isxdigit((unsigned char)*p) && !isalnum(before) && before != ':' &&
		    before != '.')
			len = take_address(about, p);
		p += len > 0 ? len : 1;
	}
	if (about->n == 0)
		take_source_id(about, text);
	if (about->n == 0 && !about->other[0])
		take_other(about, rec);
}

bool kmsg_address_is(const struct kmsg_address *a, const struct pci_addr *addr)
{
	if (a->any_domain)
		return pci_addr_rid(&a->addr) == pci_addr_rid(addr);
	return pci_addr_cmp(&a->addr, addr) == 0;
}
