/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/pci_addr.h"

#include <errno.h>
#include <string.h>

int pci_addr_parse(const char *s, struct pci_addr *out)
{
	static const char shape[] = "xxxx:xx:xx.x";
	unsigned int domain, bus, dev, fn;
	size_t i;

	for (i = 0; i < sizeof(shape); i++)
		if (shape[i] == 'x' ? !strchr("0123456789abcdefABCDEF", s[i]) || !s[i]
				    : s[i] != shape[i])
			return -EINVAL;
	if (sscanf(s, "%4x:%2x:%2x.%1x", &domain, &bus, &dev, &fn) != 4 || dev > 31 || fn > 7)
		return -EINVAL;
	*out = (struct pci_addr){ (uint16_t)domain, (uint8_t)bus, (uint8_t)dev, (uint8_t)fn };
	return 0;
}

char *pci_addr_format(const struct pci_addr *a, char *buf)
{
	snprintf(buf, PCI_ADDR_STRLEN, "%04x:%02x:%02x.%x", a->domain, a->bus, a->dev & 31,
		 a->fn & 7);
	return buf;
}

uint16_t pci_addr_rid(const struct pci_addr *a)
{
	return (uint16_t)(a->bus << 8 | (a->dev & 31) << 3 | (a->fn & 7));
}

struct pci_addr pci_addr_from_rid(uint16_t domain, uint16_t rid)
{
	return (struct pci_addr){ domain, (uint8_t)(rid >> 8), (rid >> 3) & 31, rid & 7 };
}

int pci_addr_cmp(const struct pci_addr *a, const struct pci_addr *b)
{
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	return (int)pci_addr_rid(a) - (int)pci_addr_rid(b);
}
